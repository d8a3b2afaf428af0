package io.github.bitgrad.compile;

import io.github.bitgrad.data.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes from a node to its consumers: a value forward, and in the way back its gradient, which is the sum of what the
 * consumers hand back.
 */
public final class Edge {
    private final String name;
    private final ImageShape shape;
    private final Value value;
    private final int order;
    private final boolean needsGradient;
    private final List<ChannelSource> gradients = new ArrayList<>();

    /**
     * @param name of the node that the value comes from
     * @param shape of the value, for one image
     * @param value how it is kept
     * @param order the node's place in the network
     * @param consumers how many inputs of nodes take the value
     * @param needsGradient whether anything before learns from its gradient
     */
    public Edge(String name, ImageShape shape, Value value, int order, int consumers, boolean needsGradient) {
        this.name = name;
        this.shape = shape;
        this.value = value instanceof Value.Reals(ChannelSource source) && consumers > 1
                ? new Value.Reals(new Shared(source, consumers))
                : value;
        this.order = order;
        this.needsGradient = needsGradient;
    }

    /** The node that the value comes from. */
    public String name() {
        return name;
    }

    /** The value's shape, for one image. */
    public ImageShape shape() {
        return shape;
    }

    /** How the value is kept. Each consumer pulls from its source once. */
    public Value value() {
        return value;
    }

    /**
     * The node's place in the network. Whoever pulls from several edges pulls from the last first, because that one may
     * itself pull from the others, and only the last to pull a matrix may write over it.
     */
    public int order() {
        return order;
    }

    /** Whether anything before learns from the value's gradient; otherwise nobody needs to compute it. */
    public boolean needsGradient() {
        return needsGradient;
    }

    /** Hands back the gradient of the loss for this value, as far as one consumer contributes to it. */
    public void gradient(ChannelSource source) {
        if (needsGradient) {
            gradients.add(source);
        }
    }

    /** The gradient at the value: the sum of all that was handed back. */
    public ChannelSource gradient(StepBuilder step) {
        if (gradients.isEmpty()) {
            throw new IllegalStateException("No consumer of %s handed its gradient back.".formatted(name));
        }
        return gradients.size() == 1 ? gradients.getFirst() : new Sum(step, gradients);
    }
}
