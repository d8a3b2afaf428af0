package io.github.bitgrad.optim;

import io.github.bitgrad.Described;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;

/**
 * How weights follow their gradients. {@link Adam}, {@link SgdMomentum} and {@link Bop} are the library's own; an
 * optimizer of yours implements this interface, builds its operations from {@link io.github.bitgrad.step.Operations} or
 * extends {@link Operation}, and is given to a training like any other:
 *
 * {@snippet :
 * record Momentum(float decay) implements Optimizer {
 *     public String name() {
 *         return "momentum";
 *     }
 *
 *     public Operation update(Program program, WeightUpdate update) {
 *         Buffer momentum = update.state(program, ".momentum");
 *         return Operations.sgdMomentum(update.name() + ".momentum", update.weights(), momentum, update.gradient(),
 *                 update.scale(), decay, update.limit(), update.clock());
 *     }
 * }
 * }
 *
 * An optimizer holds its numbers and nothing else. What it remembers from step to step lies in buffers that it adds to
 * the program, so that one instance can serve all layers, and so that a training can be saved and resumed.
 */
public interface Optimizer extends Described {
    /** Latent weights are clipped to [−1, 1], because beyond it their signs would be slow to change. */
    float LATENT_LIMIT = 1;

    /**
     * Latent weights in bytes are clipped to [−1/4, 1/4], and their unit is a 127th of that. They are rounded at random
     * in every step, and so stray from their course by an amount that grows with the root of the unit: CNV on CIFAR-10
     * tests 1.3 points better with this limit than with a limit of 1. Only 2 to 7 % of the weights of hidden layers
     * would grow beyond it.
     */
    float BYTE_LIMIT = 0.25f;

    /**
     * Makes the operation that updates weights once in a step, and adds the state that it needs to the program. The
     * caller adds the operation.
     */
    Operation update(Program program, WeightUpdate update);

    /**
     * Makes what updates weights block by block, and adds the state that it needs to the program. The operation that
     * computes the gradients runs it, so nothing is added to the training step. {@link ByteMomentum} keeps a momentum
     * for it in bytes.
     *
     * @throws IllegalArgumentException where the optimizer cannot do that, which is so unless it overrides this method
     */
    default BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        throw new IllegalArgumentException(
                "The optimizer %s cannot update weights of bytes; choose another optimizer or another algorithm."
                        .formatted(name()));
    }

    /** How many values it remembers for each weight; the accounting of memory asks. */
    default int momenta() {
        return 1;
    }

    /** Whether weights have real values behind their signs. Where they have none, the optimizer flips signs. */
    default boolean latentWeights() {
        return true;
    }

    /** What updates the biases of batch normalisation, which are real numbers for every optimizer. */
    default Optimizer forBiases() {
        return this;
    }

    /**
     * The learning rate to start from where a training sets none.
     *
     * @param gradients the kind of gradients that it is given
     * @param stateInBytes whether latent weights and the optimizer's state are bytes
     */
    default float learningRate(GradientKind gradients, boolean stateInBytes) {
        return 1e-3f;
    }
}
