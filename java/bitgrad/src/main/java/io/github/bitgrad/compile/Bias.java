package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.tensor.ElementType;

/** A bias for each channel: what batch normalisation adds, β in the paper. It begins at 0. */
public final class Bias implements Parameter {
    private final StepBuilder step;
    private final String suffix;
    private final Buffer values;
    private final Buffer gradient;

    Bias(StepBuilder step, String suffix, long channels) {
        this.step = step;
        this.suffix = suffix;
        values = step.persistent(suffix, Variable.OTHER, ElementType.FLOAT32, 1, channels);
        gradient = step.perChannel(suffix + "Gradient", channels);
    }

    /** The biases, float32 [1, channels]. */
    @Override
    public Buffer values() {
        return values;
    }

    /** Where the layer writes the gradient of the summed loss, times the loss scale: float32 [1, channels]. */
    public Buffer gradient() {
        return gradient;
    }

    /** Emits the update by the mean gradient over the batch; to be called once, when the gradient is there. */
    public void update() {
        float scale = 1 / (step.batch() * step.lossScale());
        step.train(step.optimizer().forBiases().update(step.program(), new WeightUpdate(step.name(suffix), values, gradient,
                scale, Float.POSITIVE_INFINITY, step.clock())));
    }
}
