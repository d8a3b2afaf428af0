package io.github.bitgrad.train;

import io.github.bitgrad.checkpoint.Checkpoint.Matrix;
import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.Parameter;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The numbers of a matrix in a file, as real numbers, whatever type they have there. They are counted row by row without
 * padding, so that the matrices of weights [channels · taps, inputs] and [channels, taps · inputs] have the same order.
 *
 * @param matrix float32, float16, int8 or bits
 * @param limit what 127 stands for in int8, and what a set bit stands for
 */
record StoredNumbers(Matrix matrix, float limit) {
    /** How many numbers there are. */
    long size() {
        return matrix.rows() * matrix.columns();
    }

    /** Whether the matrix has a type that weights and biases are stored in. */
    boolean areWeights() {
        return switch (matrix.type()) {
            case FLOAT32, FLOAT16, INT8, BITS -> true;
            default -> false;
        };
    }

    float get(long index) {
        MemorySegment bytes = MemorySegment.ofArray(matrix.bytes());
        return switch (matrix.type()) {
            case FLOAT32 -> bytes.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
            case FLOAT16 -> Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index));
            case INT8 -> bytes.get(ValueLayout.JAVA_BYTE, index) * limit / Byte.MAX_VALUE;
            case BITS -> isSet(bytes, index, matrix.columns()) ? limit : -limit;
            default -> throw new IllegalArgumentException(
                    "Weights cannot be %s.".formatted(matrix.type().label()));
        };
    }

    private static boolean isSet(MemorySegment bits, long index, long columns) {
        long word = index / columns * ElementType.words(columns) + index % columns / Long.SIZE;
        return (bits.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, word) >>> index % columns & 1) != 0;
    }

    /**
     * Sets a number of a parameter that has its memory. Bytes are rounded to the nearest, and clipped to their limit.
     * Weights without latent weights become the sign of the number.
     */
    static void set(Parameter parameter, long index, float value) {
        Buffer values = parameter.values();
        MemorySegment segment = values.segment();
        boolean sign = parameter instanceof BinaryWeights binary && !binary.hasLatent();
        switch (values.type()) {
            case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, sign ? value >= 0 ? 1 : -1 : value);
            case FLOAT16 -> segment.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
            case INT8 -> segment.set(ValueLayout.JAVA_BYTE, index,
                    inBytes(value / ((BinaryWeights) parameter).byteLimit() * Byte.MAX_VALUE));
            case BITS -> {
                long word = index / values.columns() * ElementType.words(values.columns())
                        + index % values.columns() / Long.SIZE;
                long bit = 1L << index % values.columns();
                long others = segment.getAtIndex(ValueLayout.JAVA_LONG, word) & ~bit;
                segment.setAtIndex(ValueLayout.JAVA_LONG, word, value >= 0 ? others | bit : others);
            }
            default -> throw new IllegalArgumentException("Weights cannot be %s.".formatted(values));
        }
    }

    /** A byte with the sign of the number: what rounds to 0 becomes 1 or −1, so that no weight changes its sign. */
    private static byte inBytes(float units) {
        int rounded = Math.round(Math.clamp(units, -Byte.MAX_VALUE, Byte.MAX_VALUE));
        return (byte) (rounded == 0 && units < 0 ? -1 : rounded);
    }
}
