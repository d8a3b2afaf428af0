package io.github.bitgrad.model;

import io.github.bitgrad.data.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * A binary network as a sequence of layers, each a product of binary weights, batch normalisation and, but for the last,
 * the sign. The first layer takes real inputs; every other takes signs. The last layer's units are the classes.
 *
 * @param name what it is called in reports and checkpoints
 * @param input the shape of one input
 * @param layers at least one
 */
public record Network(String name, ImageShape input, List<Layer> layers) {
    /** One more and a sum of so many signs would not fit 16 bits ({@code BG_MAX_FAN_IN} of bitgrad.h). */
    public static final int MOST_FAN_IN = 32767;

    /** A layer that networks can have. */
    public sealed interface Layer {
    }

    /**
     * Every unit sees every input.
     *
     * @param units outputs, at least one
     */
    public record Dense(int units) implements Layer {
    }

    /**
     * The shape of a layer's weights, [channels, fan-in].
     *
     * @param fanIn inputs of each channel
     * @param channels outputs
     */
    public record LayerShape(int fanIn, int channels) {
    }

    public Network {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("Network %s has no layers; it needs at least one.".formatted(name));
        }
        List<LayerShape> shapes = shapes(input, layers);
        for (int i = 0; i < shapes.size(); i++) {
            LayerShape shape = shapes.get(i);
            if (shape.channels() <= 0) {
                throw new IllegalArgumentException("Layer %d of network %s has %d units; it needs at least one."
                        .formatted(i + 1, name, shape.channels()));
            }
            if (shape.fanIn() > MOST_FAN_IN) {
                throw new IllegalArgumentException("Layer %d of network %s has a fan-in of %d; at most %d is possible."
                        .formatted(i + 1, name, shape.fanIn(), MOST_FAN_IN));
            }
        }
    }

    private static List<LayerShape> shapes(ImageShape input, List<Layer> layers) {
        List<LayerShape> shapes = new ArrayList<>();
        int fanIn = input.values();
        for (Layer layer : layers) {
            int channels = switch (layer) {
                case Dense dense -> dense.units();
            };
            shapes.add(new LayerShape(fanIn, channels));
            fanIn = channels;
        }
        return shapes;
    }

    /** The shapes of all layers' weights, in order. */
    public List<LayerShape> shapes() {
        return shapes(input, layers);
    }

    /** The classes that it tells apart: the units of its last layer. */
    public int classes() {
        return shapes().getLast().channels();
    }

    /** Starts a network of one layer after another. */
    public static Builder sequential(String name, ImageShape input) {
        return new Builder(name, input);
    }

    /** Collects layers. */
    public static final class Builder {
        private final String name;
        private final ImageShape input;
        private final List<Layer> layers = new ArrayList<>();

        private Builder(String name, ImageShape input) {
            this.name = name;
            this.input = input;
        }

        /** Adds a layer in which every unit sees every input, normalised and, but for the last layer, made a sign. */
        public Builder dense(int units) {
            layers.add(new Dense(units));
            return this;
        }

        public Network build() {
            return new Network(name, input, layers);
        }
    }
}
