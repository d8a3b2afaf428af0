package io.github.bitgrad.train;

import io.github.bitgrad.Names;
import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.Weights;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** How the first values of weights are distributed. */
public enum InitialWeights {
    /**
     * Uniformly within ±√(6 / (fan-in + fan-out)) (Glorot and Bengio, 2010), with a fan-out of channels · taps.
     */
    UNIFORM("uniform") {
        @Override
        float next(Weights weights, RandomGenerator random) {
            float limit = (float) Math.sqrt(6.0 / (weights.fanIn() + weights.fanOut()));
            return (2 * random.nextFloat() - 1) * limit;
        }
    },
    /** Normally, with a deviation of 1/√fan-in (Wang et al.). */
    NORMAL("normal") {
        @Override
        float next(Weights weights, RandomGenerator random) {
            return (float) (normal(random) / Math.sqrt(weights.fanIn()));
        }
    };

    /** The default: uniform. */
    public static final InitialWeights DEFAULT = UNIFORM;

    private final String label;

    InitialWeights(String label) {
        this.label = label;
    }

    /** The next real number. */
    abstract float next(Weights weights, RandomGenerator random);

    /**
     * A normally distributed number (Box and Muller, 1958). {@link RandomGenerator#nextGaussian} may give other numbers
     * in another version of Java.
     */
    private static double normal(RandomGenerator random) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
    }

    /**
     * Fills the weights of a layer. Weights that are signs become +1 or −1 with the same probability. Weights that are
     * bytes are rounded at random to 127ths of their limit ({@link Optimizer#BYTE_LIMIT}), and clipped to that limit.
     */
    void fill(Weights parameter, RandomGenerator random) {
        Buffer weights = parameter.values();
        for (long index = 0; index < weights.rows() * weights.columns(); index++) {
            float value = next(parameter, random);
            if (weights.type() == ElementType.INT8) {
                double units = Math.floor(
                        value / ((BinaryWeights) parameter).byteLimit() * Byte.MAX_VALUE + random.nextFloat());
                weights.segment().set(ValueLayout.JAVA_BYTE, index,
                        (byte) Math.clamp(units, -Byte.MAX_VALUE, Byte.MAX_VALUE));
            } else {
                StoredNumbers.set(parameter, index, value);
            }
        }
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static InitialWeights named(String name) {
        return Names.find("distribution of initial weights", name, values());
    }
}
