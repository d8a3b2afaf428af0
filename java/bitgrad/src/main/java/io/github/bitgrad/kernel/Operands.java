package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.bg_convolution;
import io.github.bitgrad.bindings.kernels.bg_pooling;
import io.github.bitgrad.bindings.kernels.bg_sliding_windows;
import io.github.bitgrad.bindings.kernels.bg_tile;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import io.github.bitgrad.tensor.WindowShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The checks that stand before every native call, because a C pointer carries no length. An instance collects the
 * operands of one call while it checks them.
 */
final class Operands {
    private final String operation;
    private final List<MemorySegment> segments = new ArrayList<>();

    /** @param operation as errors name it */
    Operands(String operation) {
        this.operation = operation;
    }

    /** Where the operands lie that were checked so far. */
    MemorySegment[] segments() {
        return segments.toArray(MemorySegment[]::new);
    }

    /** Checks an operand that is read. */
    void read(String operand, Matrix matrix) {
        matrix(operation, operand, matrix.segment(), matrix.type(), matrix.rows(), matrix.columns());
        segments.add(matrix.segment());
    }

    /** Checks an operand that is read, and that it has this type and shape. */
    void read(String operand, Matrix matrix, ElementType type, long rows, long columns) {
        expect(operand, matrix, type, rows, columns);
        read(operand, matrix);
    }

    /** Checks an operand that is read, and that it has one float32 for each channel. */
    void readChannels(String operand, Matrix matrix, long channels) {
        read(operand, matrix, ElementType.FLOAT32, 1, channels);
    }

    /** Checks memory that a kernel works in. */
    void scratch(MemorySegment scratch) {
        outputVector(operation, "scratch", scratch, ElementType.UINT8, scratch.byteSize());
        segments.add(scratch);
    }

    /** Checks an operand that is written. */
    void write(String operand, Matrix matrix) {
        outputMatrix(operation, operand, matrix.segment(), matrix.type(), matrix.rows(), matrix.columns());
        segments.add(matrix.segment());
    }

    /** Checks an operand that is written, and that it has this type and shape. */
    void write(String operand, Matrix matrix, ElementType type, long rows, long columns) {
        expect(operand, matrix, type, rows, columns);
        write(operand, matrix);
    }

    /** Checks an operand that is written, and that it has one float32 for each channel. */
    void writeChannels(String operand, Matrix matrix, long channels) {
        write(operand, matrix, ElementType.FLOAT32, 1, channels);
    }

    private void expect(String operand, Matrix matrix, ElementType type, long rows, long columns) {
        if (matrix.type() != type || matrix.rows() != rows || matrix.columns() != columns) {
            throw new IllegalArgumentException("%s: %s is %s, but should be %s[%s, %s].".formatted(operation, operand,
                    matrix, type.label(), rows, columns));
        }
    }

    /** A convolution as kernels read it. */
    static MemorySegment convolution(Arena arena, ConvolutionShape convolution) {
        MemorySegment arguments = bg_convolution.allocate(arena);
        bg_convolution.height(arguments, convolution.height());
        bg_convolution.width(arguments, convolution.width());
        bg_convolution.channels(arguments, convolution.channels());
        bg_convolution.kernel_height(arguments, convolution.kernelHeight());
        bg_convolution.kernel_width(arguments, convolution.kernelWidth());
        bg_convolution.stride_height(arguments, convolution.strideHeight());
        bg_convolution.stride_width(arguments, convolution.strideWidth());
        bg_convolution.padding_height(arguments, convolution.paddingHeight());
        bg_convolution.padding_width(arguments, convolution.paddingWidth());
        bg_convolution.out_channels(arguments, convolution.outChannels());
        return arguments;
    }

    /** The bytes that a native function asks for, for a convolution. */
    static long bytes(ConvolutionShape convolution, ToLongFunction<MemorySegment> bytes) {
        Isa.selected();
        try (Arena arena = Arena.ofConfined()) {
            return bytes.applyAsLong(convolution(arena, convolution));
        }
    }

    /** A pooling as kernels read it. */
    static MemorySegment pooling(Arena arena, PoolingShape pooling) {
        MemorySegment arguments = bg_pooling.allocate(arena);
        bg_pooling.height(arguments, pooling.height());
        bg_pooling.width(arguments, pooling.width());
        bg_pooling.channels(arguments, pooling.channels());
        bg_pooling.window_height(arguments, pooling.windowHeight());
        bg_pooling.window_width(arguments, pooling.windowWidth());
        return arguments;
    }

    /** Windows as kernels read them. */
    static MemorySegment windows(Arena arena, WindowShape windows) {
        MemorySegment arguments = bg_sliding_windows.allocate(arena);
        bg_sliding_windows.height(arguments, windows.height());
        bg_sliding_windows.width(arguments, windows.width());
        bg_sliding_windows.channels(arguments, windows.channels());
        bg_sliding_windows.window_height(arguments, windows.windowHeight());
        bg_sliding_windows.window_width(arguments, windows.windowWidth());
        bg_sliding_windows.stride_height(arguments, windows.strideHeight());
        bg_sliding_windows.stride_width(arguments, windows.strideWidth());
        bg_sliding_windows.padding_height(arguments, windows.paddingHeight());
        bg_sliding_windows.padding_width(arguments, windows.paddingWidth());
        return arguments;
    }

    /** Says that a matrix's columns are those from first on of a wider one ({@code bitgrad.h}, "Tiles"). */
    static void tile(MemorySegment tile, Matrix wide, long first, long channels) {
        bg_tile.columns(tile, wide.columns());
        bg_tile.first(tile, first);
        bg_tile.channels(tile, channels);
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
                    "%s: %s cannot have the shape [%s, %s]; sizes are positive 32-bit numbers."
                            .formatted(operation, operand, rows, columns));
        }
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "%s: %s is on the Java heap, but kernels work on native memory; allocate it from an Arena."
                            .formatted(operation, operand));
        }
        long rowBytes = type.bytes(1, columns);
        if (segment.byteSize() / rowBytes < rows) { // the bytes of all rows could be more than 64 bits hold
            throw new IllegalArgumentException("%s: %s has %s bytes, but %s[%s, %s] takes %s a row."
                    .formatted(operation, operand, segment.byteSize(), type.label(), rows, columns, rowBytes));
        }
        if (segment.address() % type.alignment() != 0) {
            throw new IllegalArgumentException("%s: %s begins at an address that is no multiple of %s, which %s needs."
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
