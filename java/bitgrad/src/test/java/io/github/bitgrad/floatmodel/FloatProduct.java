package io.github.bitgrad.floatmodel;

import java.util.Optional;

/** A layer that multiplies by weights or by their signs. */
public interface FloatProduct extends FloatLayer {
    /** Whether it multiplies by weights, and not by their signs. */
    boolean isReal();

    /** What the signs of the weights of each channel are multiplied by; 1 if they are not, or if weights are real. */
    double[] scales();

    /** Whether the gradient at its sums is kept as real numbers, even if other gradients at sums are integers. */
    default boolean keepsReals() {
        return isReal();
    }

    /** The number of inputs of each output. */
    default int fanIn() {
        return weightGradient()[0].length;
    }

    /** The gradient of the weights, [channels][fan-in]. */
    double[][] weightGradient();

    /** The gradient of the biases; empty if there are none. */
    default Optional<double[]> biasGradient() {
        return Optional.empty();
    }

    /** What it contributes to the gradient at its input. */
    double[][] inputGradient();
}
