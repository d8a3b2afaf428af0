package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.ConvolutionKernels;
import io.github.bitgrad.kernel.GradientPooling;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The product ∂X = ∂YŴᵀ as in training, including the index of the weights, which is made once in a step. The result is
 * float32 for a float32 gradient, and float16 for an integer gradient.
 */
public class InputGradientProducts extends GradientProducts {
    private static final long INDEX_BLOCK = 16; // output channels

    private MemorySegment weights;
    private MemorySegment index;
    private MemorySegment mask;
    private MemorySegment scale;
    private MemorySegment dxFloat32;
    private MemorySegment dxFloat16;
    private MemorySegment realWeights;
    private MemorySegment realColumns;

    /** For JMH. */
    public InputGradientProducts() {
    }

    @Override
    long scratchBytes(ElementType type) {
        return ConvolutionKernels.inputGradientScratchBytes(type, convolution);
    }

    @Override
    void allocateOthers() {
        weights = operand(BITS, channels * convolution.taps(), channels);
        index = memory(ConvolutionKernels.weightIndexBytes(convolution));
        mask = operand(BITS, rows, channels);
        scale = operand(FLOAT32, 1, 1);
        dxFloat32 = output(FLOAT32, rows, channels);
        dxFloat16 = output(FLOAT16, rows, channels);
        realWeights = operand(FLOAT32, channels, fanIn);
        realColumns = output(FLOAT32, rows, fanIn);
    }

    @Override
    void multiply(ElementType type, MemorySegment dy) {
        ConvolutionKernels.weightIndex(type, convolution, numbers, weights, index, 0,
                Math.ceilDiv(channels, INDEX_BLOCK));
        ElementType dxType = type == FLOAT32 ? FLOAT32 : FLOAT16;
        ConvolutionKernels.inputGradient(type, convolution, numbers, dy, scale, GradientPooling.NONE, index, mask,
                dxType, type == FLOAT32 ? dxFloat32 : dxFloat16, 0, channels, scratch, images, 0, images);
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(false, false, rows, fanIn, channels, dyFloat32, channels, realWeights, fanIn, realColumns, fanIn,
                false);
    }
}
