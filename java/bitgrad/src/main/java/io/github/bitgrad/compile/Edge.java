package io.github.bitgrad.compile;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The connection of a node with the nodes that consume its output. In the forward pass it carries the node's value. In
 * the backward pass it carries the gradient at this value, which is the sum of the gradients from all consumers.
 */
public final class Edge {
    private final String name;
    private final ImageShape shape;
    private final Value value;
    private final int order;
    private final boolean needsGradient;
    private final List<ChannelSource> gradients = new ArrayList<>();

    /**
     * @param name the name of the node that the value comes from
     * @param shape the shape of the value for one image
     * @param value the value, and how it is stored
     * @param order the node's place in the network
     * @param consumers the number of inputs of nodes that take the value
     * @param needsGradient whether the node, or a node before it, learns from the gradient at the value
     */
    public Edge(String name, ImageShape shape, Value value, int order, int consumers, boolean needsGradient) {
        this.name = name;
        this.shape = shape;
        this.value = consumers > 1 ? shared(value, consumers) : value;
        this.order = order;
        this.needsGradient = needsGradient;
    }

    private static Value shared(Value value, int consumers) {
        return switch (value) {
            case Value.Reals(ChannelSource source) -> new Value.Reals(Shared.of(source, consumers));
            case Value.ScaledSums(ChannelSource sums, Buffer scales) -> new Value.ScaledSums(
                    Shared.of(sums, consumers), scales);
            default -> value;
        };
    }

    /** The name of the node that the value comes from. */
    public String name() {
        return name;
    }

    /** The shape of the value for one image. */
    public ImageShape shape() {
        return shape;
    }

    /** The value, and how it is stored. If the value has a source, each consumer pulls from the source once. */
    public Value value() {
        return value;
    }

    /**
     * The node's place in the network. A layer that pulls from several edges must pull from the edge with the highest
     * order first. That edge may itself pull from the other edges, and only the last consumer that pulls a matrix may
     * overwrite it.
     */
    public int order() {
        return order;
    }

    /**
     * Whether the node, or a node before it, learns from the gradient at the value. If not, nobody needs to compute
     * this gradient.
     */
    public boolean needsGradient() {
        return needsGradient;
    }

    /**
     * Adds one consumer's part of the gradient at the value. Each consumer calls this once. It does nothing if nobody
     * needs the gradient.
     */
    public void gradient(ChannelSource source) {
        if (needsGradient) {
            gradients.add(source);
        }
    }

    /**
     * Adds one consumer's part of the gradient, as {@link #gradient(ChannelSource)} does, for a consumer that learns
     * when this part is pulled. If nobody needs the gradient, it is pulled all the same.
     *
     * @param step the builder of the step, for the consumer's node
     */
    public void gradientOfLearning(StepBuilder step, ChannelSource source) {
        if (needsGradient) {
            gradients.add(source);
        } else {
            step.tiles(source, step.unused(".backward.learn"), tile -> source.tile(tile, Want.REAL));
            source.finish();
        }
    }

    /**
     * The gradient at the value: the sum of the parts of all consumers.
     *
     * @throws IllegalStateException if no consumer has added its part
     */
    public ChannelSource gradient(StepBuilder step) {
        if (gradients.isEmpty()) {
            throw new IllegalStateException("No consumer of %s handed its gradient back.".formatted(name));
        }
        return gradients.size() == 1 ? gradients.getFirst() : new Sum(step, gradients);
    }
}
