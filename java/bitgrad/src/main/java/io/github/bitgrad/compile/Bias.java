package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.tensor.ElementType;

/**
 * A real number for each channel that is learned beside the weights: the bias that batch normalisation adds (β in the
 * paper, Wang et al.), or a slope. All numbers begin with the same value.
 */
public final class Bias implements Parameter {
    private final StepBuilder step;
    private final String suffix;
    private final Buffer values;
    private final Buffer gradient;

    /** @param first the first value of all biases */
    Bias(StepBuilder step, String suffix, long channels, float first) {
        this.step = step;
        this.suffix = suffix;
        values = step.persistent(suffix, Variable.OTHER, ElementType.FLOAT32, 1, channels);
        gradient = step.perChannel(suffix + "Gradient", channels);
        if (first != 0) { // the arena is zeroed
            step.program().atStart(ElementwiseOperations.fill(values.name(), values, first));
        }
    }

    /** The biases: float32 [1, channels]. */
    @Override
    public Buffer values() {
        return values;
    }

    /**
     * The buffer for the gradient: float32 [1, channels]. The layer writes the gradient of the summed loss, multiplied
     * by {@link StepBuilder#lossScale}, into it.
     */
    public Buffer gradient() {
        return gradient;
    }

    /**
     * Adds the operation that updates the biases by the mean of their gradient over the batch. Call this once, after
     * the operations that compute {@link #gradient}.
     */
    public void update() {
        step.updateReal(suffix, values, step.overParts(suffix + "GradientSum", gradient));
    }
}
