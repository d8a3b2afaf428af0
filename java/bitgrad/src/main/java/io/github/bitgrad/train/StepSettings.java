package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.TrainingClock;
import java.util.OptionalLong;

/**
 * The settings that a training step is compiled from. The memory of a training depends on them alone.
 *
 * @param network what is trained
 * @param policy how the values of a step are kept
 * @param loss what is made small
 * @param optimizer how the weights follow their gradients
 * @param batch images in a step, at least 1
 * @param parts the number of equal parts that a batch is divided into, at least 1 ({@link TrainerBuilder#microBatch})
 * @param memory bytes that the buffers may take where there is a choice; empty for a little more than the least
 */
public record StepSettings(Network network, Policy policy, Loss loss, Optimizer optimizer, int batch, int parts,
        OptionalLong memory) {
    /** The memory that a training of this step takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(clock(0)).program().plan();
    }

    /** Whether the network can learn in such steps. Where it cannot, {@link TrainerBuilder#build} says why. */
    boolean isTrainable() {
        return compile(clock(0)).refusals().isEmpty();
    }

    /** A clock before the first step of a training with this seed. */
    TrainingClock clock(long seed) {
        return new TrainingClock(seed, parts);
    }

    /** The number of images that the network takes at a time: those of a part of the batch. */
    int microBatch() {
        return batch / parts;
    }

    /** @param clock what tells the operations the step, the learning rate and random numbers */
    CompiledNetwork compile(TrainingClock clock) {
        return memory.isEmpty()
                ? Compiler.compile(network, microBatch(), optimizer, policy, loss, clock)
                : Compiler.compile(network, microBatch(), optimizer, policy, loss, memory.getAsLong(), clock);
    }

    /** What a file says of the network that such steps trained. */
    Checkpoint.Origin origin() {
        return new Checkpoint.Origin(policy.name(), policy.products(), optimizer.name(), loss);
    }

    float suggestedLearningRate() {
        return optimizer.learningRate(policy.weightGradient(), policy.stateInBytes());
    }
}
