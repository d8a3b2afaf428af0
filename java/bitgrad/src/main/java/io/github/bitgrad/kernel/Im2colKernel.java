package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Images as the rows of a matrix product, and back: {@code bitgrad.h}, "Images of floats". Rows are output pixels of
 * all images, [images · outPixels, fanIn]. A call has memory for a few of them, which every run uses from its begin on.
 */
public final class Im2colKernel {
    private Im2colKernel() {
    }

    private interface Function {
        int call(MemorySegment convolution, MemorySegment x, MemorySegment columns, long columnBegin, long columnEnd,
                long rowBegin, long rowEnd);
    }

    /**
     * {@code bg_im2col}, by ranges of as many rows at most as columns has.
     *
     * @param arena of the native arguments
     * @param x float32 [images · pixels, channels]
     * @param columns float32 [rows, width]: those from first on of the fan-in
     */
    public static RangeCall im2col(Arena arena, ConvolutionShape convolution, long images, Matrix x, Matrix columns,
            long first) {
        return call(arena, "im2col", Bitgrad::bg_im2col, convolution, images, x, columns, first);
    }

    /**
     * {@code bg_im2col_signs}, by ranges of as many rows at most as columns has.
     *
     * @param arena of the native arguments
     * @param x float32 [images · pixels, channels]
     * @param columns float32 [rows, width]: those from first on of the fan-in
     */
    public static RangeCall im2colSigns(Arena arena, ConvolutionShape convolution, long images, Matrix x,
            Matrix columns, long first) {
        return call(arena, "im2col_signs", Bitgrad::bg_im2col_signs, convolution, images, x, columns, first);
    }

    private static RangeCall call(Arena arena, String name, Function function, ConvolutionShape convolution,
            long images, Matrix x, Matrix columns, long first) {
        Operands operands = new Operands(name);
        operands.write("columns", columns, FLOAT32, columns.rows(), columns.columns());
        operands.read("x", x, FLOAT32, Operands.rows(images, convolution.pixels()), convolution.channels());
        MemorySegment geometry = Operands.convolution(arena, convolution);
        return RangeCall.of(name, images * convolution.outPixels(), columns.rows(), operands,
                (begin, end) -> function.call(geometry, x.segment(), columns.segment(), first,
                        first + columns.columns(), begin, end));
    }

    /**
     * {@code bg_col2im}, by ranges of as many rows at most as columns has; those of an image in order.
     *
     * @param arena of the native arguments
     * @param columns float32 [rows, fanIn]
     * @param dx float32 [images · pixels, channels]
     */
    public static RangeCall col2im(Arena arena, ConvolutionShape convolution, long images, Matrix columns, Matrix dx) {
        Operands operands = new Operands("col2im");
        operands.read("columns", columns, FLOAT32, columns.rows(), convolution.fanIn());
        operands.write("dx", dx, FLOAT32, Operands.rows(images, convolution.pixels()), convolution.channels());
        MemorySegment geometry = Operands.convolution(arena, convolution);
        return RangeCall.of("col2im", images * convolution.outPixels(), columns.rows(), operands,
                (begin, end) -> Bitgrad
                        .bg_col2im(geometry, columns.segment(), dx.segment(), begin, end));
    }
}
