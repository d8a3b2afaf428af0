package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.kernel.LookupGradientKernel.WeightGradientOperands;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/** The product ∂W = X̂ᵀ∂Y: the signs of ∂W by bitgrad, and ∂W itself by OpenBLAS. */
public class WeightGradientProducts extends GradientProducts {
    private Matrix x;
    private Matrix signs;
    private MemorySegment realColumns;
    private MemorySegment realGradient;

    /** For JMH. */
    public WeightGradientProducts() {
    }

    @Override
    long scratchBytes(ElementType type) {
        return LookupGradientKernel.weightGradientScratchBytes(type, convolution, 1, images);
    }

    @Override
    void allocateOthers() {
        x = input(BITS, rows, channels);
        signs = result(BITS, channels * convolution.taps(), channels);
        realColumns = operand(FLOAT32, rows, fanIn);
        realGradient = output(FLOAT32, channels, fanIn);
    }

    @Override
    Runnable product(Matrix dy) {
        RangeCall weightGradient = LookupGradientKernel.weightGradient(arena(), convolution,
                new WeightGradientOperands(images, new Gradient(dy), x, 1), signs, scratch);
        return () -> weightGradient.run(0, channels);
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(true, false, channels, fanIn, rows, dyFloat32, channels, realColumns, fanIn, realGradient, fanIn,
                false);
    }
}
