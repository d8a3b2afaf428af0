package io.github.bitgrad.optim;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;

/**
 * Weights that an optimizer is to update by a gradient that lies in a buffer.
 *
 * @param name the name of the weights, such as {@code dense2.weights}; the names of the operation and of the
 *            optimizer's state begin with it
 * @param weights what is updated, [rows, columns]: latent weights, float32 or float16; or, where the optimizer has no
 *            latent weights, signs, as bits or as float32 ±1; or the biases of batch normalisation, float32 [1,
 *            channels]
 * @param gradient of the shape of the weights: float32, or signs as bits
 * @param scale the factor that the gradient is to be multiplied with
 * @param limit the weights are to be clipped to [−limit, limit]; an optimizer without latent weights ignores it
 * @param clock tells the step, the learning rate and random numbers
 */
public record WeightUpdate(String name, Buffer weights, Buffer gradient, float scale, float limit,
        TrainingClock clock) {
    /**
     * Adds to the program a matrix that has one element for each weight, of the weights' own type. It begins as zeros
     * and keeps its contents from step to step.
     *
     * @param suffix follows the name of the weights, such as {@code .momentum}
     */
    public Buffer state(Program program, String suffix) {
        return state(program, suffix, weights.type());
    }

    /** Adds such a matrix of another element type. */
    Buffer state(Program program, String suffix, ElementType type) {
        return program.persistent(name + suffix, Variable.MOMENTA, type, weights.rows(), weights.columns());
    }
}
