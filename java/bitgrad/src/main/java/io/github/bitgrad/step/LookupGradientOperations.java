package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.expect;
import static io.github.bitgrad.step.ConvolutionOperands.images;
import static io.github.bitgrad.step.ConvolutionOperands.inputs;
import static io.github.bitgrad.step.ConvolutionOperands.matrix;
import static io.github.bitgrad.step.ConvolutionOperands.products;
import static io.github.bitgrad.step.ConvolutionOperands.weights;
import static io.github.bitgrad.step.ConvolutionOperands.work;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.LookupGradientKernel.InputGradientOperands;
import io.github.bitgrad.kernel.LookupGradientKernel.WeightGradientOperands;
import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Makes operations of the backward pass of convolutions on bits: the gradients of weights and of inputs. What each
 * kernel computes is said in {@code bitgrad.h}.
 */
public final class LookupGradientOperations {
    private LookupGradientOperations() {
    }

    /** The form of weights that {@link #inputGradient} looks up by. */
    public static Buffer index(Program program, String name, ConvolutionShape convolution) {
        return program.temporary(name, Variable.OTHER, ElementType.UINT8, 1,
                LookupGradientKernel.weightIndexBytes(convolution));
    }

    /** Fills {@link #index} for gradients of a type. */
    public static Operation weightIndex(String name, ElementType type, ConvolutionShape convolution, Buffer weights,
            Buffer index) {
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        expect(name, index, 1, LookupGradientKernel.weightIndexBytes(convolution));
        return bound(name, Math.ceilDiv(convolution.outChannels(), LookupGradientKernel.INDEX_BLOCK), 1,
                weights.rows() * weights.columns(), arena -> LookupGradientKernel.weightIndex(arena, convolution, type,
                        weights(weights, convolution), index(index))::run,
                List.of(weights, index));
    }

    private static Matrix index(Buffer buffer) {
        return matrix(buffer, 1, buffer.bytes());
    }

    /**
     * dx [input pixels, t], a tile of the input channels, is dy [output pixels, channels] ∗ weights where mask's bits
     * are set, and 0 elsewhere.
     *
     * @param index of the weights, as {@link #weightIndex} fills it
     * @param mask bits [input pixels, input channels]
     */
    public static Operation inputGradient(Program program, String name, ConvolutionShape convolution, GradientAtSums dy,
            Buffer index, Buffer mask, ChannelTile dx) {
        long images = images(name, mask, convolution.pixels());
        Buffer tile = dx.values();
        dx.expectOf(name, convolution.channels());
        dy.expect(name, convolution, images);
        expectShape(name, images * convolution.pixels(), tile.columns(), tile);
        expect(name, mask, images * convolution.pixels(), convolution.channels());
        expect(name, index, 1, LookupGradientKernel.weightIndexBytes(convolution));
        return ScratchOperation.of(program,
                LookupGradientKernel.inputGradientScratchBytes(dy.values().type(), convolution),
                name, images, 1, work(convolution, images) * tile.columns() / convolution.channels(),
                (arena, scratch, _, _) -> LookupGradientKernel.inputGradient(arena, convolution,
                        new InputGradientOperands(images, dy.bound(convolution, images), index(index),
                                inputs(mask, convolution, images)),
                        matrix(tile), dx.first(), scratch),
                dy.uses(index, mask, tile))
                .withProducts(products(convolution, images) * tile.columns() / convolution.channels());
    }

    /**
     * signs bits [channels · taps, input channels] = sgn(dyᵀ ∗ x).
     *
     * @param x bits [input pixels, input channels], or [input pixels, 8 · input channels] where inputs are bytes
     */
    public static Operation weightGradientSigns(Program program, String name, ConvolutionShape convolution, Buffer dy,
            Buffer x, Buffer signs) {
        return weightGradient(program, name, convolution, GradientAtSums.real(dy), x, signs);
    }

    /**
     * product [channels · taps, input channels] = dyᵀ ∗ x, float32; or its signs, if it is a matrix of bits.
     *
     * @param x bits [input pixels, input channels], or [input pixels, 8 · input channels] where inputs are bytes
     */
    public static Operation weightGradient(Program program, String name, ConvolutionShape convolution,
            GradientAtSums gradient, Buffer x, Buffer product) {
        long images = images(name, x, convolution.pixels());
        int inputBits = inputBits(convolution, x);
        gradient.expect(name, convolution, images);
        expect(name, x, images * convolution.pixels(), (long) inputBits * convolution.channels());
        expect(name, product, convolution.outChannels() * convolution.taps(), convolution.channels());
        long channels = convolution.outChannels();
        long work = inputBits * work(convolution, images);
        long rangeChannels = Math.min(ScratchOperation.rangeSize(channels, WeightStream.BLOCK, work), channels);
        return ScratchOperation.of(program,
                LookupGradientKernel.weightGradientScratchBytes(gradient.values().type(),
                        convolution.withOutChannels(rangeChannels),
                        inputBits, images),
                name, channels, WeightStream.BLOCK, work,
                (arena, scratch, begin, end) -> {
                    long rows = (end - begin) * convolution.taps();
                    MemorySegment ofRange = product.segment()
                            .asSlice(product.type().bytes(begin * convolution.taps(), convolution.channels()));
                    return LookupGradientKernel.weightGradient(arena, convolution,
                            new WeightGradientOperands(images, gradient.bound(convolution, images),
                                    matrix(x, images * convolution.pixels(), inputBits * convolution.channels()),
                                    inputBits),
                            new Matrix(product.type(), rows, convolution.channels(), ofRange), scratch);
                }, gradient.uses(x, product)).withProducts(products(convolution, images));
    }

    /** Of an input value of a weight gradient: 1, or 8 where it is a byte. */
    static int inputBits(ConvolutionShape convolution, Buffer x) {
        return x.columns() == Byte.SIZE * convolution.channels() ? Byte.SIZE : 1;
    }
}
