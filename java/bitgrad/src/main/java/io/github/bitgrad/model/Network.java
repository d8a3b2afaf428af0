package io.github.bitgrad.model;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Sign;
import java.util.ArrayList;
import java.util.Arrays;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A binary network: layers at the nodes of a graph without circles. The output of the last node tells how strongly an image
 * belongs to each class.
 *
 * @param name what it is called in reports and files
 * @param input the shape of one input
 * @param nodes each behind the nodes that it takes its inputs from; at least one
 */
public record Network(String name, ImageShape input, List<Node> nodes) {
    /** The name by which nodes take the network's input. */
    public static final String INPUT = "input";

    /**
     * A layer in its place.
     *
     * @param name no other node's. What comes before the first dot is its block: the names of what the layer learns begin with
     *            it
     * @param layer what it computes
     * @param inputs names of earlier nodes, or {@link #INPUT}
     */
    public record Node(String name, Layer layer, List<String> inputs) {
        public Node {
            inputs = List.copyOf(inputs);
        }
    }

    /** What a window finds beyond the edges of an image. */
    public enum Padding {
        /** No window reaches beyond. */
        VALID,
        /** Zeros, (kernel − 1) / 2 on each side, so that odd kernels of stride 1 keep the shape. */
        SAME
    }

    /** Where in a block of product, normalisation and sign another layer has its place. */
    public enum Place {
        /** On sums, which are then normalised: BinaryNet pools there. */
        BEFORE_NORMALISATION,
        /** On normalised sums, before their sign. */
        BEFORE_SIGN,
        /** On signs: CNV pools there. */
        AFTER_SIGN
    }

