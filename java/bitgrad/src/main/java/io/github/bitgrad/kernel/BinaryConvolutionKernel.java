package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_binary_convolution_operands;
import io.github.bitgrad.bindings.kernels.bg_binary_convolution_signs_operands;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The forward products of signs: {@code bitgrad.h}, "Forward products". */
public final class BinaryConvolutionKernel {
    /** Output channels that share the preparation of x: ranges should begin at multiples of it. */
    public static final int CHANNELS = Bitgrad.BG_BLOCK_CHANNELS();

    private static final String NAME = "binary_convolution";

    private BinaryConvolutionKernel() {
    }

    /**
     * {@code bg_binary_convolution}: y = x ∗ weights, by ranges of output channels.
     *
     * @param arena of the native arguments
     * @param images in x and y
     * @param x bits [images · pixels, channels]
     * @param weights bits [outChannels · taps, channels]
     * @param y int16 [images · outPixels, outChannels]
     */
    public static RangeCall convolution(Arena arena, ConvolutionShape convolution, long images, Matrix x,
            Matrix weights, Matrix y) {
        Operands operands = checked(convolution, images, x, weights, y);
        return call(arena, convolution, operands, arguments(arena, images, x, weights, y));
    }

    /**
     * {@code bg_binary_convolution}, which also adds up y: sums[n] is the sum of y[m, n] over m.
     *
     * @param sums int64 [1, outChannels]
     */
    public static RangeCall convolution(Arena arena, ConvolutionShape convolution, long images, Matrix x,
            Matrix weights, Matrix y, Matrix sums) {
        Operands operands = checked(convolution, images, x, weights, y);
        operands.write("sums", sums, INT64, 1, convolution.outChannels());
        MemorySegment arguments = arguments(arena, images, x, weights, y);
        bg_binary_convolution_operands.sums(arguments, sums.segment());
        return call(arena, convolution, operands, arguments);
    }

    private static Operands checked(ConvolutionShape convolution, long images, Matrix x, Matrix weights, Matrix y) {
        Operands operands = new Operands(NAME);
        operands.read("x", x, BITS, Operands.rows(images, convolution.pixels()), convolution.channels());
        operands.read("weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
        operands.write("y", y, INT16, Operands.rows(images, convolution.outPixels()), convolution.outChannels());
        return operands;
    }

    private static MemorySegment arguments(Arena arena, long images, Matrix x, Matrix weights, Matrix y) {
        MemorySegment arguments = bg_binary_convolution_operands.allocate(arena);
        bg_binary_convolution_operands.images(arguments, images);
        bg_binary_convolution_operands.x(arguments, x.segment());
        bg_binary_convolution_operands.weights(arguments, weights.segment());
        bg_binary_convolution_operands.y(arguments, y.segment());
        bg_binary_convolution_operands.sums(arguments, MemorySegment.NULL);
        return arguments;
    }

    private static RangeCall call(Arena arena, ConvolutionShape convolution, Operands operands,
            MemorySegment arguments) {
        MemorySegment geometry = Operands.convolution(arena, convolution);
        return RangeCall.of(NAME, convolution.outChannels(), operands,
                (begin, end) -> Bitgrad.bg_binary_convolution(geometry, arguments, begin, end));
    }

    /** {@code bg_packed_weight_bytes}: the bytes of packed weights. */
    public static long packedWeightBytes(ConvolutionShape convolution) {
        return Operands.bytes(convolution, Bitgrad::bg_packed_weight_bytes);
    }

    /**
     * {@code bg_pack_weights}: lays weights out for {@link #signs}.
     *
     * @param arena of the native arguments
     * @param weights bits [outChannels · taps, channels]
     * @param packed bytes, {@link #packedWeightBytes} of them, aligned to 64 bytes
     */
    public static WholeCall packWeights(Arena arena, ConvolutionShape convolution, Matrix weights, Matrix packed) {
        Operands operands = new Operands("pack_weights");
        operands.read("weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
        operands.write("packed", packed, UINT8, 1, packedWeightBytes(convolution));
        MemorySegment geometry = Operands.convolution(arena, convolution);
        return new WholeCall("pack_weights", operands,
                () -> Bitgrad.bg_pack_weights(geometry, weights.segment(), packed.segment()));
    }

    /**
     * {@code bg_binary_convolution_signs}: the signs of (x ∗ weights) ≥ thresholds, by ranges of images.
     *
     * @param arena of the native arguments
     * @param images in x and signs
     * @param x bits [images · pixels, channels]
     * @param packed bytes that {@link #packWeights} has written
     * @param thresholds int32 [1, outChannels]
     * @param signs bits [images · outPixels, outChannels]
     */
    public static RangeCall signs(Arena arena, ConvolutionShape convolution, long images, Matrix x, Matrix packed,
            Matrix thresholds, Matrix signs) {
        Operands operands = new Operands("binary_convolution_signs");
        operands.read("x", x, BITS, Operands.rows(images, convolution.pixels()), convolution.channels());
        operands.read("packed", packed, UINT8, 1, packedWeightBytes(convolution));
        operands.read("thresholds", thresholds, INT32, 1, convolution.outChannels());
        operands.write("signs", signs, BITS, Operands.rows(images, convolution.outPixels()),
                convolution.outChannels());
        MemorySegment geometry = Operands.convolution(arena, convolution);
        MemorySegment arguments = bg_binary_convolution_signs_operands.allocate(arena);
        bg_binary_convolution_signs_operands.images(arguments, images);
        bg_binary_convolution_signs_operands.x(arguments, x.segment());
        bg_binary_convolution_signs_operands.packed(arguments, packed.segment());
        bg_binary_convolution_signs_operands.thresholds(arguments, thresholds.segment());
        bg_binary_convolution_signs_operands.signs(arguments, signs.segment());
        return RangeCall.of("binary_convolution_signs", images, operands,
                (begin, end) -> Bitgrad.bg_binary_convolution_signs(geometry, arguments, begin, end));
    }
}
