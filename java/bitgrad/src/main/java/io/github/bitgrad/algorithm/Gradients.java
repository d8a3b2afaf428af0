package io.github.bitgrad.algorithm;

import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.optim.GradientKind;

/**
 * How the gradients of a training are stored.
 *
 * @param format the format of the gradients at the sums of layers
 * @param rounding how gradients are rounded if the format has integers
 * @param weights the kind of weight gradients that the optimizer gets
 */
public record Gradients(GradientFormat format, Rounding rounding, GradientKind weights) {
    /** The gradients that an algorithm uses by default. */
    public static Gradients of(Algorithm algorithm) {
        return new Gradients(algorithm.defaultFormat(), Rounding.DEFAULT, algorithm.defaultWeightGradients());
    }
}