    public Network {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("Network %s has no layers; it needs at least one.".formatted(name));
        }
        Map<String, ImageShape> shapes = shapes(name, input, nodes);
        requireUsed(name, nodes);
        Node last = nodes.getLast();
        ImageShape output = shapes.get(last.name());
        if (output.height() != 1 || output.width() != 1) {
            throw new IllegalArgumentException(
                    "Network %s ends with %s, which gives %s images; end with a dense layer, with one unit a class."
                            .formatted(name, last.name(), output));
        }
    }

    private static Map<String, ImageShape> shapes(String name, ImageShape input, List<Node> nodes) {
        Map<String, ImageShape> shapes = new LinkedHashMap<>();
        shapes.put(INPUT, input);
        for (Node node : nodes) {
            List<ImageShape> inputs = new ArrayList<>();
            for (String from : node.inputs()) {
                if (!shapes.containsKey(from)) {
                    throw new IllegalArgumentException(
                            "Layer %s of network %s takes the output of %s, which is no layer before it; known are %s."
                                    .formatted(node.name(), name, from, String.join(", ", shapes.keySet())));
                }
                inputs.add(shapes.get(from));
            }
            ImageShape shape;
            try {
                shape = node.layer().shape(inputs);
            } catch (IllegalArgumentException refusal) {
                throw new IllegalArgumentException(
                        "Layer %s of network %s: %s".formatted(node.name(), name, refusal.getMessage()), refusal);
            }
            if (shapes.put(node.name(), shape) != null) {
                throw new IllegalArgumentException("Network %s has two layers named %s; name one of them differently."
                        .formatted(name, node.name()));
            }
        }
        return shapes;
    }

    private static void requireUsed(String name, List<Node> nodes) {
        Set<String> unused = new LinkedHashSet<>();
        for (Node node : nodes) {
            node.inputs().forEach(unused::remove);
            unused.add(node.name());
        }
        unused.remove(nodes.getLast().name());
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException("No layer of network %s takes the output of %s; use it, or leave it out."
                    .formatted(name, String.join(", ", unused)));
        }
    }

    /** The shapes of the input and of the output of each node, by name, in their order. */
    public Map<String, ImageShape> shapes() {
        return shapes(name, input, nodes);
    }

    /** The classes that it tells apart: the channels of its output. */
    public int classes() {
        return shapes().get(nodes.getLast().name()).channels();
    }

    /** How many inputs of nodes take the output of a node, or the network's input. */
    public int consumers(String node) {
        return (int) nodes.stream().flatMap(consumer -> consumer.inputs().stream()).filter(node::equals).count();
    }

    /** Starts a network of any graph. */
    public static Graph graph(String name, ImageShape input) {
        return new Graph(name, input);
    }

    /** Collects the nodes of a graph. */
    public static final class Graph {
        private final String name;
        private final ImageShape input;
        private final List<Node> nodes = new ArrayList<>();

        private Graph(String name, ImageShape input) {
            this.name = name;
            this.input = input;
        }

        /**
         * Adds a node.
         *
         * @param node its name
         * @param layer what it computes
         * @param inputs names of nodes that were added before, or {@link #INPUT}
         */
        public Graph node(String node, Layer layer, String... inputs) {
            nodes.add(new Node(node, layer, Arrays.asList(inputs)));
            return this;
        }

        /**
         * Builds the network.
         *
         * @throws IllegalArgumentException where shapes do not fit; it says which and what to do
         */
        public Network build() {
            return new Network(name, input, nodes);
        }
    }

    /** Starts a network of one block after another. */
    public static Sequential sequential(String name, ImageShape input) {
        return new Sequential(name, input);
    }

    /**
     * Collects blocks, each a product by binary weights, batch normalisation and, but for the last, the sign. Blocks are named
     * by their products, {@code conv1}, {@code conv2}, {@code dense3}.
     */
    public static final class Sequential {
        /** A layer of the block that is under construction. */
        private record Part(String suffix, Layer layer, Place place) {
        }

        private final Graph graph;
        private final String name;
        private int blocks;
        private String block = "";
        private String last = INPUT;
        private final List<Part> parts = new ArrayList<>();

        private Sequential(String name, ImageShape input) {
            this.name = name;
            graph = graph(name, input);
        }

        /** Adds a block whose units each see every input. */
        public Sequential dense(int units) {
            return begin("dense", new Dense(units));
        }

        /** Adds a block with a convolution of stride 1 by a square kernel. */
        public Sequential binaryConv(int channels, int kernel, Padding padding) {
            return binaryConv(channels, kernel, padding, 1);
        }

        /** Adds a block with a convolution by a square kernel, of a stride that is the same in both directions. */
        public Sequential binaryConv(int channels, int kernel, Padding padding, int stride) {
            BinaryConvolution valid = BinaryConvolution.of(channels).kernel(kernel, kernel).stride(stride, stride);
            return binaryConv(padding == Padding.SAME ? valid.same() : valid);
        }

        /** Adds a block with a convolution of any geometry. */
        public Sequential binaryConv(BinaryConvolution convolution) {
            return begin("conv", convolution);
        }

        private Sequential begin(String kind, Layer product) {
            end(true);
            blocks++;
            block = kind + blocks;
            add("", product);
            return this;
        }

        private void add(String suffix, Layer layer) {
            graph.node(block + suffix, layer, last);
            last = block + suffix;
        }

        /** Adds max pooling by square windows to the block. */
        public Sequential maxPool(int size, Place place) {
            return maxPool(size, size, place);
        }

        /** Adds max pooling by windows of so many rows and columns to the block. */
        public Sequential maxPool(int height, int width, Place place) {
            return layer(new MaxPool(height, width), place);
        }

        /**
         * Adds a layer to the block.
         *
         * @throws IllegalArgumentException where there is no block yet
         */
        public Sequential layer(Layer layer, Place place) {
            if (blocks == 0) {
                throw new IllegalArgumentException(
                        "Network %s cannot begin with %s; put a convolution or a dense layer before it."
                                .formatted(name, layer));
            }
            String kind = "." + layer.kind().name();
            long alike = parts.stream().filter(part -> part.suffix().startsWith(kind)).count();
            parts.add(new Part(alike == 0 ? kind : kind + (alike + 1), layer, place));
            return this;
        }

        private void end(boolean withSign) {
            if (blocks == 0) {
                return;
            }
            add(Place.BEFORE_NORMALISATION);
            add(".norm", new BatchNorm());
            add(Place.BEFORE_SIGN);
            if (withSign) {
                add(".sign", new Sign());
            }
            add(Place.AFTER_SIGN);
            parts.clear();
        }

        private void add(Place place) {
            parts.stream().filter(part -> part.place() == place).forEach(part -> add(part.suffix(), part.layer()));
        }

        /**
         * Builds the network, whose last block has no sign.
         *
         * @throws IllegalArgumentException where shapes do not fit; it says which and what to do
         */
        public Network build() {
            end(false);
            return graph.build();
        }
    }
}
