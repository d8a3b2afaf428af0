package io.github.bitgrad.optim;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.TrainingClock;

/**
 * Weights that an optimizer is to update block by block, as soon as the gradient of a block of output channels has been
 * computed. Latent weights are bytes.
 *
 * @param name the name of the weights, such as {@code dense2.weights}; the names of the optimizer's state begin with it
 * @param weights [output channels · taps, input channels]: latent weights, int8 in units of
 *            limit / 127; or signs as bits where the optimizer has no latent weights
 * @param taps rows of the weights for each output channel: 1 in a dense layer, 9 in a convolution of 3×3
 * @param gradients the kind of the gradients, which is also their element type
 * @param scale the factor that gradients are to be multiplied with
 * @param limit latent weights are to be clipped to [−limit, limit]; usually {@link Optimizer#BYTE_LIMIT}
 * @param layer the number of the layer, from 0
 * @param clock tells the step, the learning rate and random numbers
 */
public record ByteWeightUpdate(String name, Buffer weights, long taps, GradientKind gradients, float scale, float limit,
        int layer, TrainingClock clock) {
    /** Output channels of the layer. */
    public long channels() {
        return weights.rows() / taps;
    }

    /**
     * 32 random bits that depend on the seed of the training, the running step and the layer alone, so that a training
     * gives the same weights on any number of threads. Rounding follows from them.
     */
    public int random() {
        return clock.random(-1 - layer);
    }
}
