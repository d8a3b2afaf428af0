package io.github.bitgrad.compile;

import io.github.bitgrad.optim.Optimizers.GradientKind;
import io.github.bitgrad.tensor.ElementType;

/**
 * How a network is trained: what is kept of its values, as which type, and for how long. Layers know no algorithms; they ask
 * the policy.
 *
 * @param name what reports and files call it
 * @param products what computes products
 * @param state the element type of latent weights and of what the optimizer remembers of them: float32, float16 or int8
 * @param gradient what gradients at the sums of products are kept as
 * @param rounding how gradients become integers, where they do
 * @param weightGradient what the gradients of weights are when the optimizer gets them
 * @param tiled whether sums and gradients at signs exist a tile of channels at a time, and gradients of weights go a block of
 *            channels at a time straight into the optimizer, so that none of the three exists whole
 */
public record Policy(String name, Products products, ElementType state, GradientFormat gradient, Rounding rounding,
        GradientKind weightGradient, boolean tiled) {
    public Policy {
        boolean possible = switch (products) {
            case BLAS -> !tiled && state == ElementType.FLOAT32 && gradient == GradientFormat.FLOAT32
                    && weightGradient == GradientKind.REAL;
            case BITS -> tiled
                    ? gradient == GradientFormat.INT7 && state == ElementType.INT8
                    : weightGradient == GradientKind.SIGN && state != ElementType.INT8;
        };
        if (!possible) {
            throw new IllegalArgumentException(
                    ("The policy %s combines what no kernel does. On BLAS, everything is float32 "
                            + "and nothing is tiled; on bits, tiles take int7 gradients and int8 state, and without tiles the "
                            + "gradients of weights are signs.").formatted(name));
        }
    }

    /** A policy for a network that is not going to be trained. */
    public static Policy ofInference(Products products) {
        return switch (products) {
            case BITS -> new Policy("inference", products, ElementType.FLOAT16, GradientFormat.FLOAT16,
                    Rounding.NEAREST, GradientKind.SIGN, false);
            case BLAS -> new Policy("inference", products, ElementType.FLOAT32, GradientFormat.FLOAT32,
                    Rounding.NEAREST, GradientKind.REAL, false);
        };
    }

    /** Whether latent weights and the optimizer's state are bytes. */
    public boolean stateInBytes() {
        return state == ElementType.INT8;
    }

    /**
     * What the gradient of the summed loss is multiplied with before it goes backward. On BLAS the loss is the mean over the
     * batch; on bits it is the sum, because float16 ends at 6e-8, times what the gradient's format asks for.
     */
    public float lossScale(long batch) {
        return products == Products.BLAS ? 1.0f / batch : gradient.lossScale();
    }
}
