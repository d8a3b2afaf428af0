package io.github.bitgrad.model;

import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
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
import java.util.stream.Collectors;

/**
 * The description of a network: a graph without cycles whose nodes are layers. The output of the last node has one
 * value for each class; the largest of them is the prediction. A network is an immutable value, and has no weights.
 *
 * @param name the name in reports and files
 * @param input the shape of one input
 * @param nodes the nodes in order, at least one; each comes after the nodes whose outputs it takes
 */
public record Network(String name, ImageShape input, List<Node> nodes) {
    /** The name by which a node takes the network's input. */
    public static final String INPUT = "input";

    /**
     * A node of the graph: a layer and where its inputs come from.
     *
     * @param name a name that no other node has. The part before its first dot is the name of the node's block; the
     *            names of the block's weights and biases begin with it
     * @param layer what the node computes
     * @param inputs for each input of the layer the name of an earlier node, or {@link #INPUT}
     */
    public record Node(String name, Layer layer, List<String> inputs) {
        public Node {
            inputs = List.copyOf(inputs);
        }

        /** The name of the node's block. */
        public String block() {
            return StepBuilder.block(name);
        }
    }

    /** How a convolution treats the edges of an image. */
    public enum Padding {
        /** No padding: windows lie within the image. */
        VALID,
        /**
         * Padding with (kernel − 1) / 2 zeros on each side. With an odd kernel and a stride of 1, the output has the
         * height and the width of the input.
         */
        SAME
    }

    /** The place of an additional layer in a block, which consists of a product, batch normalisation and a sign. */
    public enum Place {
        /** Between product and normalisation, on sums: BinaryNet pools there. */
        BEFORE_NORMALISATION,
        /** Between normalisation and sign, on normalised sums. */
        BEFORE_SIGN,
        /** After the sign, on signs: CNV pools there. */
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
                    "Network %s ends with %s, whose output is %s; end with a dense layer that has one unit for each class."
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

    /**
     * The shape of the network's input, under the name {@link #INPUT}, and of the output of each node, under the node's
     * name. The map has the order of the nodes.
     */
    public Map<String, ImageShape> shapes() {
        return shapes(name, input, nodes);
    }

    /** The number of classes that the network tells apart, which is the number of channels of its output. */
    public int classes() {
        return shapes().get(nodes.getLast().name()).channels();
    }

    /**
     * This network with another number of classes: with as many outputs of its last products. These are one product, or
     * several whose outputs are added.
     *
     * @param classes at least 1
     * @throws IllegalArgumentException if the network does not end with products, which layers may follow that have as
     *             many outputs as inputs
     */
    public Network withClasses(int classes) {
        Set<Node> outputs = outputs();
        List<Node> changed = nodes.stream().map(node -> outputs.contains(node)
                ? new Node(node.name(), node.layer().withOutputs(classes).orElse(node.layer()), node.inputs())
                : node).toList();
        boolean fromInput = outputs.stream().anyMatch(
                node -> node.inputs().contains(INPUT) && node.layer().withOutputs(classes).isEmpty());
        if (!fromInput) {
            Network network = new Network(name, input, changed);
            if (network.classes() == classes) {
                return network;
            }
        }
        throw new IllegalArgumentException(
                "Network %s cannot get %s classes, because no product gives its outputs directly; end it with a dense layer."
                        .formatted(name, classes));
    }

    /** The names of the blocks whose channels are the classes: those of the last products, and those behind them. */
    public Set<String> outputBlocks() {
        return outputs().stream().map(Node::block).collect(Collectors.toSet());
    }

    /** The last products and the nodes behind them. */
    private Set<Node> outputs() {
        Set<String> wanted = new LinkedHashSet<>(List.of(nodes.getLast().name()));
        Set<Node> outputs = new LinkedHashSet<>();
        for (Node node : nodes.reversed()) {
            if (wanted.contains(node.name())) {
                outputs.add(node);
                if (node.layer().withOutputs(1).isEmpty()) {
                    wanted.addAll(node.inputs());
                }
            }
        }
        return outputs;
    }

    /**
     * How many inputs of nodes take the output of a node.
     *
     * @param node the name of the node, or {@link #INPUT}
     */
    public int consumers(String node) {
        return (int) nodes.stream().flatMap(consumer -> consumer.inputs().stream()).filter(node::equals).count();
    }

