package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.CompiledNetwork;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.TrainingClock;
import java.util.OptionalLong;

/**
 * The settings that a training step is compiled from. The memory of a training depends on them alone.
 *
 * @param network what is trained
 * @param algorithm what computes the gradients and keeps what they need
 * @param gradients how it keeps gradients
 * @param optimizer how the weights follow their gradients
 * @param batch images in a step, at least 1
 * @param memory bytes that the buffers may take where there is a choice; empty for a little more than the least
 */
public record StepSettings(Network network, Algorithm algorithm, Gradients gradients, Optimizer optimizer, int batch,
        OptionalLong memory) {
    /** The memory that a training of this step takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(new TrainingClock()).program().plan();
    }

    /** @param clock tells the step, the learning rate and random numbers */
    CompiledNetwork compile(TrainingClock clock) {
        return memory.isEmpty()
                ? algorithm.compile(network, batch, optimizer, gradients, clock)
                : algorithm.compile(network, batch, optimizer, gradients, memory.getAsLong(), clock);
    }

    float suggestedLearningRate() {
        return optimizer.learningRate(gradients.weights(), algorithm.stateInBytes());
    }
}
