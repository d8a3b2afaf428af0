package io.github.bitgrad.compile;

import io.github.bitgrad.Names;

/** How a gradient is rounded to an integer. */
public enum Rounding {
    /** To the nearest integer; a number in the middle between two integers goes to the even one. */
    NEAREST("nearest"),
    /**
     * Up or down at random, such that the expected value is the number itself. The same seed gives the same integers.
     */
    STOCHASTIC("stochastic");

    /**
     * The default: stochastic. Most gradients belong to values at which the straight-through estimator stops the
     * gradient, or which pooling did not select. What remains of them is the small number that batch normalisation
     * subtracts, which is almost the same for a whole channel. Rounding to the nearest integer would make all of them
     * zero.
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

    /**
     * Finds a rounding by its name.
     *
     * @throws IllegalArgumentException if none has the name; the message lists all names
     */
    public static Rounding named(String name) {
        return Names.find("rounding", name, values());
    }
}
