package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.PRODUCTS_AN_ELEMENT;
import static io.github.bitgrad.step.ConvolutionOperands.expect;
import static io.github.bitgrad.step.ConvolutionOperands.images;
import static io.github.bitgrad.step.ConvolutionOperands.inputs;
import static io.github.bitgrad.step.ConvolutionOperands.matrix;
import static io.github.bitgrad.step.ConvolutionOperands.outputs;
import static io.github.bitgrad.step.ConvolutionOperands.products;
import static io.github.bitgrad.step.ConvolutionOperands.weights;
import static io.github.bitgrad.step.ConvolutionOperands.work;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.whole;

import io.github.bitgrad.kernel.BinaryConvolutionKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.PixelConvolutionKernel;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes operations that convolve signs, or bytes, with signs. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class BinaryConvolutionOperations {
    /** Output pixels of a range of images, at least: each range of {@link #pixelConvolution} lays out all weights once. */
    private static final long LEAST_PIXELS = 50;

    private BinaryConvolutionOperations() {
    }

    /**
     * y int16 [output pixels, channels] = x bits [input pixels, input channels] ∗ weights bits [channels · taps, input
     * channels].
     */
    public static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y) {
        return binaryConvolution(name, convolution, x, weights, y, Optional.empty());
    }

    /**
     * y int16 [output pixels, channels] = x bits [input pixels, input channels] ∗ weights bits [channels · taps, input
     * channels], and totals int64 [1, channels], the sums of y over all output pixels.
     */
    public static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y, Buffer totals) {
        return binaryConvolution(name, convolution, x, weights, y, Optional.of(totals));
    }

    private static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y, Optional<Buffer> totals) {
        long images = images(name, y, convolution.outPixels());
        long channels = convolution.outChannels();
        expect(name, y, images * convolution.outPixels(), channels);
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expect(name, weights, channels * convolution.taps(), convolution.channels());
        totals.ifPresent(buffer -> expect(name, buffer, 1, channels));
        List<Buffer> uses = new ArrayList<>(List.of(x, weights, y));
        totals.ifPresent(uses::add);
        return bound(name, channels, BinaryConvolutionKernel.CHANNELS, work(convolution, images), arena -> {
            Matrix pixels = inputs(x, convolution, images);
            Matrix filters = weights(weights, convolution);
            Matrix outputs = outputs(y, convolution, images);
            RangeCall call = totals
                    .map(buffer -> BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters,
                            outputs, matrix(buffer, 1, channels)))
                    .orElseGet(() -> BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters,
                            outputs));
            return call::run;
        }, uses).withProducts(products(convolution, images));
    }

    /** y int16 or float32 [output pixels, channels] = (2 · pixels − 255) ∗ weights, pixels being bytes. */
    public static Operation pixelConvolution(String name, ConvolutionShape convolution, Buffer pixels, Buffer weights,
            Buffer y) {
        long images = images(name, y, convolution.outPixels());
        expect(name, y, images * convolution.outPixels(), convolution.outChannels());
        expect(name, pixels, images * convolution.pixels(), convolution.channels());
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        return bound(name, images, Math.ceilDiv(LEAST_PIXELS, convolution.outPixels()),
                PRODUCTS_AN_ELEMENT / 4 * work(convolution, images),
                arena -> PixelConvolutionKernel.convolution(arena, convolution, images,
                        inputs(pixels, convolution, images), weights(weights, convolution),
                        outputs(y, convolution, images))::run,
                List.of(pixels, weights, y)).withProducts(products(convolution, images));
    }

    /**
     * Fills packed, uint8 [1, {@link #packedWeightBytes}], with weights bits [channels · taps, input channels], in the
     * form that {@link #binaryConvolutionSigns} reads.
     */
    public static Operation packWeights(String name, ConvolutionShape convolution, Buffer weights, Buffer packed) {
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        expect(name, packed, 1, packedWeightBytes(convolution));
        return whole(name, packed.bytes(), arena -> BinaryConvolutionKernel.packWeights(arena, convolution,
                weights(weights, convolution), matrix(packed, 1, packed.bytes())), List.of(weights, packed));
    }

    /** The bytes of packed weights. */
    public static long packedWeightBytes(ConvolutionShape convolution) {
        return BinaryConvolutionKernel.packedWeightBytes(convolution);
    }

    /**
     * signs bits [output pixels, channels] of (x ∗ weights) ≥ thresholds, where x is bits [input pixels, input
     * channels], packed is the weights as {@link #packWeights} writes them, and thresholds is int32 [1, channels].
     */
    public static Operation binaryConvolutionSigns(String name, ConvolutionShape convolution, Buffer x, Buffer packed,
            Buffer thresholds, Buffer signs) {
        long images = images(name, signs, convolution.outPixels());
        expectSigns(name, convolution, images, thresholds, signs);
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expect(name, packed, 1, packedWeightBytes(convolution));
        return bound(name, images, Math.ceilDiv(LEAST_PIXELS, convolution.outPixels()), work(convolution, images),
                arena -> BinaryConvolutionKernel.signs(arena, convolution, images, inputs(x, convolution, images),
                        matrix(packed, 1, packed.bytes()), matrix(thresholds, 1, convolution.outChannels()),
                        outputs(signs, convolution, images))::run,
                List.of(x, packed, thresholds, signs)).withProducts(products(convolution, images));
    }

    /**
     * signs bits [output pixels, channels] of (2 · pixels − 255) ∗ weights ≥ thresholds, where pixels is bytes [input
     * pixels, input channels], weights is bits [channels · taps, input channels], and thresholds is int32 [1, channels].
     * The sums exist for a few images at a time, in memory that is added to the program.
     */
    public static Operation pixelConvolutionSigns(Program program, String name, ConvolutionShape convolution,
            Buffer pixels, Buffer weights, Buffer thresholds, Buffer signs) {
        long images = images(name, signs, convolution.outPixels());
        expectSigns(name, convolution, images, thresholds, signs);
        expect(name, pixels, images * convolution.pixels(), convolution.channels());
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        return ScratchOperation.of(program, PixelConvolutionKernel.signsScratchBytes(convolution, images), name, images,
                Math.ceilDiv(LEAST_PIXELS, convolution.outPixels()),
                PRODUCTS_AN_ELEMENT / 4 * work(convolution, images),
                (arena, scratch, _, _) -> PixelConvolutionKernel.signs(arena, convolution, images,
                        inputs(pixels, convolution, images), weights(weights, convolution),
                        matrix(thresholds, 1, convolution.outChannels()), outputs(signs, convolution, images),
                        scratch),
                List.of(pixels, weights, thresholds, signs)).withProducts(products(convolution, images));
    }

    private static void expectSigns(String name, ConvolutionShape convolution, long images, Buffer thresholds,
            Buffer signs) {
        expect(name, thresholds, 1, convolution.outChannels());
        expect(name, signs, images * convolution.outPixels(), convolution.outChannels());
    }
}
