package io.github.bitgrad.algorithm;

/**
 * How gradients at the sums of layers are kept.
 *
 * @param format their type
 * @param rounding how they become integers, where they do
 */
public record Gradients(GradientFormat format, Rounding rounding) {
    /** What an algorithm keeps unless told otherwise. */
    public static Gradients of(Algorithm algorithm) {
        return new Gradients(algorithm.defaultFormat(), Rounding.NEAREST);
    }
}
