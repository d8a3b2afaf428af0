package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.ConvolutionKernels;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/** The forward product Y = X̂Ŵ. */
public class ForwardProducts extends Products {
    private MemorySegment x;
    private MemorySegment weights;
    private MemorySegment y;
    private MemorySegment sums;
    private MemorySegment realColumns;
    private MemorySegment realWeights;
    private MemorySegment realY;

    /** For JMH. */
    public ForwardProducts() {
    }

    @Override
    void allocateOperands() {
        x = operand(BITS, rows, channels);
        weights = operand(BITS, channels * convolution.taps(), channels);
        y = output(INT16, rows, channels);
        sums = output(INT64, 1, channels);
        realColumns = operand(FLOAT32, rows, fanIn);
        realWeights = operand(FLOAT32, channels, fanIn);
        realY = output(FLOAT32, rows, channels);
    }

    /** Signs by signs, with the total of every channel, as in training. */
    @Benchmark
    public void bits() {
        ConvolutionKernels.binaryConvolution(convolution, numbers, x, weights, y, sums, images, 0, channels);
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(false, true, rows, channels, fanIn, realColumns, fanIn, realWeights, fanIn, realY, channels, false);
    }
}
