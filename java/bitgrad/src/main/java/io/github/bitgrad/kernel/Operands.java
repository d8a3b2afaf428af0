package io.github.bitgrad.kernel;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/** The checks that stand before every native call, because a C pointer carries no length. */
final class Operands {
    private Operands() {
    }

    /** Rows of so many images; where that is beyond 64 bits, more than any matrix has. */
    static long rows(long images, long rowsAnImage) {
        return Math.clamp(images, -1, Integer.MAX_VALUE + 1L) * rowsAnImage;
    }

    /** Checks that a segment holds the first {@code rows} rows of a matrix. */
    static void matrix(String operation, String operand, MemorySegment segment, ElementType type, long rows,
            long columns) {
        if (rows < 0 || columns <= 0 || columns > Integer.MAX_VALUE || rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "%s: %s cannot have the shape [%d, %d]; sizes are positive 32-bit numbers."
                            .formatted(operation, operand, rows, columns));
        }
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "%s: %s is on the Java heap, but kernels work on native memory; allocate it from an Arena."
                            .formatted(operation, operand));
        }
        long rowBytes = type.bytes(1, columns);
        if (segment.byteSize() / rowBytes < rows) { // the bytes of all rows could be more than 64 bits hold
            throw new IllegalArgumentException("%s: %s has %d bytes, but %s[%d, %d] takes %d a row."
                    .formatted(operation, operand, segment.byteSize(), type.label(), rows, columns, rowBytes));
        }
        if (segment.address() % type.alignment() != 0) {
            throw new IllegalArgumentException("%s: %s begins at an address that is no multiple of %d, which %s needs."
                    .formatted(operation, operand, type.alignment(), type.label()));
        }
    }

    /** The same for one row. */
    static void vector(String operation, String operand, MemorySegment segment, ElementType type, long elements) {
        matrix(operation, operand, segment, type, elements == 0 ? 0 : 1, Math.max(elements, 1));
    }

    /** The same as {@link #matrix} for what is written: a mapped file that may only be read would end the JVM. */
    static void outputMatrix(String operation, String operand, MemorySegment segment, ElementType type, long rows,
            long columns) {
        matrix(operation, operand, segment, type, rows, columns);
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException(
                    "%s: %s is read-only, but the kernel writes to it; pass memory of your own."
                            .formatted(operation, operand));
        }
    }

    /** The same for one row. */
    static void outputVector(String operation, String operand, MemorySegment segment, ElementType type, long elements) {
        outputMatrix(operation, operand, segment, type, elements == 0 ? 0 : 1, Math.max(elements, 1));
    }
}
