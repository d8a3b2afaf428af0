package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.Kernels;
import io.github.bitgrad.kernel.NormalisationKernels;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The passes of batch normalisation before a sign, over the sums of a layer and over their gradient. The small
 * computations for each channel between two passes are done once, before the measurement.
 */
public class NormalisationPasses extends KernelBenchmark {
    /** The value of the largest 7-bit integer, in root mean squares, and a seed. */
    private static final float CLIP = 8;
    private static final int SEED = 1;

    /** The pixels of 100 images of 32×32 pixels. */
    @Param("102400")
    long rows;

    @Param("128")
    long channels;

    private MemorySegment y;
    private MemorySegment gradient;
    private MemorySegment gradientSigns;
    private MemorySegment beta;
    private MemorySegment mean;
    private MemorySegment deviation;
    private MemorySegment coefficients;
    private MemorySegment sums;
    private MemorySegment gradientSums;
    private MemorySegment signs;
    private MemorySegment straightThrough;
    private MemorySegment x;
    private MemorySegment dyInt7;
    private MemorySegment dyInt14;

    /** For JMH. */
    public NormalisationPasses() {
    }

    @Override
    void allocate() {
        y = operand(INT16, rows, channels);
        gradient = operand(FLOAT16, rows, channels);
        gradientSigns = operand(BITS, rows, channels);
        beta = operand(FLOAT32, 1, channels);
        sums = output(FLOAT32, NormalisationKernels.blocks(rows), channels);
        gradientSums = output(FLOAT32, NormalisationKernels.blocks(rows), 3 * channels);
        signs = output(BITS, rows, channels);
        straightThrough = output(BITS, rows, channels);
        x = output(FLOAT32, rows, channels);
        dyInt7 = output(INT8, rows, channels);
        dyInt14 = output(INT16, rows, channels);
        makeStatistics();
        makeCoefficients();
        outputs().forEach(output -> output.fill((byte) 0));
    }

    private MemorySegment perChannel(long values) {
        return memory(FLOAT32.bytes(values, channels));
    }

    private void makeStatistics() {
        mean = perChannel(1);
        deviation = perChannel(1);
        NormalisationKernels.valueSums(INT16, y, rows, channels, sums, 0, rows);
        NormalisationKernels.mean(sums, rows, channels, mean, 0, channels);
        deviationSums();
        NormalisationKernels.deviation(sums, rows, channels, deviation, 0, channels);
    }

    private void makeCoefficients() {
        coefficients = perChannel(3);
        MemorySegment signMean = perChannel(1);
        MemorySegment squares = perChannel(1);
        sign();
        NormalisationKernels.mean(sums, rows, channels, signMean, 0, channels);
        gradientSums();
        NormalisationKernels.coefficients(gradientSums, rows, channels, rows, deviation, beta, signMean, perChannel(1),
                coefficients, squares, 0, channels);
        MemorySegment scale = perChannel(1);
        NormalisationKernels.gradientScale(squares, channels, rows * channels, CLIP, INT8, scale);
        NormalisationKernels.scaleCoefficients(coefficients, channels, scale);
    }

    /** Sums of |y - mean|. */
    @Benchmark
    public void deviationSums() {
        NormalisationKernels.deviationSums(INT16, y, rows, channels, mean, sums, 0, rows);
    }

    /** Signs, straight-through bits and sums of |x|. */
    @Benchmark
    public void sign() {
        NormalisationKernels.sign(INT16, y, rows, channels, channels, 0, mean, deviation, beta, signs, straightThrough,
                sums, 0,
                rows);
    }

    /** Signs alone, for inference. */
    @Benchmark
    public void signForInference() {
        NormalisationKernels.sign(INT16, y, rows, channels, channels, 0, mean, deviation, beta, signs,
                MemorySegment.NULL,
                MemorySegment.NULL, 0, rows);
    }

    /** The normalised values themselves. */
    @Benchmark
    public void apply() {
        Kernels.batchNormApply(INT16, y, channels, mean, deviation, beta, x, 0, rows);
    }

    /** Sums of the gradient, of the gradient times signs, and of its squares. */
    @Benchmark
    public void gradientSums() {
        NormalisationKernels.gradientSums(FLOAT16, gradient, gradientSigns, rows, channels, channels, 0, gradientSums,
                0, rows);
    }

    /** The gradient at the sums as 7-bit integers, rounded to the nearest. */
    @Benchmark
    public void backwardInt7() {
        NormalisationKernels.backwardSigns(FLOAT16, gradient, gradientSigns, channels, channels, 0, coefficients, INT8,
                false, SEED, channels,
                dyInt7, 0, rows);
    }

    /** The gradient at the sums as 7-bit integers, rounded at random. */
    @Benchmark
    public void backwardInt7Stochastic() {
        NormalisationKernels.backwardSigns(FLOAT16, gradient, gradientSigns, channels, channels, 0, coefficients, INT8,
                true, SEED, channels,
                dyInt7, 0, rows);
    }

    /** The gradient at the sums as 14-bit integers, rounded to the nearest. */
    @Benchmark
    public void backwardInt14() {
        NormalisationKernels.backwardSigns(FLOAT16, gradient, gradientSigns, channels, channels, 0, coefficients, INT16,
                false, SEED, channels,
                dyInt14, 0, rows);
    }
}
