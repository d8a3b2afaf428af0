package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;

/** How a gradient becomes an integer. */
public enum Rounding {
    /** To the nearest, ties to even. */
    NEAREST("nearest"),
    /** Up or down at random, so that the mean is the number itself; the same seed draws the same. */
    STOCHASTIC("stochastic");

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
