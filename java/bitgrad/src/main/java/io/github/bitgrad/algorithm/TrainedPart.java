package io.github.bitgrad.algorithm;

import io.github.bitgrad.model.Network;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A network, and which part of it is trained. The first nodes may be frozen: they are only used, as they are. What
 * earlier samples looked like behind the frozen nodes may be given as signs, in place of images, so that the frozen nodes
 * need not compute it again.
 *
 * @param network the whole network
 * @param frozen how many of the first nodes are frozen, from 0 to one less than there are
 * @param replayed how many of the images that the trained nodes take at a time are given as signs behind the frozen
 *            nodes; at least 0
 */
public record TrainedPart(Network network, int frozen, int replayed) {
    /** A network that is trained as a whole. */
    public static TrainedPart whole(Network network) {
        return new TrainedPart(network, 0, 0);
    }

    /** The part with other images that are given as signs. */
    public TrainedPart replaying(int images) {
        return new TrainedPart(network, frozen, images);
    }

    /**
     * A network whose first blocks are frozen. Blocks are counted from 1, in the order of their first nodes; all nodes
     * up to the last one of these blocks are frozen.
     *
     * @param blocks how many blocks are frozen, at least 0
     * @throws IllegalArgumentException if no block would be left to train
     */
    public static TrainedPart freezing(Network network, int blocks) {
        List<String> names = new ArrayList<>(blocks(network));
        if (blocks < 0 || blocks >= names.size()) {
            throw new IllegalArgumentException(
                    "%s blocks of network %s cannot be frozen: it has %s, and the last one must be trained; freeze from 0 to %s."
                            .formatted(blocks, network.name(), names.size(), names.size() - 1));
        }
        return blocks == 0 ? whole(network) : freezing(network, names.get(blocks - 1));
    }

    /**
     * A network that is frozen from its beginning to the last node of a block.
     *
     * @param block the name of the block, such as {@code conv4}
     * @throws IllegalArgumentException if there is no such block, or no block would be left to train
     */
    public static TrainedPart freezing(Network network, String block) {
        List<Network.Node> nodes = network.nodes();
        int end = 0;
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).block().equals(block)) {
                end = i + 1;
            }
        }
        if (end == 0 || end == nodes.size()) {
            throw new IllegalArgumentException(
                    "Network %s cannot be frozen up to %s, which is %s; name one of %s.".formatted(network.name(),
                            block,
                            end == 0 ? "none of its blocks" : "its last block",
                            String.join(", ",
                                    blocks(network).stream().filter(name -> !isLast(network, name)).toList())));
        }
        return new TrainedPart(network, end, 0);
    }

    private static boolean isLast(Network network, String block) {
        return network.nodes().getLast().block().equals(block);
    }

    private static Set<String> blocks(Network network) {
        Set<String> names = new LinkedHashSet<>();
        network.nodes().forEach(node -> names.add(node.block()));
        return names;
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
