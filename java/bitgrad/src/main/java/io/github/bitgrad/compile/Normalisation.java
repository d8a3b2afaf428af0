package io.github.bitgrad.compile;

import io.github.bitgrad.Names;

/**
 * How batch normalisation is computed. With y what is normalised, x = n + β the output and n = (y − mean(y)) / ψ, for
 * each channel; and in the backward pass v = ∂x / ψ. Inference uses the mean and ψ in the same way, whatever the choice.
 */
public enum Normalisation {
    /**
     * By squares, the usual form: ψ = √(mean((y − mean(y))²) + ε). The outputs are kept as float32, and the backward
     * pass is the exact derivative: ∂y = v − mean(v) − n · mean(v · n).
     */
    L2("l2"),
    /**
     * By absolute values: ψ = c · mean|y − mean(y)| + ε with c = √(π/2), so that the outputs have about the variance
     * that they have by squares. They are kept as float32, and the backward pass is the exact derivative: with s the
     * signs of n, ∂y = v − mean(v) − c · mean(v · n) · (s − mean(s)).
     */
    L1("l1"),
    /**
     * The paper's (Wang et al., equation 3), everywhere, also behind the last layer: ψ = mean|y − mean(y)|, and with s
     * the signs of n and ω = mean|n|, ∂y = v − mean(v) − s · mean(v · ω · s). Of the outputs, only signs are kept: those
     * of n, and those of x, which the next layer takes. By its definition, ω is 1. The authors' code has no ε, and
     * divides by 0 if a channel has the same value in the whole batch; here, ψ is at least ε = 10⁻⁴.
     */
    PAPER("paper"),
    /**
     * The library's own. ψ is that of {@link #L1}. If exactly one sign takes the outputs, only these signs are kept, and
     * the backward pass is an estimate of the exact derivative from them; otherwise it is that of {@link #L1}. Networks
     * learn more with it than with {@link #PAPER}.
     */
    BITGRAD("bitgrad");

    private final String label;

    Normalisation(String label) {
        this.label = label;
    }

    /** The normalisation that policies with these products have unless they choose another one. */
    public static Normalisation of(Products products) {
        return products == Products.BLAS ? L2 : BITGRAD;
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Finds a normalisation by its name.
     *
     * @throws IllegalArgumentException if no normalisation has the name; the message lists all names
     */
    public static Normalisation named(String name) {
        return Names.find("normalisation", name, values());
    }
}
