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
    /** The bits of the exponent among the 16 highest bits of a number. They are all set if it is not finite. */
    private static final int FLOAT32_EXPONENT = 0x7f80;
    private static final int FLOAT16_EXPONENT = 0x7c00;

    private FiniteNumbers() {
    }

    /** The first buffer that has a number that is not finite. Integers and bits are always finite. */
    static Optional<Buffer> firstOutside(List<Buffer> buffers) {
        return buffers.stream().filter(buffer -> !areIn(buffer)).findFirst();
    }

    private static boolean areIn(Buffer buffer) {
        return switch (buffer.type()) {
            case FLOAT32 -> areFinite(buffer.segment(), Float.BYTES / Short.BYTES, FLOAT32_EXPONENT);
            case FLOAT16 -> areFinite(buffer.segment(), 1, FLOAT16_EXPONENT);
            default -> true;
        };
    }

    /** @param shorts how many times 16 bits a number has; on the machines of bitgrad, the last 16 are the highest */
    private static boolean areFinite(MemorySegment numbers, int shorts, int exponent) {
        short[] piece = new short[PIECE * shorts];
        long size = numbers.byteSize() / Short.BYTES;
        for (long begin = 0; begin < size; begin += piece.length) {
            int count = (int) Math.min(piece.length, size - begin);
            MemorySegment.copy(numbers, ValueLayout.JAVA_SHORT, begin * Short.BYTES, piece, 0, count);
            for (int i = shorts - 1; i < count; i += shorts) {
                if ((piece[i] & exponent) == exponent) {
                    return false;
                }
            }
        }
        return true;
    }
}
