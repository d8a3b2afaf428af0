package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;

import io.github.bitgrad.kernel.BinaryConvolutionKernel;
import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.RangeCall;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;

/** The forward product Y = X̂Ŵ. */
public class ForwardProducts extends Products {
    private RangeCall bits;
    private MemorySegment realColumns;
    private MemorySegment realWeights;
    private MemorySegment realY;

    /** For JMH. */
    public ForwardProducts() {
    }

    @Override
    void allocateOperands() {
        bits = BinaryConvolutionKernel.convolution(arena(), convolution, images, input(BITS, rows, channels),
                input(BITS, channels * convolution.taps(), channels), result(INT16, rows, channels),
                result(INT64, 1, channels));
        realColumns = operand(FLOAT32, rows, fanIn);
        realWeights = operand(FLOAT32, channels, fanIn);
        realY = output(FLOAT32, rows, channels);
    }

    /** Signs by signs, with the total of every channel, as in training. */
    @Benchmark
    public void bits() {
        bits.run(0, channels);
    }

    /** The product of the same sizes by OpenBLAS. */
    @Benchmark
    public void sgemm() {
        Blas.sgemm(false, true, rows, channels, fanIn, realColumns, fanIn, realWeights, fanIn, realY, channels, false);
    }
}
