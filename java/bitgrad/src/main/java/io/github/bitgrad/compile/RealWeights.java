package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;

/**
 * The weights of a real product. They are float32 under every policy, and updated as biases are: with an optimizer that
 * flips signs, by the optimizer of the biases.
 */
public final class RealWeights implements Weights {
    private final StepBuilder step;
    private final long channels;
    private final long taps;
    private final Buffer values;

    RealWeights(StepBuilder step, long channels, long taps, long inputs) {
        this.step = step;
        this.channels = channels;
        this.taps = taps;
        values = step.persistent(".weights", Variable.W, ElementType.FLOAT32, channels, taps * inputs);
    }

    /** The weights: float32 [channels, taps · input channels]. */
    @Override
    public Buffer values() {
        return values;
    }

    @Override
    public long channels() {
        return channels;
    }

    @Override
    public long fanIn() {
        return values.columns();
    }

    @Override
    public long fanOut() {
        return taps * channels;
    }

    /** Adds the operation that updates all weights by the mean of their gradient over the images of a step. */
    @Override
    public void update(Buffer gradient) {
        step.updateReal(".weights", values, step.overParts(".weightGradientSum", gradient));
    }
}
