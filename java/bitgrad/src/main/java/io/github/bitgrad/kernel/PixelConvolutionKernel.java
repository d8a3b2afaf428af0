package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_pixel_convolution_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The forward product of bytes and signs, for a first layer: {@code bitgrad.h}, "Forward products". */
public final class PixelConvolutionKernel {
    private PixelConvolutionKernel() {
    }

    /**
     * {@code bg_pixel_convolution}: y = (2 · pixels − 255) ∗ weights, by ranges of images.
     *
     * @param arena of the native arguments
     * @param images in pixels and y
     * @param pixels bytes [images · pixels, channels]
     * @param weights bits [outChannels · taps, channels]
     * @param y int16 or float32 [images · outPixels, outChannels]
     */
    public static RangeCall convolution(Arena arena, ConvolutionShape convolution, long images, Matrix pixels,
            Matrix weights, Matrix y) {
        Operands operands = new Operands("pixel_convolution");
        operands.read("pixels", pixels, UINT8, Operands.rows(images, convolution.pixels()), convolution.channels());
        operands.read("weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
        operands.write("y", y, y.type(), Operands.rows(images, convolution.outPixels()), convolution.outChannels());
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_pixel_convolution_operands.allocate(arena);
        bg_pixel_convolution_operands.images(arguments, images);
        bg_pixel_convolution_operands.pixels(arguments, pixels.segment());
        bg_pixel_convolution_operands.weights(arguments, weights.segment());
        bg_pixel_convolution_operands.y_type(arguments, Kernels.code(y.type()));
        bg_pixel_convolution_operands.y(arguments, y.segment());
        return RangeCall.of("pixel_convolution", images, operands,
                (begin, end) -> Bitgrad.bg_pixel_convolution(geometry, arguments, begin, end));
    }
}
