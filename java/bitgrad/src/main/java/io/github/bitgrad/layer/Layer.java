package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.data.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * The description of a layer of a network. It is an immutable value without weights; two layers with the same
 * description should be equal, as records are. To write a layer kind of your own, implement this interface and
 * {@link LayerKind}. This is a layer without numbers that multiplies real values by −1. Its method {@code negative},
 * which is not shown, returns a source that computes −x, as the source in the text of {@link ChannelSource} does:
 *
 * {@snippet :
 * record Flip() implements Layer {
 *     static final LayerKind KIND = LayerKind.of("flip", numbers -> new Flip());
 *
 *     public LayerKind kind() {
 *         return KIND;
 *     }
 *
 *     public ImageShape shape(List<ImageShape> inputs) {
 *         return Layer.single(inputs);
 *     }
 *
 *     public Forward compile(StepBuilder step, List<Edge> inputs) {
 *         Edge input = Layer.single(inputs);
 *         return new Forward(new Value.Reals(negative(step, step.reals(input))), // y = −x
 *                 gradient -> input.gradient(negative(step, gradient))); // ∂x = −∂y
 *     }
 * }
 * }
 */
public interface Layer {
    /** The kind of this layer: its name in files, and how a layer is made again from a file. */
    LayerKind kind();

    /**
     * The numbers of this layer, such as the size of a window. {@link LayerKind#layer} makes an equal layer from them.
     * There are none unless this method is overridden.
     */
    default Numbers numbers() {
        return Numbers.NONE;
    }

    /**
     * The shape of the output for one image.
     *
     * @param inputs the shape of each input for one image, in the order of the inputs
     * @throws IllegalArgumentException if the layer cannot take these inputs; the message is one sentence that says why
     *             and what to do
     */
    ImageShape shape(List<ImageShape> inputs);

    /**
     * Adds the operations of the forward pass to a step. Operations may be added later, when a consumer pulls from the
     * returned value.
     *
     * @param step the builder of the step, for the node of this layer
     * @param inputs the values of the inputs, in order
     * @return the value of the output, and the backward pass
     * @throws IllegalArgumentException if the layer does not support the step's policy or the form in which an input is
     *             stored
     */
    Forward compile(StepBuilder step, List<Edge> inputs);

    /**
     * This layer with another number of output channels; empty if that is not a number of the layer's own, which it is
     * not unless this method is overridden. So a network can be given other classes.
     *
     * @param channels at least 1
     */
    default Optional<Layer> withOutputs(int channels) {
        return Optional.empty();
    }

    /** Whether the layer learns binary weights. It does not unless this method is overridden. */
    default boolean hasBinaryWeights() {
        return false;
    }

    /** What the layer adds to the paper's model of memory, for one image. Nothing unless this method is overridden. */
    default PaperTerms paperTerms(List<ImageShape> inputs) {
        return PaperTerms.NONE;
    }

    /**
     * The result of compiling a layer.
     *
     * @param value the output, which the consumers of the node take
     * @param backward adds the backward pass
     */
    record Forward(Value value, Backward backward) {
    }

    /** The backward pass of a layer. */
    @FunctionalInterface
    interface Backward {
        /**
         * Adds the operations of the backward pass to the step: it gives each input its gradient
         * ({@link Edge#gradient(ChannelSource)}), and updates what the layer learns. It is not called if neither the
         * layer nor a layer before it learns anything.
         *
         * @param gradient the gradient at the output, to be pulled once, during this call or later
         */
        void from(ChannelSource gradient);
    }

    /**
     * Returns the only element, for layers with one input.
     *
     * @throws IllegalArgumentException if there is not exactly one
     */
    static <T> T single(List<T> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException(
                    "The layer takes one input, but has %s; give it exactly one.".formatted(inputs.size()));
        }
        return inputs.getFirst();
    }
}
