package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * An operand of a kernel: a dense, row-major matrix in native memory, in the layout of its {@link ElementType}. A
 * vector is a matrix of one row. The memory is the caller's, and may be longer than the matrix.
 *
 * @param type of the elements
 * @param rows of the matrix
 * @param columns of the matrix
 * @param segment where it begins
 */
public record Matrix(ElementType type, long rows, long columns, MemorySegment segment) {
    /** Tiles of a wide matrix begin at columns that are multiples of this. */
    public static final int TILE_COLUMNS = Bitgrad.BG_TILE_CHANNELS();

    /** A buffer as an operand, once it has its memory. */
    public static Matrix of(Buffer buffer) {
        return new Matrix(buffer.type(), buffer.rows(), buffer.columns(), buffer.segment());
    }

    /** Elements of the matrix, without padding. */
    long elements() {
        return rows * columns;
    }

    /** A matrix of this type and shape somewhere else. */
    public Matrix at(MemorySegment other) {
        return new Matrix(type, rows, columns, other);
    }

    @Override
    public String toString() {
        return "%s[%s, %s]".formatted(type.label(), rows, columns);
    }
}
