package io.github.bitgrad.floatmodel;

/** A layer that multiplies by weights or by their signs. */
public interface FloatProduct extends FloatLayer {
    /** Whether it multiplies by weights, and not by their signs. */
    boolean isReal();

    /** What the signs of the weights of each channel are multiplied by; 1 if they are not, or if weights are real. */
    double[] scales();

    /** The gradient of the weights, [channels][fan-in]. */
    double[][] weightGradient();

    /** What it contributes to the gradient at its input. */
    double[][] inputGradient();
}
