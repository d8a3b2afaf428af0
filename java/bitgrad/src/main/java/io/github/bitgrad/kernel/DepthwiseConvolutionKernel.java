package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_depthwise_convolution_operands;
import io.github.bitgrad.bindings.kernels.bg_depthwise_input_gradient_operands;
import io.github.bitgrad.bindings.kernels.bg_depthwise_weight_gradient_operands;
import io.github.bitgrad.bindings.kernels.bg_depthwise_weight_sums_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Depthwise binary convolutions: {@code bitgrad.h}, "Depthwise binary convolutions". Each call works on a tile of
 * channels: real matrices have the channels of the tile, bit matrices all channels.
 */
public final class DepthwiseConvolutionKernel {
    /** The number of images whose gradient of the weights is summed by itself. */
    public static final int BLOCK = Bitgrad.BG_IMAGE_BLOCK();

    /**
     * What a call works on.
     *
     * @param convolution the geometry, with as many output channels as channels
     * @param images the number of images
     * @param first the tile's first channel
     */
    public record Part(ConvolutionShape convolution, long images, long first) {
        private long pixels() {
            return Operands.rows(images, convolution.pixels());
        }

        private long outPixels() {
            return Operands.rows(images, convolution.outPixels());
        }

        private void tile(MemorySegment tile, Matrix bits, long channels) {
            Operands.tile(tile, bits, first, channels);
        }
    }

    private DepthwiseConvolutionKernel() {
    }

    /**
     * {@code bg_depthwise_convolution}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param x bits [images · pixels, channels]
     * @param weights bits [taps, channels]
     * @param y int16 or float32 [images · outPixels, channels of the tile]: written
     */
    public static RangeCall forward(Arena arena, Part part, Matrix x, Matrix weights, Matrix y) {
        Operands operands = new Operands("depthwise_convolution");
        readInput(operands, part, x);
        readWeights(operands, part, weights);
        operands.write("y", y, y.type(), part.outPixels(), y.columns());
        MemorySegment geometry = Operands.convolution(arena, part.convolution());
        MemorySegment arguments = bg_depthwise_convolution_operands.allocate(arena);
        bg_depthwise_convolution_operands.images(arguments, part.images());
        bg_depthwise_convolution_operands.x(arguments, x.segment());
        bg_depthwise_convolution_operands.weights(arguments, weights.segment());
        part.tile(bg_depthwise_convolution_operands.tile(arguments), x, y.columns());
        bg_depthwise_convolution_operands.y_type(arguments, Kernels.code(y.type()));
        bg_depthwise_convolution_operands.y(arguments, y.segment());
        return RangeCall.of("depthwise_convolution", part.images(), operands,
                (begin, end) -> Bitgrad.bg_depthwise_convolution(geometry, arguments, begin, end));
    }

    private static void readInput(Operands operands, Part part, Matrix x) {
        operands.read("x", x, BITS, part.pixels(), part.convolution().channels());
    }

    private static void readWeights(Operands operands, Part part, Matrix weights) {
        operands.read("weights", weights, BITS, part.convolution().taps(), part.convolution().channels());
    }

    private static void readGradient(Operands operands, Part part, Matrix dy) {
        operands.read("dy", dy, dy.type(), part.outPixels(), dy.columns());
    }

