package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** The weights of a product, which begin at random. */
public sealed interface Weights extends Parameter permits BinaryWeights, RealWeights {
    /** The number of output channels. */
    long channels();

    /** The number of inputs of each output: taps · input channels. */
    long fanIn();

    /** The number of outputs that each input contributes to: taps · output channels. */
    long fanOut();

    /**
     * The sums of a product with these weights, as the value that the product gives.
     *
     * @param sums computes the sums [pixels of the batch, output channels]
     */
    default Value sums(ChannelSource sums) {
        return new Value.Reals(sums);
    }

    /**
     * Adds the operation that updates all weights by their gradient. If a step has several parts, gradients are added
     * up, and the last part updates the weights.
     *
     * @param gradient a matrix of the shape of {@link #values}: float32, multiplied by {@link StepBuilder#lossScale}; or
     *            in a form that the kind of weights allows in addition
     */
    void update(Buffer gradient);
}
