package io.github.bitgrad.compile;

import io.github.bitgrad.Names;

/** How a gradient becomes an integer. */
public enum Rounding {
    /** To the nearest, ties to even. */
    NEAREST("nearest"),
    /** Up or down at random, so that the mean is the number itself; the same seed draws the same. */
    STOCHASTIC("stochastic");

    /**
     * Unless told otherwise. Most gradients are those that the straight-through estimator stopped or pooling did not
     * choose, of which only what normalisation takes away is left: the same small number for a whole channel, which
     * rounding to the nearest makes zero.
     */
    public static final Rounding DEFAULT = STOCHASTIC;

    private final String label;

    Rounding(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Rounding named(String name) {
        return Names.find("rounding", name, values());
    }
}