    /**
     * Begins to describe a network with any graph, for example one with branches that join again.
     *
     * @param name the name of the network in reports and files
     * @param input the shape of one input image
     */
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
         * Adds a node after all nodes that were added before.
         *
         * @param node the name of the node, which no other node has
         * @param layer what the node computes
         * @param inputs for each input of the layer the name of a node that was added before, or {@link #INPUT}
         */
        public Graph node(String node, Layer layer, String... inputs) {
            nodes.add(new Node(node, layer, Arrays.asList(inputs)));
            return this;
        }

        /**
         * Builds the network.
         *
         * @throws IllegalArgumentException if the shape of an input does not fit its layer, a node takes the output of
         *             an unknown node, nobody takes the output of a node, two nodes have the same name, or the last
         *             output is larger than one pixel; the message says which node it is and what to do
         */
        public Network build() {
            return new Network(name, input, nodes);
        }
    }

    /**
     * Begins to describe a network that is a chain of blocks.
     *
     * @param name the name of the network in reports and files
     * @param input the shape of one input image
     */
    public static Sequential sequential(String name, ImageShape input) {
        return new Sequential(name, input);
    }

    /**
     * Collects the blocks of a chain. A block is a product with binary weights (a convolution or a dense layer), batch
     * normalisation and a sign; the last block has no sign. A block's name is the kind and the number of its product,
     * such as {@code conv1}, {@code conv2} and {@code dense3}.
     */
    public static final class Sequential {
        /** An additional layer of the block that is under construction. */
        private record Part(String suffix, Layer layer, Place place) {
        }

        private final Graph graph;
        private final String name;
        private int blocks;
        private String block = "";
        private String last = INPUT;
        private Sign sign = new Sign();
        private final List<Part> parts = new ArrayList<>();

        private Sequential(String name, ImageShape input) {
            this.name = name;
            graph = graph(name, input);
        }

        /**
         * Adds a block with a dense layer.
         *
         * @param units the number of outputs, each of which depends on every input
         */
        public Sequential dense(int units) {
            return dense(new Dense(units));
        }

        /** Adds a block with a dense layer, of any latent weights. */
        public Sequential dense(Dense layer) {
            return begin("dense", layer);
        }

        /**
         * Adds a block with a convolution whose kernel is square and whose stride is 1.
         *
         * @param channels channels of the output
         * @param kernel rows and columns of the kernel
         * @param padding how the convolution treats the edges of the image
         */
        public Sequential binaryConv(int channels, int kernel, Padding padding) {
            return binaryConv(channels, kernel, padding, 1);
        }

        /**
         * Adds a block with a convolution whose kernel is square and whose stride is the same in both directions.
         *
         * @param channels channels of the output
         * @param kernel rows and columns of the kernel
         * @param padding how the convolution treats the edges of the image
         * @param stride pixels from one window to the next
         */
        public Sequential binaryConv(int channels, int kernel, Padding padding, int stride) {
            BinaryConvolution valid = BinaryConvolution.of(channels).kernel(kernel, kernel).stride(stride, stride);
            return binaryConv(padding == Padding.SAME ? valid.same() : valid);
        }

        /** Adds a block with a convolution of any geometry and of any latent weights. */
        public Sequential binaryConv(BinaryConvolution convolution) {
            return begin("conv", convolution);
        }

        /** Adds a block with a depthwise convolution. */
        public Sequential depthwiseConv(DepthwiseConvolution convolution) {
            return begin("depthwise", convolution);
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

        /**
         * Adds max pooling with square windows to the last block.
         *
         * @param size rows and columns of a window
         * @param place where in the block it pools
         */
        public Sequential maxPool(int size, Place place) {
            return maxPool(size, size, place);
        }

        /**
         * Adds max pooling to the last block.
         *
         * @param height rows of a window
         * @param width columns of a window
         * @param place where in the block it pools
         */
        public Sequential maxPool(int height, int width, Place place) {
            return layer(new MaxPool(height, width), place);
        }

        /**
         * Adds a layer with one input to the last block.
         *
         * @param layer the layer
         * @param place where in the block the layer is; layers with the same place keep their order
         * @throws IllegalArgumentException if there is no block yet
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

        /**
         * Chooses the sign of the last block and of all blocks that follow; {@code new Sign()} unless this is called.
         *
         * @param sign how the gradient passes the signs
         */
        public Sequential sign(Sign sign) {
            this.sign = sign;
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
                add(".sign", sign);
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
         * @throws IllegalArgumentException if there is no block, or the shape of an input does not fit its layer; the
         *             message says which layer it is and what to do
         */
        public Network build() {
            end(false);
            return graph.build();
        }
    }
}
