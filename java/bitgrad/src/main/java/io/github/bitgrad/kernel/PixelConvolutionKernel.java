package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_pixel_convolution_operands;
import io.github.bitgrad.bindings.kernels.bg_pixel_convolution_signs_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The forward products of bytes and signs, for a first layer: {@code bitgrad.h}, "Forward products". */
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

    /** {@code bg_pixel_convolution_signs_scratch_bytes}: the bytes of scratch of {@link #signs}. */
    public static long signsScratchBytes(ConvolutionShape convolution, long images) {
        return Operands.bytes(convolution,
                geometry -> Bitgrad.bg_pixel_convolution_signs_scratch_bytes(geometry, images));
    }

    /**
     * {@code bg_pixel_convolution_signs}: the signs of (2 · pixels − 255) ∗ weights ≥ thresholds, by ranges of images.
     *
     * @param arena of the native arguments
     * @param images in pixels and signs
     * @param pixels bytes [images · pixels, channels]
     * @param weights bits [outChannels · taps, channels]
     * @param thresholds int32 [1, outChannels]
     * @param signs bits [images · outPixels, outChannels]
     * @param scratch at least {@link #signsScratchBytes} bytes, aligned to 64 bytes; its contents are lost. Calls that
     *            run at the same time need scratch of their own
     */
    public static RangeCall signs(Arena arena, ConvolutionShape convolution, long images, Matrix pixels,
            Matrix weights, Matrix thresholds, Matrix signs, MemorySegment scratch) {
        Operands operands = new Operands("pixel_convolution_signs");
        operands.read("pixels", pixels, UINT8, Operands.rows(images, convolution.pixels()), convolution.channels());
        operands.read("weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
        operands.read("thresholds", thresholds, INT32, 1, convolution.outChannels());
        operands.write("signs", signs, BITS, Operands.rows(images, convolution.outPixels()),
                convolution.outChannels());
        operands.scratch(scratch);
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_pixel_convolution_signs_operands.allocate(arena);
        bg_pixel_convolution_signs_operands.images(arguments, images);
        bg_pixel_convolution_signs_operands.pixels(arguments, pixels.segment());
        bg_pixel_convolution_signs_operands.weights(arguments, weights.segment());
        bg_pixel_convolution_signs_operands.thresholds(arguments, thresholds.segment());
        bg_pixel_convolution_signs_operands.signs(arguments, signs.segment());
        bg_pixel_convolution_signs_operands.scratch(arguments, scratch);
        bg_pixel_convolution_signs_operands.scratch_bytes(arguments, scratch.byteSize());
        return RangeCall.of("pixel_convolution_signs", images, operands,
                (begin, end) -> Bitgrad.bg_pixel_convolution_signs(geometry, arguments, begin, end));
    }
}
