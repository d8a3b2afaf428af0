package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.ConvolutionKernels;
import io.github.bitgrad.kernel.GradientPooling;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/** The product ∂W = X̂ᵀ∂Y: the signs of ∂W by bitgrad, and ∂W itself by OpenBLAS. */
public class WeightGradientProducts extends GradientProducts {
    private MemorySegment x;
    private MemorySegment signs;
    private MemorySegment realColumns;
    private MemorySegment realGradient;

    /** For JMH. */
    public WeightGradientProducts() {
    }

    @Override
    long scratchBytes(ElementType type) {
        return ConvolutionKernels.weightGradientScratchBytes(type, convolution, 1, images);
    }

    @Override
    void allocateOthers() {
        x = operand(BITS, rows, channels);
        signs = output(BITS, channels * convolution.taps(), channels);
        realColumns = operand(FLOAT32, rows, fanIn);
        realGradient = output(FLOAT32, channels, fanIn);
    }

    @Override
    void multiply(ElementType type, MemorySegment dy) {
        ConvolutionKernels.weightGradient(type, convolution, numbers, dy, MemorySegment.NULL, GradientPooling.NONE, x,
                1, BITS, signs, scratch, images, 0, channels);
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(true, false, channels, fanIn, rows, dyFloat32, channels, realColumns, fanIn, realGradient, fanIn,
                false);
    }
}
