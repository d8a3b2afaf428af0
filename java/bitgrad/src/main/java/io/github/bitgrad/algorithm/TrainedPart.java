package io.github.bitgrad.algorithm;

import io.github.bitgrad.model.Network;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A network, and which part of it is trained. The first nodes may be frozen: they are only used, as they are. What
 * earlier samples looked like behind the frozen nodes may be given as signs, in place of images, so that the frozen nodes
 * need not compute it again.
 *
 * @param network the whole network
 * @param frozen how many of the first nodes are frozen, from 0 to one less than there are
 * @param replayed how many of the images that the trained nodes take at a time are replayed, at least 0. A compiler takes
 *            them as signs behind the frozen nodes
 */
public record TrainedPart(Network network, int frozen, int replayed) {
    /** A network that is trained as a whole. */
    public static TrainedPart whole(Network network) {
        return new TrainedPart(network, 0, 0);
    }

    /** The part with another number of replayed images. */
    public TrainedPart replaying(int images) {
        return new TrainedPart(network, frozen, images);
    }

    /**
     * A network whose first products are frozen: convolutions and dense layers, in the order of the nodes. What follows a
     * product, up to the block of the next one, is frozen with it.
     *
     * @param products how many products are frozen, at least 0
     * @throws IllegalArgumentException if no product would be left to train
     */
    public static TrainedPart freezing(Network network, int products) {
        List<Integer> places = products(network);
        if (products < 0 || products >= places.size()) {
            throw new IllegalArgumentException(
                    "%s products of network %s cannot be frozen: it has %s, and the last one must be trained; freeze from 0 to %s."
                            .formatted(products, network.name(), places.size(), places.size() - 1));
        }
        return new TrainedPart(network, products == 0 ? 0 : beginOfBlock(network, places.get(products)), 0);
    }

    /**
     * A network that is frozen from its beginning to a product, and what follows this product up to the block of the next
     * one.
     *
     * @param block the name of the product's block, such as {@code conv4}
     * @throws IllegalArgumentException if there is no such product, or no product would be left to train
     */
    public static TrainedPart freezing(Network network, String block) {
        List<String> blocks = products(network).stream().map(place -> network.nodes().get(place).block()).toList();
        int last = blocks.lastIndexOf(block);
        if (last < 0 || last == blocks.size() - 1) {
            throw new IllegalArgumentException(
                    "Network %s cannot be frozen up to %s, which is %s; name one of %s.".formatted(network.name(),
                            block,
                            last < 0 ? "none of its products" : "its last product",
                            String.join(", ", blocks.subList(0, blocks.size() - 1))));
        }
        return freezing(network, last + 1);
    }

    /** The places of all products among the nodes. */
    private static List<Integer> products(Network network) {
        List<Network.Node> nodes = network.nodes();
        return IntStream.range(0, nodes.size()).filter(place -> nodes.get(place).layer().hasBinaryWeights()
                || nodes.get(place).layer().withOutputs(1).isPresent()).boxed().toList();
    }

    /** The place of the first of the neighbouring nodes that belong to the block of this one. */
    private static int beginOfBlock(Network network, int place) {
        int begin = place;
        while (begin > 0 && network.nodes().get(begin - 1).block().equals(network.nodes().get(place).block())) {
            begin--;
        }
        return begin;
    }

    /** The names of the frozen blocks. */
    public Set<String> frozenBlocks() {
        return frozenNodes().stream().map(Network.Node::block).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The name of the last frozen block. There must be one. */
    public String lastFrozenBlock() {
        return frozenNodes().getLast().block();
    }

    /** The frozen nodes, in order. */
    List<Network.Node> frozenNodes() {
        return network.nodes().subList(0, frozen);
    }

    /** Whether a trained node takes the output of this frozen node. */
    boolean isBoundary(Network.Node node) {
        return network.nodes().subList(frozen, network.nodes().size()).stream()
                .anyMatch(consumer -> consumer.inputs().contains(node.name()));
    }

    /** The frozen nodes whose output trained nodes take; empty if a trained node takes the network's input. */
    List<Network.Node> boundaries() {
        boolean takesInput = network.nodes().subList(frozen, network.nodes().size()).stream()
                .anyMatch(consumer -> consumer.inputs().contains(Network.INPUT));
        return takesInput ? List.of() : frozenNodes().stream().filter(this::isBoundary).toList();
    }
}
