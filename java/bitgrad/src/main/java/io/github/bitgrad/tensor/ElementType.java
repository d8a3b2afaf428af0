package io.github.bitgrad.tensor;

import java.util.Arrays;

/** The element types of matrices in native memory. Each type says how many bytes a matrix takes. */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32("float32", 32, Float.BYTES),
    /** IEEE 754 binary16. It is only a format for storage: kernels compute in float32. */
    FLOAT16("float16", 16, Short.BYTES),
    /** Two's complement, 8 bits: gradients as multiples of a scale, and the state of optimizers. */
    INT8("int8", 8, Byte.BYTES),
    /** Two's complement, 16 bits: sums of signs, and gradients as multiples of a scale. */
    INT16("int16", 16, Short.BYTES),
    /** Two's complement, 32 bits: labels and predictions. */
    INT32("int32", 32, Integer.BYTES),
    /** Two's complement, 64 bits: sums over all rows of a matrix, and sizes. */
    INT64("int64", 64, Long.BYTES),
    /** Unsigned bytes: pixels, and the positions of elements in pooling windows. */
    UINT8("uint8", 8, Byte.BYTES),
    /**
     * Signs, one bit each: a set bit is +1, a clear bit is −1. Each row is padded with clear bits to whole 64-bit
     * words.
     */
    BITS("bool", 1, Long.BYTES);

    private final String label;
    private final int bits;
    private final int alignment;

    ElementType(String label, int bits, int alignment) {
        this.label = label;
        this.bits = bits;
        this.alignment = alignment;
    }

    /** The name in reports. For bits it is {@code bool}, as in the paper. */
    public String label() {
        return label;
    }

    /**
     * The type that has this label.
     *
     * @throws IllegalArgumentException if no type has it
     */
    public static ElementType labelled(String label) {
        return Arrays.stream(values()).filter(type -> type.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no element type %s.".formatted(label)));
    }

    /** The number of bits of one element, without padding. */
    public int bits() {
        return bits;
    }

    /** The address of the first element must be a multiple of this number of bytes. */
    public int alignment() {
        return alignment;
    }

    /** The number of bytes of a dense row-major matrix. Rows of {@link #BITS} are padded to 64-bit words. */
    public long bytes(long rows, long columns) {
        return this == BITS ? rows * words(columns) * Long.BYTES : rows * columns * (bits / Byte.SIZE);
    }

    /** The number of 64-bit words in a row of a bit matrix. */
    public static long words(long columns) {
        return Math.ceilDiv(columns, Long.SIZE);
    }
}
