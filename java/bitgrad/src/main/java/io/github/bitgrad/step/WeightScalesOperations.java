package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.LANES;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectElements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.kernel.WeightScalesKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/**
 * Makes the operations of scaled binary weights, α · sgn(w) with the mean α of |w| over a channel's latent weights.
 *
 * <p>
 * Products compute the sums S of sgn(w) alone, and no operation multiplies them: normalisation, which must follow, takes
 * α into account. With the scaled sums Y = α S of a channel, a mean absolute deviation d(S) and a constant c,
 *
 * <pre>
 * x = (Y − mean(Y)) / (c d(Y) + ε) + β = (S − mean(S)) / (c d(S) + ε / α) + β
 * </pre>
 *
 * because mean(Y) = α mean(S) and d(Y) = α d(S). So normalising Y is normalising S with ε / α in place of ε; by squares,
 * where ε stands under the root, it is ε / α². As x is a function of S that no longer contains Y, its backward pass gives
 * ∂S, which is α ∂Y by the chain rule. The product computes from ∂S what the definition asks for: ∂X = ∂S sgn(w) = ∂Y α
 * sgn(w), and ∂w = ∂S X = α ∂Y X. Inference needs no α, because the deviation that is measured for it contains ε / α.
 * Max pooling between changes nothing of this: α is positive, so the largest Y is α times the largest S.
 */
public final class WeightScalesOperations {
    /**
     * The least α that a deviation is computed with. α is 0 if all latent weights of a channel are; then Y is 0, and x is
     * β. With this α, the deviation of a channel is at least 1e8, so that x is β within 4e-4, and finite.
     */
    private static final float LEAST_SCALE = 1e-12f;

    private WeightScalesOperations() {
    }

    /**
     * scales [1, channels] = α, the mean magnitude of the weights of each channel.
     *
     * @param weights float32, float16 or int8, of any shape, one channel after the other
     * @param unit what a weight of 1 stands for
     */
    public static Operation scales(String name, Buffer weights, float unit, Buffer scales) {
        expectShape(name, 1, scales.columns(), scales);
        expectElements(name, elements(weights) / scales.columns() * scales.columns(), weights);
        return bound(name, scales.columns(), 1, elements(weights),
                _ -> WeightScalesKernel.scales(matrix(weights), unit, matrix(scales))::run, List.of(weights, scales));
    }

    /**
     * deviation [1, channels] of S, to which ε was added, has ε / α added in place of it.
     *
     * @param scales α, float32 [1, channels]
     */
    public static Operation scaleEpsilon(String name, Buffer scales, Buffer deviation) {
        return overDeviation(name, scales, deviation,
                (scale, before) -> before + (epsilon(scale) - BatchNormSignKernel.EPSILON));
    }

    /**
     * deviation [1, channels] of S by squares, to whose square ε was added, has ε / α² added in place of it.
     *
     * @param scales α, float32 [1, channels]
     */
    public static Operation scaleEpsilonOfSquares(String name, Buffer scales, Buffer deviation) {
        return overDeviation(name, scales, deviation, (scale, before) -> (float) Math.sqrt(
                before * before + (epsilon(scale) / Math.max(scale, LEAST_SCALE) - BatchNormSignKernel.EPSILON)));
    }

    /** ε / α. */
    static float epsilon(float scale) {
        return BatchNormSignKernel.EPSILON / Math.max(scale, LEAST_SCALE);
    }

    private interface OfDeviation {
        float of(float scale, float deviation);
    }

    private static Operation overDeviation(String name, Buffer scales, Buffer deviation, OfDeviation function) {
        expectShape(name, 1, deviation.columns(), scales, deviation);
        return bound(name, deviation.columns(), LANES, deviation.columns(), _ -> (begin, end) -> {
            for (long channel = begin; channel < end; channel++) {
                float before = deviation.segment().getAtIndex(JAVA_FLOAT, channel);
                float scale = scales.segment().getAtIndex(JAVA_FLOAT, channel);
                deviation.segment().setAtIndex(JAVA_FLOAT, channel, function.of(scale, before));
            }
        }, List.of(scales, deviation));
    }
}
