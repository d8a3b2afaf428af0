package io.github.bitgrad.step;

import static io.github.bitgrad.kernel.BatchNormBackwardKernel.COEFFICIENTS;
import static io.github.bitgrad.kernel.BatchNormBackwardKernel.TERMS;
import static io.github.bitgrad.step.BatchNormSignOperations.blockSums;
import static io.github.bitgrad.step.BatchNormSignOperations.expectChannels;
import static io.github.bitgrad.step.BatchNormSignOperations.overRows;
import static io.github.bitgrad.step.Operations.overChannels;
import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes the operations in which the paper's batch normalisation (Wang et al., equation 3) differs from the one in
 * {@code bitgrad.h}, "Batch normalisation before a sign". They are passes over channels, so short that Java computes
 * them, in float32 and in the order of the kernels that they stand for.
 */
public final class PaperNormOperations {
    /**
     * What the forward pass of a layer kept.
     *
     * @param deviation ψ, float32 [1, channels]
     * @param omega ω, the mean of |(y − mean(y)) / ψ|, float32 [1, channels]
     */
    public record Kept(Buffer deviation, Buffer omega) {
    }

    private PaperNormOperations() {
    }

    /**
     * Of y, int16 or float32 [rows, channels]: ψ = max(mean|y − mean|, ε) and ω = mean|y − mean| / ψ, in two passes.
     *
     * @param scales α, float32 [1, channels], if y are sums that have to be scaled ({@link WeightScalesOperations}); then
     *            ε / α stands for ε
     */
    public static void deviation(Program program, String name, Buffer y, Buffer mean, Optional<Buffer> scales,
            Kept kept) {
        expectChannels(name, y, mean, kept.deviation(), kept.omega());
        scales.ifPresent(factors -> expectChannels(name, y, factors));
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(overRows(name + ".sums", y,
                _ -> BatchNormSignKernel.deviationSums(matrix(y), matrix(mean), matrix(sums))::run,
                List.of(y, mean, sums)));
        program.train(overChannels(name, sums, y.columns(), _ -> (begin, end) -> {
            for (long channel = begin; channel < end; channel++) {
                float average = total(sums, channel) / y.rows();
                float epsilon = scales.isPresent()
                        ? WeightScalesOperations.epsilon(get(scales.get(), channel))
                        : BatchNormSignKernel.EPSILON;
                float deviation = Math.max(average, epsilon);
                set(kept.deviation(), channel, deviation);
                set(kept.omega(), channel, average / deviation);
            }
        }, Stream.concat(scales.stream(), Stream.of(sums, kept.deviation(), kept.omega())).toList()));
    }

    /**
     * Fills betaGradient and squares [1, channels], and returns what {@link BatchNormBackwardOperations.Backward} takes,
     * float32 [3, channels], as {@link BatchNormBackwardOperations#coefficients} does: with v = ∂x / ψ and the signs s
     * of what was normalised, before the bias, 1 / ψ and mean(v) ± ω · mean(v · s).
     *
     * @param gradient at what the layer passes on, float16 or float32 [rows, channels]
     * @param signs of the normalised values before the bias, bits [rows, channels]
     */
    public static Buffer coefficients(Program program, String name, Buffer gradient, Buffer signs, Kept kept,
            Buffer betaGradient, Buffer squares) {
        long channels = gradient.columns();
        expectChannels(name, gradient, kept.deviation(), kept.omega(), betaGradient, squares);
        Buffer sums = BatchNormBackwardOperations.gradientSums(program, name, new ChannelTile(gradient, 0), signs);
        Buffer coefficients =
                program.temporary(name + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS, channels);
        program.train(overChannels(name + ".coefficients", sums, channels, _ -> (begin, end) -> {
            for (long channel = begin; channel < end; channel++) {
                float deviation = get(kept.deviation(), channel);
                float gradients = total(sums, channel);
                float mean = gradients / gradient.rows() / deviation;
                float slope =
                        get(kept.omega(), channel) * (total(sums, channels + channel) / gradient.rows() / deviation);
                set(coefficients, channel, 1 / deviation);
                set(coefficients, channels + channel, mean + slope);
                set(coefficients, 2 * channels + channel, mean - slope);
                set(betaGradient, channel, gradients);
                set(squares, channel, total(sums, (TERMS - 1) * channels + channel) / deviation / deviation);
            }
        }, List.of(sums, kept.deviation(), kept.omega(), betaGradient, coefficients, squares)));
        return coefficients;
    }

    /** The sum of a column of block sums. */
    private static float total(Buffer sums, long column) {
        float total = 0;
        for (long block = 0; block < sums.rows(); block++) {
            total += get(sums, block * sums.columns() + column);
        }
        return total;
    }

    private static float get(Buffer values, long index) {
        return values.segment().getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(Buffer values, long index, float value) {
        values.segment().setAtIndex(JAVA_FLOAT, index, value);
    }
}
