package io.github.bitgrad.step;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a network, a batch size and an algorithm compile into: the operations of a training step and those of inference,
 * over buffers that a {@link MemoryPlan} places in one arena. An algorithm adds operations in order; then
 * {@link #plan()} says what memory that takes, and {@link #allocate} takes it.
 */
public final class Program {
    private final List<Operation> initial = new ArrayList<>();
    private final List<Operation> training = new ArrayList<>();
    /** The forward pass of the training step, with operations between that keep statistics of it. */
    private final List<Operation> measuring = new ArrayList<>();
    /** Operations of the training step that only its last part runs. */
    private final Set<Operation> updates = new HashSet<>();
    private boolean backward;
    /** The number of operations of the forward pass, once it was ended. */
    private int forwardSize;
    private final List<Operation> beforeInference = new ArrayList<>();
    private final List<Operation> inference = new ArrayList<>();
    /** What others prepare while steps run. */
    private final List<Buffer> external = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private MemoryPlan plan;

    /** A program without operations. */
    public Program() {
    }

    /** A buffer for this program's operations, with a name that no other has. */
    public Buffer buffer(String name, Variable variable, ElementType type, long rows, long columns, Life life) {
        requireNew(name);
        return new Buffer(name, variable, type, rows, columns, life);
    }

    private void requireNew(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("There are two buffers named %s.".formatted(name));
        }
    }

    /** A buffer that keeps its contents from step to step. */
    public Buffer persistent(String name, Variable variable, ElementType type, long rows, long columns) {
        return buffer(name, variable, type, rows, columns, Life.PERSISTENT);
    }

    /** A buffer that a training step makes of what persists; it is what inference needs of that. */
    public Buffer learned(String name, Variable variable, ElementType type, long rows, long columns) {
        return buffer(name, variable, type, rows, columns, Life.LEARNED);
    }

    /** A buffer that lives from its first use in a step to its last. */
    public Buffer temporary(String name, Variable variable, ElementType type, long rows, long columns) {
        return buffer(name, variable, type, rows, columns, Life.TEMPORARY);
    }

    /** Adds an operation that is run once, when the weights have their first values. */
    public void atStart(Operation operation) {
        initial.add(operation);
    }

    /** Adds an operation to the training step. */
    public void train(Operation operation) {
        training.add(operation);
        if (!backward) {
            measuring.add(operation);
        }
    }

    /** Adds an operation to the training step that only the last part of a step runs: an update of weights. */
    public void update(Operation operation) {
        train(operation);
        updates.add(operation);
    }

    /**
     * Adds an operation that keeps a statistic of the forward pass. It runs when statistics are measured, not in the
     * training step.
     */
    public void measure(Operation operation) {
        measuring.add(operation);
    }

    /** Ends the forward pass: what is added to the training step from now on is not run when statistics are measured. */
    public void endForward() {
        backward = true;
        forwardSize = training.size();
    }

    /**
     * What the backward pass needs of the values of each block of the network, in the order of the forward pass. A
     * training step is asked whose forward pass was ended.
     */
    public List<KeptValues> kept() {
        List<List<Buffer>> step = uses(training);
        return KeptValues.of(step.subList(0, forwardSize), step.subList(forwardSize, step.size()));
    }

    /** How many operations the training step has so far. */
    public int trainingSize() {
        return training.size();
    }

    /** Adds an operation that makes what inference needs of what training keeps. */
    public void beforeInference(Operation operation) {
        beforeInference.add(operation);
    }

    /** Adds an operation to inference. */
    public void infer(Operation operation) {
        inference.add(operation);
    }

    /** Where everything lies; made at the first call, after which no operation counts that is added. */
    public MemoryPlan plan() {
        if (plan == null) {
            List<List<Buffer>> start = new ArrayList<>(uses(initial));
            start.add(external);
            List<List<Buffer>> infer = new ArrayList<>(uses(beforeInference));
            infer.addAll(uses(inference));
            plan = new MemoryPlan(List.of(uses(training), uses(measuring)), List.of(infer, start));
        }
        return plan;
    }

    static List<List<Buffer>> uses(List<Operation> operations) {
        return operations.stream().map(Operation::uses).toList();
    }

    /**
     * The buffers that inference reads and training made: what a trained network is, once {@link #runBeforeInference}
     * has been. In the order of their first use.
     */
    public List<Buffer> learned() {
        return used(inference, EnumSet.of(Life.PERSISTENT, Life.LEARNED));
    }

    /**
     * The buffers that operations keep from training step to training step, and the statistics that were measured: with
     * the number of steps, all that a training is between two of them. In the order of their first use.
     */
    public List<Buffer> state() {
        List<Operation> all = new ArrayList<>(training);
        all.addAll(measuring);
        return used(all, EnumSet.of(Life.PERSISTENT));
    }

    static List<Buffer> used(List<Operation> operations, Set<Life> lives) {
        return operations.stream().flatMap(operation -> operation.uses().stream())
                .filter(buffer -> lives.contains(buffer.life())).distinct().toList();
    }

    /** The same program without training, on the same buffers: what a trained network needs. To be allocated instead. */
    public InferenceProgram forInference() {
        return new InferenceProgram(beforeInference, inference);
    }

    /**
     * The same program with buffers for what others prepare while steps run: no operation uses them, and none shares
     * their memory. To be allocated instead.
     */
    public Program withExternal(List<Buffer> buffers) {
        Program program = new Program();
        program.initial.addAll(initial);
        program.training.addAll(training);
        program.forwardSize = forwardSize;
        program.measuring.addAll(measuring);
        program.updates.addAll(updates);
        program.beforeInference.addAll(beforeInference);
        program.inference.addAll(inference);
        program.external.addAll(buffers);
        return program;
    }

    /**
     * Takes the plan's memory, zeroed, from an arena that the caller owns and closes after the last run; and beside it
     * the arguments of native calls, some hundred bytes for each operation.
     *
     * @throws BitgradException where the system has not that much
     */
    public void allocate(Arena arena) {
        take(plan(), arena);
        bind(arena);
    }

    static void take(MemoryPlan plan, Arena arena) {
        MachineMemory.bytes().ifPresent(machine -> {
            if (plan.peakBytes() > machine) {
                throw new BitgradException(
                        "The network needs %s MiB of memory, but this machine has %s MiB; choose a smaller batch."
                                .formatted(MemoryPlan.mebibytes(plan.peakBytes()), MemoryPlan.mebibytes(machine)));
            }
        });
        try {
            plan.allocate(arena);
        } catch (OutOfMemoryError refused) {
            throw new BitgradException(
                    "The network needs %s MiB of memory, which are not to be had; choose a smaller batch."
                            .formatted(MemoryPlan.mebibytes(plan.peakBytes())),
                    refused);
        }
    }

    private void bind(Arena arena) {
        Set<Operation> all = new LinkedHashSet<>(initial);
        all.addAll(training);
        all.addAll(measuring);
        all.addAll(beforeInference);
        all.addAll(inference);
        all.forEach(operation -> operation.bind(arena));
    }

    /** Runs what follows from the first values of the weights. */
    public void runInitial(Workers workers) {
        run(initial, workers);
    }

    /** Runs one training step, which has one part only, on what the input buffers hold. */
    public void runTraining(Workers workers) {
        runTraining(workers, true);
    }

    /**
     * Runs a part of a training step on what the input buffers hold.
     *
     * @param last whether it is the last part, which updates the weights
     */
    public void runTraining(Workers workers, boolean last) {
        for (int i = 0; i < training.size(); i++) {
            Operation operation = training.get(i);
            if (isDue(operation, last)) {
                workers.run(operation);
            }
        }
    }

    private boolean isDue(Operation operation, boolean last) {
        return last || !updates.contains(operation);
    }

    /**
     * Runs a part of a training step as {@link #runTraining(Workers, boolean)} does, and measures how long each operation
     * takes. This allocates nothing either. To read the clock twice for each operation takes some tens of nanoseconds.
     *
     * @param last whether it is the last part, which updates the weights
     * @param nanoseconds for each operation, in the order of {@link #training()}: its time is added to what is there
     * @throws IllegalArgumentException if there are not as many numbers as operations
     */
    public void timeTraining(Workers workers, boolean last, long[] nanoseconds) {
        if (nanoseconds.length != training.size()) {
            throw new IllegalArgumentException("The step has %s operations, but there is room for the times of %s."
                    .formatted(training.size(), nanoseconds.length));
        }
        for (int i = 0; i < nanoseconds.length; i++) {
            Operation operation = training.get(i);
            if (isDue(operation, last)) {
                long begin = System.nanoTime();
                workers.run(operation);
                nanoseconds[i] += System.nanoTime() - begin;
            }
        }
    }

    /**
     * Runs the forward pass of the training step on what the input buffers hold, and keeps statistics of it for
     * inference. Changes nothing that training keeps.
     */
    public void runMeasuring(Workers workers) {
        run(measuring, workers);
    }

    /**
     * Makes what inference needs of what training keeps: to be run after training steps and before inference, however
     * often that is run then. Nothing where there is no training.
     */
    public void runBeforeInference(Workers workers) {
        run(beforeInference, workers);
    }

    /** Runs inference on what the input buffers hold. */
    public void runInference(Workers workers) {
        run(inference, workers);
    }

    static void run(List<Operation> operations, Workers workers) {
        for (int i = 0; i < operations.size(); i++) { // an iterator would be allocated
            workers.run(operations.get(i));
        }
    }

    /** The operations that measure statistics, in order. */
    public List<Operation> measuring() {
        return List.copyOf(measuring);
    }

    /** The operations of a training step, in order. */
    public List<Operation> training() {
        return List.copyOf(training);
    }
}
