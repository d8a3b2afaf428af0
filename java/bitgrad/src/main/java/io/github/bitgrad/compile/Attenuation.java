package io.github.bitgrad.compile;

import io.github.bitgrad.Names;

/**
 * What the sign of a weight's gradient stands for: a number for each layer, which becomes smaller as the layer becomes
 * larger. Adam divides by the magnitude of gradients, so with it this choice changes little; with other optimizers it is
 * a learning rate for each layer.
 */
public enum Attenuation {
    /** 1/√fan-in, as the paper prints it (Wang et al., section 4.3). */
    FAN_IN("fan-in") {
        @Override
        double size(long channels, long taps, long inputs) {
            return (double) taps * inputs;
        }
    },
    /** 1/√(taps · input channels · output channels), as the code of its authors computes it. */
    WEIGHTS("weights") {
        @Override
        double size(long channels, long taps, long inputs) {
            return (double) channels * taps * inputs;
        }
    };

    private final String label;

    Attenuation(String label) {
        this.label = label;
    }

    abstract double size(long channels, long taps, long inputs);

    /** The number for a layer with so many output channels, taps and input channels. */
    float of(long channels, long taps, long inputs) {
        return (float) (1 / Math.sqrt(size(channels, taps, inputs)));
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Finds an attenuation by its name.
     *
     * @throws IllegalArgumentException if no attenuation has the name; the message lists all names
     */
    public static Attenuation named(String name) {
        return Names.find("attenuation", name, values());
    }
}
