package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * A layer that networks can have, as a description. Descriptions are values: two that say the same are equal. A layer kind of
 * your own is one file that implements this interface, beside its {@link LayerKind}.
 */
public interface Layer {
    /** What files call it, and how one is made again. */
    LayerKind kind();

    /** What tells it from others of its kind: what {@link LayerKind#layer} makes it of. */
    default Numbers numbers() {
        return Numbers.NONE;
    }

    /**
     * The shape of the output for inputs of these shapes.
     *
     * @param inputs one for each input, in order
     * @throws IllegalArgumentException where it cannot take these inputs; one sentence says why, and what to do
     */
    ImageShape shape(List<ImageShape> inputs);

    /**
     * Adds what the layer computes to a step.
     *
     * @param step the step, as this layer's node sees it
     * @param inputs the values that it takes
     * @return the value that it gives, and its way back
     * @throws IllegalArgumentException where the step's policy, or how an input is kept, does not allow it
     */
    Forward compile(StepBuilder step, List<Edge> inputs);

    /** What the layer takes in the paper's model of memory, for one image. */
    default PaperTerms paperTerms(List<ImageShape> inputs) {
        return PaperTerms.NONE;
    }

    /**
     * What a layer compiles into.
     *
     * @param value what it gives to the layers behind
     * @param backward its way back
     */
    record Forward(Value value, Backward backward) {
    }

    /** A layer's way back. */
    @FunctionalInterface
    interface Backward {
        /**
         * Adds the operations that take the gradient through the layer: hands gradients back to its inputs
         * ({@link Edge#gradient}) and updates what it learns. Not called where nothing in it or before it learns.
         *
         * @param gradient at the value that the layer gave, to be pulled once, now or later
         */
        void from(ChannelSource gradient);
    }

    /** The only input of a layer that has one. */
    static <T> T single(List<T> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException(
                    "A layer that takes one input has %d; give it one.".formatted(inputs.size()));
        }
        return inputs.getFirst();
    }
}
