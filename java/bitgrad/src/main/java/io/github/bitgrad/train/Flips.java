package io.github.bitgrad.train;

import java.util.List;

/**
 * How many binary weights changed their sign over an epoch: the signs at its end are compared with those at its
 * beginning. A training at rest flips few weights; if many flip until the end, the learning rate is too large.
 *
 * @param layers the layers with binary weights, at least one, in the order of the network
 */
public record Flips(List<Layer> layers) {
    /**
     * The flips of a layer.
     *
     * @param name the name of the layer's block, such as {@code conv2}
     * @param weights how many binary weights the layer has, at least 1
     * @param flipped how many of them changed their sign
     */
    public record Layer(String name, long weights, long flipped) {
        /** The fraction of the layer's binary weights that changed their sign, from 0 to 1. */
        public double ratio() {
            return (double) flipped / weights;
        }
    }

    public Flips {
        layers = List.copyOf(layers);
    }

    /** The fraction of all binary weights of the network that changed their sign, from 0 to 1. */
    public double ratio() {
        return (double) layers.stream().mapToLong(Layer::flipped).sum()
                / layers.stream().mapToLong(Layer::weights).sum();
    }
}
