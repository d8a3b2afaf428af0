package io.github.bitgrad.step;

import io.github.bitgrad.kernel.LookupGradientKernel.WeightGradientOperands;
import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradient of a layer's weights, straight into the optimizer: a block of output channels is computed over the whole
 * batch, updates its weights, and is gone before the next is begun. Each range has memory for one block.
 */
public final class WeightStream {
    /**
     * The output channels of a block, and what ranges begin at multiples of. The kernel is a little faster with twice as
     * many, but the gradients of the blocks take twice the memory then.
     */
    static final long BLOCK = LookupGradientKernel.CHANNELS / 2;
    /** Dense layers with more inputs have blocks of half as many channels, because they would be the largest of all. */
    private static final long SMALL_FAN_IN = 1024;

    private WeightStream() {
    }

    /**
     * The operation for a layer, or for some neighbouring of its output channels.
     *
     * @param convolution that has these output channels
     * @param dy at their sums
     * @param x bits [input pixels, input channels], or [input pixels, 8 · input channels] where inputs are bytes
     * @param type of the gradient: float32, or its signs as bits
     * @param update of these output channels; see {@link BlockUpdate#from}
     */
    public static Operation of(Program program, String name, ConvolutionShape convolution, GradientAtSums dy,
            Buffer x, ElementType type, BlockUpdate update) {
        long channels = convolution.outChannels();
        long images = ConvolutionOperands.images(name, x, convolution.pixels());
        int inputBits = LookupGradientOperations.inputBits(convolution, x);
        dy.expect(name, convolution, images);
        ConvolutionOperands.expect(name, x, images * convolution.pixels(), inputBits * convolution.channels());
        boolean isLargeDense = convolution.outPixels() == 1 && convolution.fanIn() > SMALL_FAN_IN;
        ConvolutionShape most = convolution.withOutChannels(Math.min(isLargeDense ? BLOCK / 2 : BLOCK, channels));
        long work = inputBits * ConvolutionOperands.work(convolution, images);
        Buffer scratch = ScratchOperation.memory(program, name + ".scratch", Variable.OTHER, channels, BLOCK, work,
                LookupGradientKernel.weightGradientScratchBytes(dy.values().type(), most, inputBits, images));
        Buffer gradients = ScratchOperation.memory(program, name + ".block", Variable.DW, channels, BLOCK, work,
                type.bytes(most.outChannels() * most.taps(), most.channels()));
        List<Buffer> uses = new ArrayList<>(update.uses());
        uses.addAll(dy.uses(x, scratch, gradients));
        return new ScratchOperation(name, channels, BLOCK, work, (arena, _) -> {
            update.bind(arena);
            WeightGradientOperands inputs = new WeightGradientOperands(images,
                    dy.bound(convolution, images),
                    ConvolutionOperands.matrix(x, images * convolution.pixels(), inputBits * convolution.channels()),
                    inputBits);
            MemorySegment[] scratches = ScratchOperation.ofRanges(scratch);
            MemorySegment[] blocks = ScratchOperation.ofRanges(gradients);
            RangeCall[] calls = new RangeCall[blocks.length];
            for (int range = 0; range < calls.length; range++) {
                Matrix block = new Matrix(type, most.outChannels() * most.taps(), most.channels(), blocks[range]);
                calls[range] =
                        LookupGradientKernel.weightGradient(arena, convolution, inputs, block, scratches[range]);
            }
            return (range, begin, end) -> {
                for (long block = begin; block < end; block += most.outChannels()) {
                    long blockEnd = Math.min(block + most.outChannels(), end);
                    calls[range].run(block, blockEnd);
                    update.run(blocks[range], block, blockEnd);
                }
            };
        }, uses).withProducts(ConvolutionOperands.products(convolution, images));
    }
}
