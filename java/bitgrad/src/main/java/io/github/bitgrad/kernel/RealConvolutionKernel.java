package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_real_convolution_operands;
import io.github.bitgrad.bindings.kernels.bg_real_input_gradient_operands;
import io.github.bitgrad.bindings.kernels.bg_real_weight_gradient_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of real numbers: {@code bitgrad.h}, "Products of real numbers". The input is float32 or, in a first layer,
 * bytes.
 */
public final class RealConvolutionKernel {
    private RealConvolutionKernel() {
    }

    /** {@code bg_real_convolution_scratch_bytes}: the bytes of scratch of a call. */
    public static long scratchBytes(ConvolutionShape convolution) {
        return Operands.bytes(convolution, Bitgrad::bg_real_convolution_scratch_bytes);
    }

    private static void readInput(Operands operands, ConvolutionShape convolution, long images, Matrix x) {
        operands.read("x", x, x.type() == UINT8 ? UINT8 : FLOAT32, Operands.rows(images, convolution.pixels()),
                convolution.channels());
    }

    private static MemorySegment reals(Matrix x) {
        return x.type() == UINT8 ? MemorySegment.NULL : x.segment();
    }

    private static MemorySegment pixels(Matrix x) {
        return x.type() == UINT8 ? x.segment() : MemorySegment.NULL;
    }

    /**
     * {@code bg_real_convolution}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param images in x and y
     * @param x float32 or bytes [images · pixels, channels]
     * @param weights float32 [outChannels, fan-in]
     * @param y float32 [images · outPixels, outChannels]: written
     * @param scratch at least {@link #scratchBytes} bytes, aligned to 64 bytes; its contents are lost
     */
    public static RangeCall forward(Arena arena, ConvolutionShape convolution, long images, Matrix x, Matrix weights,
            Matrix y, MemorySegment scratch) {
        Operands operands = new Operands("real_convolution");
        readInput(operands, convolution, images, x);
        operands.read("weights", weights, FLOAT32, convolution.outChannels(), convolution.fanIn());
        operands.write("y", y, FLOAT32, Operands.rows(images, convolution.outPixels()), convolution.outChannels());
        operands.scratch(scratch);
        requireScratch(convolution, scratch);
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_real_convolution_operands.allocate(arena);
        bg_real_convolution_operands.images(arguments, images);
        bg_real_convolution_operands.x(arguments, reals(x));
        bg_real_convolution_operands.pixels(arguments, pixels(x));
        bg_real_convolution_operands.weights(arguments, weights.segment());
        bg_real_convolution_operands.y(arguments, y.segment());
        bg_real_convolution_operands.scratch(arguments, scratch);
        return RangeCall.of("real_convolution", images, operands,
                (begin, end) -> Bitgrad.bg_real_convolution(geometry, arguments, begin, end));
    }

    /**
     * What {@link #weightGradient} works on.
     *
     * @param x float32 or bytes [images · pixels, channels]
     * @param dy float32 [images · outPixels, outChannels]
     * @param dw float32 [outChannels, fan-in]: written
     * @param add whether the gradient is added to what dw holds
     */
    public record WeightGradient(Matrix x, Matrix dy, Matrix dw, boolean add) {
    }

    /**
     * {@code bg_real_weight_gradient}, by ranges of output channels.
     *
     * @param arena of the native arguments
     * @param images in x and dy
     * @param scratch at least {@link #scratchBytes} bytes, aligned to 64 bytes; its contents are lost
     */
    public static RangeCall weightGradient(Arena arena, ConvolutionShape convolution, long images, WeightGradient of,
            MemorySegment scratch) {
        Matrix x = of.x();
        Matrix dy = of.dy();
        Matrix dw = of.dw();
        Operands operands = new Operands("real_weight_gradient");
        readInput(operands, convolution, images, x);
        operands.read("dy", dy, FLOAT32, Operands.rows(images, convolution.outPixels()), convolution.outChannels());
        operands.write("dw", dw, FLOAT32, convolution.outChannels(), convolution.fanIn());
        operands.scratch(scratch);
        requireScratch(convolution, scratch);
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_real_weight_gradient_operands.allocate(arena);
        bg_real_weight_gradient_operands.images(arguments, images);
        bg_real_weight_gradient_operands.x(arguments, reals(x));
        bg_real_weight_gradient_operands.pixels(arguments, pixels(x));
        bg_real_weight_gradient_operands.dy(arguments, dy.segment());
        bg_real_weight_gradient_operands.dw(arguments, dw.segment());
        bg_real_weight_gradient_operands.scratch(arguments, scratch);
        bg_real_weight_gradient_operands.add(arguments, of.add() ? 1 : 0);
        return RangeCall.of("real_weight_gradient", convolution.outChannels(), operands,
                (begin, end) -> Bitgrad.bg_real_weight_gradient(geometry, arguments, begin, end));
    }

    /**
     * {@code bg_real_input_gradient}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param images in dy and dx
     * @param dy float32 [images · outPixels, outChannels]
     * @param weights float32 [outChannels, fan-in]
     * @param dx float32 [images · pixels, channels]: written
     */
    public static RangeCall inputGradient(Arena arena, ConvolutionShape convolution, long images, Matrix dy,
            Matrix weights, Matrix dx) {
        Operands operands = new Operands("real_input_gradient");
        operands.read("dy", dy, FLOAT32, Operands.rows(images, convolution.outPixels()), convolution.outChannels());
        operands.read("weights", weights, FLOAT32, convolution.outChannels(), convolution.fanIn());
        operands.write("dx", dx, FLOAT32, Operands.rows(images, convolution.pixels()), convolution.channels());
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_real_input_gradient_operands.allocate(arena);
        bg_real_input_gradient_operands.images(arguments, images);
        bg_real_input_gradient_operands.dy(arguments, dy.segment());
        bg_real_input_gradient_operands.weights(arguments, weights.segment());
        bg_real_input_gradient_operands.dx(arguments, dx.segment());
        return RangeCall.of("real_input_gradient", images, operands,
                (begin, end) -> Bitgrad.bg_real_input_gradient(geometry, arguments, begin, end));
    }

    private static void requireScratch(ConvolutionShape convolution, MemorySegment scratch) {
        long bytes = scratchBytes(convolution);
        if (scratch.byteSize() < bytes) {
            throw new IllegalArgumentException("real_convolution: scratch has %s bytes, but the kernel needs %s."
                    .formatted(scratch.byteSize(), bytes));
        }
    }
}
