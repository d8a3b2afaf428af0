package io.github.bitgrad.step;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.MemoryPlan;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The operations of a network that is only used, not trained. Preparation runs once: it makes, of the buffers that the
 * network's file has ({@link #given}), what inference reads. What nobody but the preparation reads has memory of its
 * own, which is freed when the preparation has ended.
 */
public final class InferenceProgram {
    private final List<Operation> preparation;
    private final List<Operation> inference;
    private MemoryPlan plan;

    InferenceProgram(List<Operation> preparation, List<Operation> inference) {
        this.preparation = List.copyOf(preparation);
        this.inference = List.copyOf(inference);
        plan = new MemoryPlan(List.of(List.of(), Program.uses(this.inference)));
    }

    /** The place of every buffer that inference uses. */
    public MemoryPlan plan() {
        return plan;
    }

    /** The buffers that the network's file has. */
    public List<Buffer> given() {
        return Program.used(Stream.concat(preparation.stream(), inference.stream()).toList(),
                EnumSet.of(Life.PERSISTENT));
    }

    /** What inference reads and never writes. */
    private List<Buffer> kept() {
        return Program.used(inference, EnumSet.of(Life.PERSISTENT, Life.LEARNED));
    }

    /**
     * Takes the memory of the plan and runs the preparation.
     *
     * @param arena the owner of the memory; the caller closes it after the last run
     * @param fill fills the buffers of {@link #given}
     * @throws BitgradException if the system does not have so much memory
     */
    public void allocate(Arena arena, Consumer<List<Buffer>> fill, Workers workers) {
        Program.take(plan, arena);
        try (Arena loading = Arena.ofShared()) {
            Program.take(new MemoryPlan(List.of(without(kept(), preparation))), loading);
            fill.accept(given());
            preparation.forEach(operation -> operation.bind(loading));
            Program.run(preparation, workers);
        }
        inference.forEach(operation -> operation.bind(arena));
    }

    /**
     * Takes memory for one more batch, but reads what was prepared from the memory of another program. So several
     * threads can run inference at the same time, each with a program of its own.
     *
     * @param other the program of the same network, which has its memory already
     * @param arena the owner of the memory; the caller closes it after the last run
     * @throws BitgradException if the system does not have so much memory
     */
    public void allocateBeside(InferenceProgram other, Arena arena) {
        Map<String, Buffer> theirs = other.kept().stream().collect(Collectors.toMap(Buffer::name,
                Function.identity()));
        plan = new MemoryPlan(List.of(List.of(), without(kept(), inference)));
        Program.take(plan, arena);
        kept().forEach(buffer -> buffer.share(theirs.get(buffer.name())));
        inference.forEach(operation -> operation.bind(arena));
    }

    private static List<List<Buffer>> without(List<Buffer> placed, List<Operation> operations) {
        Set<Buffer> left = new HashSet<>(placed);
        return operations.stream()
                .map(operation -> operation.uses().stream().filter(buffer -> !left.contains(buffer)).toList()).toList();
    }

    /** Runs inference on what the input buffers hold. */
    public void run(Workers workers) {
        Program.run(inference, workers);
    }

    /** The operations of inference, in order. */
    public List<Operation> operations() {
        return inference;
    }
}
