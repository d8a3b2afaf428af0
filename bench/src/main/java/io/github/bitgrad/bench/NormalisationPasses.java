package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.BatchNormBackwardKernel;
import io.github.bitgrad.kernel.BatchNormKernel;
import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.Normalisation;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.tensor.ElementType;
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

    private RangeCall deviationSums;
    private RangeCall sign;
    private RangeCall signForInference;
    private RangeCall apply;
    private RangeCall gradientSums;
    private BatchNormBackwardKernel.Backward backwardInt7;
    private BatchNormBackwardKernel.Backward backwardInt7Stochastic;
    private BatchNormBackwardKernel.Backward backwardInt14;

    /** For JMH. */
    public NormalisationPasses() {
    }

    @Override
    void allocate() {
        Matrix y = matrix(INT16, rows, channels, operand(INT16, rows, channels));
        Matrix gradient = matrix(FLOAT16, rows, channels, operand(FLOAT16, rows, channels));
        Matrix gradientSigns = matrix(BITS, rows, channels, operand(BITS, rows, channels));
        Normalisation normalisation = new Normalisation(perChannel(1), perChannel(1),
                matrix(FLOAT32, 1, channels, operand(FLOAT32, 1, channels)));
        Matrix sums = result(FLOAT32, BatchNormSignKernel.blocks(rows), channels);
        Matrix sumsOfGradient = result(FLOAT32, BatchNormSignKernel.blocks(rows),
                BatchNormBackwardKernel.TERMS * channels);
        Matrix signs = result(BITS, rows, channels);
        deviationSums = BatchNormSignKernel.deviationSums(y, normalisation.mean(), sums);
        sign = BatchNormSignKernel.sign(arena(), y, normalisation, 0, signs, result(BITS, rows, channels), sums);
        signForInference = BatchNormSignKernel.sign(arena(), y, normalisation, 0, signs);
        apply = BatchNormKernel.apply(arena(), y, normalisation, result(FLOAT32, rows, channels));
        gradientSums = BatchNormBackwardKernel.gradientSums(arena(), gradient, 0, gradientSigns, sumsOfGradient);
        makeStatistics(y, normalisation, sums);
        Matrix coefficients = madeCoefficients(normalisation, sums, sumsOfGradient);
        Matrix dyInt7 = result(INT8, rows, channels);
        backwardInt7 = BatchNormBackwardKernel.signs(arena(), gradient, 0, gradientSigns, coefficients, dyInt7, false);
        backwardInt7Stochastic = BatchNormBackwardKernel.signs(arena(), gradient, 0, gradientSigns, coefficients,
                dyInt7, true);
        backwardInt14 = BatchNormBackwardKernel.signs(arena(), gradient, 0, gradientSigns, coefficients,
                result(INT16, rows, channels), false);
        outputs().forEach(output -> output.fill((byte) 0));
    }

    private Matrix perChannel(long values) {
        return matrix(FLOAT32, values, channels, memory(FLOAT32.bytes(values, channels)));
    }

    private void makeStatistics(Matrix y, Normalisation normalisation, Matrix sums) {
        BatchNormSignKernel.valueSums(y, sums).run(0, rows);
        BatchNormSignKernel.mean(sums, rows, normalisation.mean()).run(0, channels);
        deviationSums();
        BatchNormSignKernel.deviation(sums, rows, normalisation.deviation()).run(0, channels);
    }

    private Matrix madeCoefficients(Normalisation normalisation, Matrix sums, Matrix sumsOfGradient) {
        BatchNormBackwardKernel.Kept kept = new BatchNormBackwardKernel.Kept(normalisation.deviation(),
                normalisation.beta(), perChannel(1));
        BatchNormBackwardKernel.Results results = new BatchNormBackwardKernel.Results(perChannel(1), perChannel(3),
                perChannel(1));
        sign();
        BatchNormSignKernel.mean(sums, rows, kept.signMean()).run(0, channels);
        gradientSums();
        BatchNormBackwardKernel.coefficients(arena(), sumsOfGradient, rows, rows, kept, results).run(0, channels);
        Matrix scale = matrix(FLOAT32, 1, 1, memory(Float.BYTES));
        BatchNormBackwardKernel.gradientScale(results.squares(), rows * channels, CLIP, INT8, scale).run();
        BatchNormBackwardKernel.scaleCoefficients(results.coefficients(), scale).run();
        return results.coefficients();
    }

    /** Sums of |y - mean|. */
    @Benchmark
    public void deviationSums() {
        deviationSums.run(0, rows);
    }

    /** Signs, straight-through bits and sums of signs. */
    @Benchmark
    public void sign() {
        sign.run(0, rows);
    }

    /** Signs alone, for inference. */
    @Benchmark
    public void signForInference() {
        signForInference.run(0, rows);
    }

    /** The normalised values themselves. */
    @Benchmark
    public void apply() {
        apply.run(0, rows);
    }

    /** Sums of the gradient, of the gradient times signs, and of its squares. */
    @Benchmark
    public void gradientSums() {
        gradientSums.run(0, rows);
    }

    /** The gradient at the sums as 7-bit integers, rounded to the nearest. */
    @Benchmark
    public void backwardInt7() {
        backwardInt7.run(SEED, 0, rows);
    }

    /** The gradient at the sums as 7-bit integers, rounded at random. */
    @Benchmark
    public void backwardInt7Stochastic() {
        backwardInt7Stochastic.run(SEED, 0, rows);
    }

    /** The gradient at the sums as 14-bit integers, rounded to the nearest. */
    @Benchmark
    public void backwardInt14() {
        backwardInt14.run(SEED, 0, rows);
    }
}
