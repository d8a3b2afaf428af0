package io.github.bitgrad.step;

import io.github.bitgrad.kernel.ConvolutionKernels;
import io.github.bitgrad.kernel.GradientPooling;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
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
public final class WeightStream extends Operation {
    /** Output channels of a block: so many share the binary operand's preparation in the kernel. */
    private static final long BLOCK = 32;
    /** Ranges of layers with few channels are smaller, or else there is no second thread's share. */
    private static final long HALF_BLOCK = 16;

    private final ConvolutionShape convolution;
    private final Buffer numbers;
    private final Buffer dy;
    private final Buffer scale;
    private final PooledGradient pooled;
    private final Buffer x;
    private final int inputBits;
    private final ElementType type;
    private final BlockUpdate update;
    private final long first;
    private final long images;
    private final Buffer scratch;
    private final Buffer gradients;
    private GradientPooling pooling;
    private MemorySegment[] scratchOfRange;
    private MemorySegment[] gradientOfRange;

    private WeightStream(String name, long multiple, long work, ConvolutionShape convolution, Buffer numbers,
            Buffer dy, Buffer scale, PooledGradient pooled, Buffer x, int inputBits, ElementType type,
            BlockUpdate update, long first, Buffer scratch, Buffer gradients, List<Buffer> uses) {
        super(name, convolution.outChannels(), multiple, work, Convolutions.MOST_SCRATCHES, uses);
        this.convolution = convolution;
        this.numbers = numbers;
        this.dy = dy;
        this.scale = scale;
        this.pooled = pooled;
        this.x = x;
        this.inputBits = inputBits;
        this.type = type;
        this.update = update;
        this.first = first;
        this.scratch = scratch;
        this.gradients = gradients;
        images = x.rows() / convolution.pixels();
    }

    /**
     * The operation for a layer, or for some neighbouring of its output channels.
     *
     * @param numbers of the convolution that has these channels
     * @param dy at their sums, integers
     * @param scale what they are multiples of, float32 [1, 1]
     * @param pooled where dy has a row for each window; null where it has one for each pixel
     * @param x bits [input pixels, input channels], or [input pixels, 8 · input channels] where inputs are bytes
     * @param type of the gradient: float32, or its signs as bits
     * @param update by the layer's channels
     * @param first of the layer's channels that is one of these
     */
    public static Operation of(Program program, String name, Buffer numbers, Buffer dy, Buffer scale,
            PooledGradient pooled, Buffer x, ElementType type, BlockUpdate update, long first) {
        ConvolutionShape convolution = ConvolutionShape.of(numbers.constants());
        long images = Convolutions.images(name, x, convolution.pixels());
        int inputBits = x.columns() == Byte.SIZE * convolution.channels() ? Byte.SIZE : 1;
        Convolutions.expectGradient(name, convolution, images, dy, scale, pooled);
        Convolutions.expect(name, x, images * convolution.pixels(), inputBits * convolution.channels());
        long multiple = convolution.outChannels() > Convolutions.MOST_SCRATCHES * HALF_BLOCK ? BLOCK : HALF_BLOCK;
        long work = inputBits * Convolutions.work(convolution, images) / Convolutions.SCRATCH_WORK;
        int ranges = Operation.chunks(convolution.outChannels(), multiple, work, Convolutions.MOST_SCRATCHES);
        Buffer scratch = memory(program, name + ".scratch", Variable.OTHER, ranges,
                ConvolutionKernels.weightGradientScratchBytes(dy.type(), convolution, inputBits, images));
        Buffer gradients = memory(program, name + ".block", Variable.DW, ranges,
                type.bytes(Math.min(BLOCK, convolution.outChannels()) * convolution.taps(), convolution.channels()));
        List<Buffer> uses = new ArrayList<>(update.uses());
        uses.addAll(Convolutions.uses(dy, scale, pooled, numbers, x, scratch, gradients));
        return new WeightStream(name, multiple, work, convolution, numbers, dy, scale, pooled, x, inputBits, type,
                update, first,
                scratch, gradients, uses);
    }

    private static Buffer memory(Program program, String name, Variable variable, int ranges, long bytes) {
        return program.temporary(name, variable, ElementType.UINT8, ranges,
                Math.ceilDiv(bytes, MemoryPlan.ALIGNMENT) * MemoryPlan.ALIGNMENT);
    }

    @Override
    protected void bind() {
        pooling = Convolutions.bound(pooled);
        scratchOfRange = Convolutions.rowsOf(scratch);
        gradientOfRange = Convolutions.rowsOf(gradients);
    }

    @Override
    protected void run(long begin, long end) {
        MemorySegment gradient = gradientOfRange[chunkAt(begin)];
        for (long block = begin; block < end; block += BLOCK) {
            long blockEnd = Math.min(block + BLOCK, end);
            ConvolutionKernels.weightGradient(dy.type(), convolution, numbers.segment(), dy.segment(), scale.segment(),
                    pooling, x.segment(), inputBits, type, gradient, scratchOfRange[chunkAt(begin)], images, block,
                    blockEnd);
            update.run(gradient, first + block, first + blockEnd);
        }
    }
}
