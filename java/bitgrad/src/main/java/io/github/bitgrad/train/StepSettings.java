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
 * @param memory bytes that the buffers may take where there is a choice; empty for a little more than the least
 */
public record StepSettings(Network network, Policy policy, Loss loss, Optimizer optimizer, int batch,
        OptionalLong memory) {
    /** The memory that a training of this step takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(new TrainingClock()).program().plan();
    }

    /** Whether the network can learn in such steps. Where it cannot, {@link TrainerBuilder#build} says why. */
    boolean isTrainable() {
        return compile(new TrainingClock()).refusals().isEmpty();
    }

    /** @param clock what tells the operations the step, the learning rate and random numbers */
    CompiledNetwork compile(TrainingClock clock) {
        return memory.isEmpty()
                ? Compiler.compile(network, batch, optimizer, policy, loss, clock)
                : Compiler.compile(network, batch, optimizer, policy, loss, memory.getAsLong(), clock);
    }

    /** What a file says of the network that such steps trained. */
    Checkpoint.Origin origin() {
        return new Checkpoint.Origin(policy.name(), policy.products(), optimizer.name(), loss);
    }

    float suggestedLearningRate() {
        return optimizer.learningRate(policy.weightGradient(), policy.stateInBytes());
    }
}
