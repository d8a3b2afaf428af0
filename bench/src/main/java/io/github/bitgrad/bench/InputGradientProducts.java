package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.kernel.LookupGradientKernel.InputGradientOperands;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The product ∂X = ∂YŴᵀ as in training, including the index of the weights, which is made once in a step. The result is
 * float32 for a float32 gradient, and float16 for an integer gradient.
 */
public class InputGradientProducts extends GradientProducts {
    private Matrix weights;
    private Matrix index;
    private Matrix mask;
    private Matrix scale;
    private Matrix dxFloat32;
    private Matrix dxFloat16;
    private MemorySegment realWeights;
    private MemorySegment realColumns;

    /** For JMH. */
    public InputGradientProducts() {
    }

    @Override
    long scratchBytes(ElementType type) {
        return LookupGradientKernel.inputGradientScratchBytes(type, convolution);
    }

    @Override
    void allocateOthers() {
        long indexBytes = LookupGradientKernel.weightIndexBytes(convolution);
        weights = input(BITS, channels * convolution.taps(), channels);
        index = matrix(UINT8, 1, indexBytes, memory(indexBytes));
        mask = input(BITS, rows, channels);
        scale = input(FLOAT32, 1, 1);
        dxFloat32 = result(FLOAT32, rows, channels);
        dxFloat16 = result(FLOAT16, rows, channels);
        realWeights = operand(FLOAT32, channels, fanIn);
        realColumns = output(FLOAT32, rows, fanIn);
    }

    @Override
    Runnable product(Matrix dy) {
        boolean real = dy.type() == FLOAT32;
        RangeCall weightIndex =
                LookupGradientKernel.weightIndex(arena(), convolution, dy.type(), weights, index);
        RangeCall inputGradient = LookupGradientKernel.inputGradient(arena(), convolution,
                new InputGradientOperands(images, real ? new Gradient(dy) : new Gradient(dy, scale), index, mask),
                real ? dxFloat32 : dxFloat16, 0, scratch);
        return () -> {
            weightIndex.run(0, Math.ceilDiv(channels, LookupGradientKernel.INDEX_BLOCK));
            inputGradient.run(0, images);
        };
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(false, false, rows, fanIn, channels, dyFloat32, channels, realWeights, fanIn, realColumns, fanIn,
                false);
    }
}
