package io.github.bitgrad.tensor;

import java.util.Arrays;

/** The types that elements of a matrix have off-heap, and how many bytes a matrix of them takes. */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32("float32", 32, Float.BYTES),
    /** IEEE 754 binary16: storage only, computed with as float32. */
    FLOAT16("float16", 16, Short.BYTES),
    /** Two's complement, 8 bits: gradients as multiples of a scale, and the state of optimizers. */
    INT8("int8", 8, Byte.BYTES),
    /** Two's complement, 16 bits: sums of signs, and gradients as multiples of a scale. */
    INT16("int16", 16, Short.BYTES),
    /** Two's complement, 32 bits: labels and predictions. */
    INT32("int32", 32, Integer.BYTES),
    /** Two's complement, 64 bits: sums over all rows of a matrix. */
    INT64("int64", 64, Long.BYTES),
    /** Unsigned bytes: pixels, and places in a window. */
    UINT8("uint8", 8, Byte.BYTES),
    /** Signs: a set bit is +1, a clear bit is −1; rows are padded to 64-bit words with clear bits. */
    BITS("bool", 1, Long.BYTES);

    private final String label;
    private final int bits;
    private final int alignment;

    ElementType(String label, int bits, int alignment) {
        this.label = label;
        this.bits = bits;
        this.alignment = alignment;
    }

    /** The name that reports use; the paper's {@code bool} for bits. */
    public String label() {
        return label;
    }

    /** @throws IllegalArgumentException where no type has this label */
    public static ElementType labelled(String label) {
        return Arrays.stream(values()).filter(type -> type.label.equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no element type %s.".formatted(label)));
    }

    /** Bits an element, without padding. */
    public int bits() {
        return bits;
    }

    /** Bytes that the first element's address must be a multiple of. */
    public int alignment() {
        return alignment;
    }

    /** Bytes of a dense row-major matrix; rows of {@link #BITS} are padded to 64-bit words. */
    public long bytes(long rows, long columns) {
        return this == BITS ? rows * words(columns) * Long.BYTES : rows * columns * (bits / Byte.SIZE);
    }

    /** 64-bit words in a row of a bit matrix. */
    public static long words(long columns) {
        return Math.ceilDiv(columns, Long.SIZE);
    }
}
