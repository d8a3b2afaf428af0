package io.github.bitgrad.train;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** Finds numbers that are infinite or not a number. */
final class FiniteNumbers {
    /** Numbers are copied to the heap in pieces of this many, because even a slow compiler makes arrays fast. */
    private static final int PIECE = 4096;
    private static final int FLOAT32_EXPONENT = 0x7f80_0000;
    private static final int FLOAT16_EXPONENT = 0x7c00;

    private FiniteNumbers() {
    }

    /** The first buffer that has a number that is not finite. Integers and bits are always finite. */
    static Optional<Buffer> firstOutside(List<Buffer> buffers) {
        return buffers.stream().filter(buffer -> !areIn(buffer)).findFirst();
    }

    private static boolean areIn(Buffer buffer) {
        return switch (buffer.type()) {
            case FLOAT32 -> areFloats(buffer.segment());
            case FLOAT16 -> areHalfFloats(buffer.segment());
            default -> true;
        };
    }

    private static boolean areFloats(MemorySegment numbers) {
        int[] piece = new int[PIECE];
        long size = numbers.byteSize() / Integer.BYTES;
        for (long begin = 0; begin < size; begin += PIECE) {
            int count = (int) Math.min(PIECE, size - begin);
            MemorySegment.copy(numbers, ValueLayout.JAVA_INT, begin * Integer.BYTES, piece, 0, count);
            for (int i = 0; i < count; i++) {
                if ((piece[i] & FLOAT32_EXPONENT) == FLOAT32_EXPONENT) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean areHalfFloats(MemorySegment numbers) {
        short[] piece = new short[PIECE];
        long size = numbers.byteSize() / Short.BYTES;
        for (long begin = 0; begin < size; begin += PIECE) {
            int count = (int) Math.min(PIECE, size - begin);
            MemorySegment.copy(numbers, ValueLayout.JAVA_SHORT, begin * Short.BYTES, piece, 0, count);
            for (int i = 0; i < count; i++) {
                if ((piece[i] & FLOAT16_EXPONENT) == FLOAT16_EXPONENT) {
                    return false;
                }
            }
        }
        return true;
    }
}