    /**
     * {@code bg_depthwise_input_gradient}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param dy float32 or float16 [images · outPixels, channels of the tile]
     * @param weights bits [taps, channels]
     * @param mask bits [images · pixels, channels]: where a bit is clear, dx is 0; empty if no gradient is stopped
     * @param dx float32 or float16 [images · pixels, channels of the tile]: written
     */
    public static RangeCall inputGradient(Arena arena, Part part, Matrix dy, Matrix weights, Optional<Matrix> mask,
            Matrix dx) {
        Operands operands = new Operands("depthwise_input_gradient");
        readGradient(operands, part, dy);
        readWeights(operands, part, weights);
        mask.ifPresent(bits -> operands.read("mask", bits, BITS, part.pixels(), part.convolution().channels()));
        operands.write("dx", dx, dx.type(), part.pixels(), dy.columns());
        MemorySegment geometry = Operands.convolution(arena, part.convolution());
        MemorySegment arguments = bg_depthwise_input_gradient_operands.allocate(arena);
        bg_depthwise_input_gradient_operands.images(arguments, part.images());
        bg_depthwise_input_gradient_operands.dy_type(arguments, Kernels.code(dy.type()));
        bg_depthwise_input_gradient_operands.dy(arguments, dy.segment());
        bg_depthwise_input_gradient_operands.weights(arguments, weights.segment());
        bg_depthwise_input_gradient_operands.mask(arguments, mask.map(Matrix::segment).orElse(MemorySegment.NULL));
        part.tile(bg_depthwise_input_gradient_operands.tile(arguments), weights, dy.columns());
        bg_depthwise_input_gradient_operands.dx_type(arguments, Kernels.code(dx.type()));
        bg_depthwise_input_gradient_operands.dx(arguments, dx.segment());
        return RangeCall.of("depthwise_input_gradient", part.images(), operands,
                (begin, end) -> Bitgrad.bg_depthwise_input_gradient(geometry, arguments, begin, end));
    }

    /**
     * {@code bg_depthwise_weight_sums}, by ranges of blocks of {@link #BLOCK} images.
     *
     * @param arena of the native arguments
     * @param x bits [images · pixels, channels]
     * @param dy float32 or float16 [images · outPixels, channels of the tile]
     * @param sums float32 [blocks · taps, channels of the tile]: written
     */
    public static RangeCall weightSums(Arena arena, Part part, Matrix x, Matrix dy, Matrix sums) {
        Operands operands = new Operands("depthwise_weight_sums");
        long blocks = Math.ceilDiv(part.images(), BLOCK);
        readInput(operands, part, x);
        readGradient(operands, part, dy);
        operands.write("sums", sums, FLOAT32, Operands.rows(blocks, part.convolution().taps()), dy.columns());
        MemorySegment geometry = Operands.convolution(arena, part.convolution());
        MemorySegment arguments = bg_depthwise_weight_sums_operands.allocate(arena);
        bg_depthwise_weight_sums_operands.images(arguments, part.images());
        bg_depthwise_weight_sums_operands.x(arguments, x.segment());
        bg_depthwise_weight_sums_operands.dy_type(arguments, Kernels.code(dy.type()));
        bg_depthwise_weight_sums_operands.dy(arguments, dy.segment());
        part.tile(bg_depthwise_weight_sums_operands.tile(arguments), x, dy.columns());
        bg_depthwise_weight_sums_operands.sums(arguments, sums.segment());
        return RangeCall.of("depthwise_weight_sums", blocks, operands,
                (begin, end) -> Bitgrad.bg_depthwise_weight_sums(geometry, arguments, begin, end));
    }

    /**
     * {@code bg_depthwise_weight_gradient}, by ranges of taps.
     *
     * @param arena of the native arguments
     * @param sums float32 [blocks · taps, channels of the tile]
     * @param first the tile's first channel
     * @param dw float32 [taps, channels]: the channels of the tile are written
     */
    public static RangeCall weightGradient(Arena arena, Matrix sums, long first, Matrix dw) {
        Operands operands = new Operands("depthwise_weight_gradient");
        operands.read("sums", sums);
        operands.write("dw", dw, FLOAT32, dw.rows(), dw.columns());
        MemorySegment arguments = bg_depthwise_weight_gradient_operands.allocate(arena);
        bg_depthwise_weight_gradient_operands.blocks(arguments, sums.rows() / dw.rows());
        bg_depthwise_weight_gradient_operands.taps(arguments, dw.rows());
        bg_depthwise_weight_gradient_operands.sums(arguments, sums.segment());
        Operands.tile(bg_depthwise_weight_gradient_operands.tile(arguments), dw, first, sums.columns());
        bg_depthwise_weight_gradient_operands.dw(arguments, dw.segment());
        return RangeCall.of("depthwise_weight_gradient", dw.rows(), operands,
                (begin, end) -> Bitgrad.bg_depthwise_weight_gradient(arguments, begin, end));
    }
}
