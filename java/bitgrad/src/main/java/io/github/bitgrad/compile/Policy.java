package io.github.bitgrad.compile;

import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.tensor.ElementType;

/**
 * How a network is trained: which of its values are stored, in which type, and for how long. Layers do not know
 * algorithms; they ask the policy.
 *
 * @param name the name in reports and files
 * @param products what computes the products of binary layers
 * @param state the element type of latent weights and of the optimizer's state: float32, float16 or int8
 * @param gradient the format of gradients at the sums of products
 * @param rounding how gradients are rounded if their format has integers
 * @param weightGradient the kind of weight gradients that the optimizer gets
 * @param tiled whether sums, and gradients at signs, exist only for one tile of channels at a time, and whether
 *            gradients of weights go into the optimizer one block of channels at a time. Then none of them ever exists
 *            as a whole
 * @param normalisation how batch normalisation is computed
 * @param attenuation what the signs of weight gradients stand for; it does not matter if they are real
 */
public record Policy(String name, Products products, ElementType state, GradientFormat gradient, Rounding rounding,
        GradientKind weightGradient, boolean tiled, Normalisation normalisation, Attenuation attenuation) {
    public Policy {
        boolean possible = switch (products) {
            case BLAS -> !tiled && state == ElementType.FLOAT32 && gradient == GradientFormat.FLOAT32
                    && weightGradient == GradientKind.REAL;
            case BITS -> tiled
                    ? gradient == GradientFormat.INT7 && state == ElementType.INT8
                            && weightGradient != GradientKind.FLOAT16
                    : state != ElementType.INT8;
        };
        if (!possible) {
            throw new IllegalArgumentException(
                    ("The policy %s combines settings that no kernel supports. With products by BLAS, everything must be "
                            + "float32 and not tiled. With products on bits, tiles need int7 gradients, int8 state, and "
                            + "weight gradients that are real or signs; without tiles, state must not be int8.")
                            .formatted(name));
        }
        requireNormalisation(name, products, tiled, gradient, normalisation);
    }

    /** A policy with the {@linkplain Normalisation#of usual normalisation}, and the paper's attenuation. */
    public Policy(String name, Products products, ElementType state, GradientFormat gradient, Rounding rounding,
            GradientKind weightGradient, boolean tiled) {
        this(name, products, state, gradient, rounding, weightGradient, tiled, Normalisation.of(products),
                Attenuation.FAN_IN);
    }

    private static void requireNormalisation(String name, Products products, boolean tiled, GradientFormat gradient,
            Normalisation normalisation) {
        boolean keepsOutputs = normalisation == Normalisation.L1 || normalisation == Normalisation.L2;
        if (products == Products.BLAS && !keepsOutputs) {
            throw refusal(name, normalisation, "with products by BLAS; choose l2 or l1");
        }
        if (tiled && normalisation != Normalisation.BITGRAD) {
            throw refusal(name, normalisation, "in tiles; choose bitgrad");
        }
        if (keepsOutputs && gradient.quantised()) {
            throw refusal(name, normalisation, "with gradients that are integers; choose float16 or float32 gradients");
        }
    }

    private static IllegalArgumentException refusal(String name, Normalisation normalisation, String where) {
        return new IllegalArgumentException(
                "The algorithm %s cannot normalise by %s %s.".formatted(name, normalisation, where));
    }

    /** A policy for a network that is only used for inference. */
    public static Policy ofInference(Products products) {
        return switch (products) {
            case BITS -> new Policy("inference", products, ElementType.FLOAT16, GradientFormat.FLOAT16,
                    Rounding.NEAREST, GradientKind.SIGN, false);
            case BLAS -> new Policy("inference", products, ElementType.FLOAT32, GradientFormat.FLOAT32,
                    Rounding.NEAREST, GradientKind.REAL, false);
        };
    }

    /** Whether latent weights and the optimizer's state are stored as bytes. */
    public boolean stateInBytes() {
        return state == ElementType.INT8;
    }

    /**
     * The number that the gradient of the summed loss is multiplied by before the backward pass. With products by
     * OpenBLAS it is 1 / batch, so the loss is the mean over the batch. With products on bits it is the scale that the
     * gradient's format needs, and the loss is the sum over the batch, because the smallest positive float16 is 6e-8.
     */
    public float lossScale(long batch) {
        return products == Products.BLAS ? 1.0f / batch : gradient.lossScale();
    }
}
