package io.github.bitgrad.algorithm;

import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.optim.GradientKind;

/**
 * How gradients are kept.
 *
 * @param format the type of those at the sums of layers
 * @param rounding how they become integers, where they do
 * @param weights what those of weights are when the optimizer gets them
 */
public record Gradients(GradientFormat format, Rounding rounding, GradientKind weights) {
    /** What an algorithm keeps unless told otherwise. */
    public static Gradients of(Algorithm algorithm) {
        return new Gradients(algorithm.defaultFormat(), Rounding.DEFAULT, algorithm.defaultWeightGradients());
    }
}
