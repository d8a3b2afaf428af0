package io.github.bitgrad.floatmodel;

/** A layer that multiplies by the signs of weights. */
public interface FloatProduct extends FloatLayer {
    /** The gradient of the weights, [channels][fan-in]. */
    double[][] weightGradient();

    /** What it contributes to the gradient at its input. */
    double[][] inputGradient();
}
