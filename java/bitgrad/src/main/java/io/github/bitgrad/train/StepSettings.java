package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.algorithm.TrainedPart;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.TileWidths;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.KeptValues;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings that a training step is compiled from. The memory of a training depends on them alone.
 *
 * @param part the network, which part of it is trained, and how many images of a batch are replayed
 * @param policy how the values of a step are kept
 * @param loss what is made small
 * @param optimizer how the weights follow their gradients
 * @param batch images in a step, at least 1
 * @param parts the number of equal parts that a batch is divided into, at least 1 ({@link TrainerBuilder#microBatch})
 * @param memory bytes that the buffers may take where there is a choice; empty for a little more than the least
 */
public record StepSettings(TrainedPart part, Policy policy, Loss loss, Optimizer optimizer, int batch, int parts,
        OptionalLong memory) {
    /** What is trained. */
    public Network network() {
        return part.network();
    }

    /** The number of images of a batch that are new: all but those that are replayed. */
    public int newImages() {
        return batch - part.replayed();
    }

    /** Whether images are replayed as signs behind frozen nodes. Otherwise, they are replayed as the network's input. */
    boolean replaysSigns() {
        return part.replayed() > 0 && part.frozen() > 0
                && Compiler.compile(part.replaying(0), microBatch(), optimizer, policy, loss,
                        TileWidths.LEAST_MEMORY, clock(0)).batch().frozen().isPresent();
    }

    /** The memory that a training of this step takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(clock(0)).program().plan();
    }

    /** What the backward pass of such a step needs of the values of each block of the network. */
    public List<KeptValues> kept() {
        return compile(clock(0)).program().kept();
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
        TrainedPart compiled = replaysSigns() ? part : part.replaying(0);
        return memory.isEmpty()
                ? Compiler.compile(compiled, microBatch(), optimizer, policy, loss, clock)
                : Compiler.compile(compiled, microBatch(), optimizer, policy, loss, memory.getAsLong(), clock);
    }

    /**
     * The buffers that a file of the trained network has.
     *
     * @param program the program of such steps
     */
    List<Buffer> ofNetwork(Program program) {
        Set<String> given = Compiler.compileInference(network(), 1, policy.products(), loss).program().forInference()
                .given().stream().map(Buffer::name).collect(Collectors.toSet());
        return Stream.concat(program.learned().stream(), program.state().stream()).distinct()
                .filter(buffer -> given.contains(buffer.name())).toList();
    }

    /** What a file says of the network that such steps trained. */
    Checkpoint.Origin origin() {
        return new Checkpoint.Origin(policy.name(), policy.products(), optimizer.name(), loss);
    }

    float suggestedLearningRate() {
        return optimizer.learningRate(policy.weightGradient(), policy.stateInBytes());
    }
}
