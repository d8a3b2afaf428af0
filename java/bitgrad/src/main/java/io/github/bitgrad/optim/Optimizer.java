package io.github.bitgrad.optim;

import io.github.bitgrad.Described;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.UpdateOperations;
import java.util.Optional;

/**
 * Changes weights by their gradients. The library has {@link Adam}, {@link SgdMomentum} and {@link Bop}. An optimizer
 * of your own implements this interface. It makes its operations with {@link io.github.bitgrad.step.Operations}, or
 * extends {@link Operation}:
 *
 * {@snippet :
 * record Momentum(float decay) implements Optimizer {
 *     public String name() {
 *         return "momentum";
 *     }
 *
 *     public SequencedMap<String, Number> numbers() { // in reports, and compared when a training is resumed
 *         SequencedMap<String, Number> numbers = Optimizer.super.numbers();
 *         numbers.put("decay", decay);
 *         return numbers;
 *     }
 *
 *     public Operation update(Program program, WeightUpdate update) {
 *         Buffer momentum = update.state(program, ".momentum");
 *         return UpdateOperations.sgdMomentum(update.name() + ".momentum", update.weights(), momentum,
 *                 update.gradient(), new UpdateOperations.MomentumNumbers(update.scale(), decay, update.limit()),
 *                 update.clock());
 *     }
 * }
 * }
 *
 * Give it to a training with the builder:
 *
 * {@snippet :
 * Trainer trainer = Trainer.of(network).optimizer(new Momentum(0.9f)).build();
 * }
 *
 * An optimizer holds only its numbers. What it remembers from step to step is in buffers that it adds to the program,
 * so one instance can serve all layers, and a training can be saved and resumed. The algorithm of the training decides
 * which method updates the weights:
 *
 * <table class="striped">
 * <caption>Which method updates weights</caption>
 * <thead>
 * <tr><th scope="col">method</th><th scope="col">gradient</th><th scope="col">latent weights</th>
 * <th scope="col">called by</th></tr>
 * </thead>
 * <tbody>
 * <tr><th scope="row">{@link #update}</th><td>a whole matrix</td><td>float32 or float16</td>
 * <td>{@code standard}, {@code proposed}; every algorithm for biases</td></tr>
 * <tr><th scope="row">{@link #updateByBlocks}</th><td>one block of output channels at a time</td><td>int8</td>
 * <td>{@code lean}</td></tr>
 * </tbody>
 * </table>
 */
public interface Optimizer extends Described {
    /** Latent weights that are floats are clipped to [−1, 1], because larger ones would change their signs slowly. */
    float LATENT_LIMIT = 1;

    /**
     * Latent weights that are bytes are clipped to [−1/4, 1/4], and stored as multiples of 1/508, which is 1/4 divided
     * by 127. They are rounded at random in every step, so they deviate from their exact values by an amount that grows
     * with the square root of this unit. The test accuracy of CNV on CIFAR-10 is 1.3 percentage points higher with this
     * limit than with a limit of 1. Only 2 to 7 % of the weights of hidden layers would grow beyond this limit.
     */
    float BYTE_LIMIT = 0.25f;

    /**
     * Makes the operation that updates weights once in a step, and adds the state that it needs to the program.
     *
     * @param program the program, to which the caller adds the returned operation
     * @param update the weights, and the gradient that updates them
     * @return the operation; it allocates nothing when it runs
     */
    Operation update(Program program, WeightUpdate update);

    /**
     * Makes the object that updates weights block by block, and adds the state that it needs to the program. The
     * operation that computes the gradients runs this object, so nothing else is added to the training step.
     * {@link ByteMomentum} can keep its momentum in bytes.
     *
     * @param program the program that the state is added to
     * @param update the weights, and the kind of their gradients
     * @return updates the weights of one block of output channels when its gradient has been computed
     * @throws IllegalArgumentException if the optimizer cannot update by blocks. This method throws it unless it is
     *             overridden
     */
    default BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        throw new IllegalArgumentException(
                "The optimizer %s cannot update weights of bytes; choose another optimizer or another algorithm."
                        .formatted(name()));
    }

    /** The number of values that the optimizer remembers for each weight. The paper's model of memory uses it. */
    default int momenta() {
        return 1;
    }

    /** Whether there is a real number behind each binary weight. If not, the optimizer changes signs directly. */
    default boolean latentWeights() {
        return true;
    }

    /** The largest learning rate that has a meaning for this optimizer; any number unless this method is overridden. */
    default float largestLearningRate() {
        return Float.MAX_VALUE;
    }

    /** The optimizer of the biases of batch normalisation, which are float32 for every optimizer. */
    default Optimizer forBiases() {
        return this;
    }

    /** The learning rate of the biases, if it is not that of the training; empty unless this method is overridden. */
    default Optional<Float> biasLearningRate() {
        return Optional.empty();
    }

    /**
     * The learning rate at the start of a training that does not set one.
     *
     * @param gradients the kind of gradients that the optimizer gets
     * @param stateInBytes whether the latent weights and the optimizer's state are bytes
     */
    default float learningRate(GradientKind gradients, boolean stateInBytes) {
        return 1e-3f;
    }
}
