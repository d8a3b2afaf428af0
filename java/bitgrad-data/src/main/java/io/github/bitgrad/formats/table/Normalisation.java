package io.github.bitgrad.formats.table;

import io.github.bitgrad.Names;
import io.github.bitgrad.data.ReadingOptions;

/** The ways in which the numbers of a column become bytes. What a way needs to know is learned from training samples. */
enum Normalisation {
    /** One byte for a number: 0 at three standard deviations below the mean, 255 at three above it, linear between. */
    STANDARD("standard"),
    /** One byte for a number: the fraction of the training samples that are below it, from 0 to 255. */
    QUANTILES("quantiles"),
    /**
     * Six bytes for a number: a scale from three standard deviations below the mean to three above it, on which byte
     * after byte goes from 0 to 255 as the number rises. So the first layer of a binary network, which only adds and
     * subtracts its inputs, can weigh each part of the scale.
     */
    THERMOMETER("thermometer");

    private final String label;

    Normalisation(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Finds a normalisation by its name.
     *
     * @throws IllegalArgumentException if none has the name; the message lists all names
     */
    static Normalisation named(String name) {
        return Names.find("feature normalisation", name, values());
    }

    /** {@return the normalisation that the options name, or the usual one} */
    static Normalisation of(ReadingOptions options) {
        return options.get(ReadingOptions.NORMALISATION).map(Normalisation::named).orElse(THERMOMETER);
    }
}
