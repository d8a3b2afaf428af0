package io.github.bitgrad.optim;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;

/**
 * How weights follow their gradients. An optimizer has one state value or two a weight, of the weights' element type,
 * in buffers that it adds to the program.
 */
public sealed interface Optimizer {
    /** What latent weights are clipped to: beyond it their sign would be slow to change. */
    float LATENT_LIMIT = 1;

    /**
     * The same of latent weights in bytes, which are 127ths of it. A weight is rounded at random at each step, so it
     * strays by the root of the unit times the way it goes: CNV on CIFAR-10 tests 1.3 points better with a limit of 1/4
     * than with 1. Few weights of hidden layers would grow beyond it, 2 to 7 %.
     */
    float BYTE_LIMIT = 0.25f;

    /**
     * Adam (Kingma and Ba, arXiv 1412.6980).
     *
     * @param beta1 what the momentum keeps each step
     * @param beta2 what the second moment keeps each step
     * @param epsilon added to its root
     */
    record Adam(float beta1, float beta2, float epsilon) implements Optimizer {
        /** The usual numbers; the epsilon is Keras's. */
        public static final Adam DEFAULT = new Adam(0.9f, 0.999f, 1e-7f);

        @Override
        public Operation update(Program program, String name, Buffer weights, Buffer gradient, float scale, float limit,
                Progress progress) {
            Buffer momentum = state(program, name + ".momentum", weights, weights.type());
            Buffer secondMoment = state(program, name + ".secondMoment", weights, weights.type());
            return Operations.adam(name + ".adam", weights, momentum, secondMoment, gradient, scale, beta1, beta2,
                    epsilon, limit, progress);
        }

        /**
         * One step a channel in place of a second moment a weight. Where gradients are signs times a constant c, the
         * second moment after t steps is (1 − β₂ᵗ) c², so its corrected value is c² at every step: Adam divides by c + ε
         * always, and nothing need be kept. Where they are real, the second moment is that of the mean square over a
         * channel's weights, one value a channel.
         */
        @Override
        public BlockUpdate updateBytes(Program program, String name, Buffer weights, long taps, boolean signs,
                float scale, int layer, Progress progress) {
            ByteState state = new ByteState(program, name, weights, taps, signs, scale, layer, progress);
            if (signs) {
                return state.latent(() -> progress.rate() * progress.correction(beta1) / (scale + epsilon), beta1,
                        1 - beta1);
            }
            return state.latentByAdam(beta1, beta2, epsilon);
        }

        @Override
        public int momenta() {
            return 2;
        }
    }

    /**
     * Stochastic gradient descent with momentum.
     *
     * @param decay what the momentum keeps each step
     */
    record SgdMomentum(float decay) implements Optimizer {
        @Override
        public Operation update(Program program, String name, Buffer weights, Buffer gradient, float scale, float limit,
                Progress progress) {
            Buffer momentum = state(program, name + ".momentum", weights, weights.type());
            return Operations.sgdMomentum(name + ".sgdm", weights, momentum, gradient, scale, decay, limit, progress);
        }

        @Override
        public BlockUpdate updateBytes(Program program, String name, Buffer weights, long taps, boolean signs,
                float scale, int layer, Progress progress) {
            return new ByteState(program, name, weights, taps, signs, scale, layer, progress).latent(progress::rate,
                    decay, 1);
        }
    }

    /**
     * Bop (Helwegen et al., arXiv 1906.02107), which has no latent weights: it flips signs. Its adaptivity rate is the
     * learning rate. Biases, which are no signs, follow Adam.
     *
     * @param threshold how strong a momentum must be to flip a weight
     */
    record Bop(float threshold) implements Optimizer {
        @Override
        public Operation update(Program program, String name, Buffer weights, Buffer gradient, float scale, float limit,
                Progress progress) {
            ElementType type = weights.type() == ElementType.BITS ? ElementType.FLOAT16 : weights.type();
            Buffer momentum = state(program, name + ".momentum", weights, type);
            return Operations.bop(name + ".bop", weights, momentum, gradient, scale, threshold, progress);
        }

        @Override
        public BlockUpdate updateBytes(Program program, String name, Buffer weights, long taps, boolean signs,
                float scale, int layer, Progress progress) {
            return new ByteState(program, name, weights, taps, signs, scale, layer, progress).flips(threshold);
        }

        @Override
        public boolean latentWeights() {
            return false;
        }

        @Override
        public Optimizer forBiases() {
            return Adam.DEFAULT;
        }
    }

    /**
     * Makes the operation that updates weights, and the state that it needs.
     *
     * @param program what the state's buffers are added to
     * @param name of the weights; the operation's and the state's names begin with it
     * @param weights latent weights, or signs where there are none, or biases
     * @param gradient of the weights' shape, float32 or signs as bits
     * @param scale what the gradient is multiplied with
     * @param limit what the weights are clipped to, as [−limit, limit]; an optimizer of signs has no use for it
     * @param progress tells the step and the learning rate
     */
    Operation update(Program program, String name, Buffer weights, Buffer gradient, float scale, float limit,
            Progress progress);

    /**
     * The same with state in bytes, and by blocks of output channels. Adds the state to the program, and to the training
     * step nothing: whoever computes gradients runs the update.
     *
     * @param weights int8 [channels · taps, input channels] in 127ths of {@link #BYTE_LIMIT}; or bits where there are no
     *            latent weights
     * @param taps rows of the weights for each output channel
     * @param signs whether gradients are signs, as bits, and not float32
     * @param scale what the gradient is multiplied with
     * @param layer from 0, which random numbers follow from, beside seed and step
     */
    BlockUpdate updateBytes(Program program, String name, Buffer weights, long taps, boolean signs, float scale,
            int layer, Progress progress);

    /** State values a weight. */
    default int momenta() {
        return 1;
    }

    /** Whether weights have real values behind their signs. */
    default boolean latentWeights() {
        return true;
    }

    /** What updates the biases of batch normalisation. */
    default Optimizer forBiases() {
        return this;
    }

    private static Buffer state(Program program, String name, Buffer weights, ElementType type) {
        return program.persistent(name, Variable.MOMENTA, type, weights.rows(), weights.columns());
    }
}
