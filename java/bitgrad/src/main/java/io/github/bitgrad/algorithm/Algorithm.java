package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;
import java.util.List;
import java.util.stream.Collectors;

/** The training algorithms that have a name. */
public enum Algorithm {
    /** Courbariaux and Bengio (arXiv 1602.02830): real activations and gradients, float32. The baseline. */
    STANDARD("standard", ElementType.FLOAT32, List.of(GradientFormat.FLOAT32), List.of(GradientKind.REAL)) {
        @Override
        CompiledNetwork compileChecked(Network network, int batch, Optimizer optimizer, Gradients gradients,
                long memory, TrainingClock clock) {
            return new StandardCompiler(network, batch, optimizer, clock).compile();
        }
    },
    /** Wang et al. (arXiv 2102.04270): binary activations and weight gradients, float16 for the rest. */
    PROPOSED("proposed", ElementType.FLOAT16, List.of(GradientFormat.FLOAT16, GradientFormat.FLOAT32,
            GradientFormat.INT14, GradientFormat.INT7), List.of(GradientKind.SIGN)) {
        @Override
        CompiledNetwork compileChecked(Network network, int batch, Optimizer optimizer, Gradients gradients,
                long memory, TrainingClock clock) {
            return new ProposedCompiler(network, batch, optimizer, gradients, clock).compile();
        }
    },
    /** The proposed in bytes and tiles: the least memory. */
    LEAN("lean", ElementType.INT8, List.of(GradientFormat.INT7), List.of(GradientKind.REAL, GradientKind.SIGN)) {
        @Override
        CompiledNetwork compileChecked(Network network, int batch, Optimizer optimizer, Gradients gradients,
                long memory, TrainingClock clock) {
            return TileWidths.widest(widths -> new LeanCompiler(network, batch, optimizer, gradients, widths,
                    clock).compile(), memory);
        }
    };

    /** For {@link #compile}: as little memory as can be, at whatever cost in time. */
    public static final long LEAST_MEMORY = 0;

    /** The first few bytes above the least save the most time: an 11th of it more, unless told otherwise. */
    private static final long SPARE = 11;

    private final String label;
    private final ElementType realType;
    private final List<GradientFormat> formats;
    private final List<GradientKind> weightGradients;

    Algorithm(String label, ElementType realType, List<GradientFormat> formats, List<GradientKind> weightGradients) {
        this.label = label;
        this.realType = realType;
        this.formats = formats;
        this.weightGradients = weightGradients;
    }

    /**
     * Compiles a network, which takes no memory for buffers yet.
     *
     * @param batch inputs a step, at least one
     * @param optimizer what updates the weights, as it suits the kind of their gradients
     * @param gradients how gradients are kept
     * @param memory bytes that the plan's peak may come to where there is a choice: more makes for a faster step, up to
     *            a point. Where the least is more, it is the least. Results do not depend on it
     * @param clock tells the step, the learning rate and random numbers
     * @throws IllegalArgumentException where the algorithm cannot keep gradients so
     */
    public final CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
            long memory, TrainingClock clock) {
        requireFormat(gradients.format());
        requireWeightGradients(gradients.weights());
        CompiledNetwork compiled = compileChecked(network, batch, optimizer, gradients, memory, clock);
        return memory == LEAST_MEMORY ? compiled : compiled.stagedWithin(memory);
    }

    /** The same with little more than the {@link #LEAST_MEMORY}. */
    public final CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
            TrainingClock clock) {
        long least = compile(network, batch, optimizer, gradients, LEAST_MEMORY, clock).program().plan().peakBytes();
        return compile(network, batch, optimizer, gradients, least + least / SPARE, clock);
    }

    abstract CompiledNetwork compileChecked(Network network, int batch, Optimizer optimizer, Gradients gradients,
            long memory, TrainingClock clock);

    /** What it hands to the optimizer unless told otherwise. */
    public GradientKind defaultWeightGradients() {
        return weightGradients.getFirst();
    }

    /** How it keeps gradients unless told otherwise. */
    public GradientFormat defaultFormat() {
        return formats.getFirst();
    }

    /** @throws IllegalArgumentException where it cannot keep gradients so */
    public void requireFormat(GradientFormat format) {
        require(formats, format, "");
    }

    /** @throws IllegalArgumentException where it cannot hand such gradients to the optimizer */
    public void requireWeightGradients(GradientKind kind) {
        require(weightGradients, kind, "weight ");
    }

    private <T> void require(List<T> possible, T choice, String what) {
        if (!possible.contains(choice)) {
            throw new IllegalArgumentException(
                    "The %s algorithm has no %s %sgradients; choose one of %s.".formatted(label, choice, what,
                            possible.stream().map(T::toString).collect(Collectors.joining(", "))));
        }
    }

    /** The element type of what it keeps real. */
    ElementType realType() {
        return realType;
    }

    /** Whether latent weights and the optimizer's state are bytes. */
    public boolean stateInBytes() {
        return realType == ElementType.INT8;
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Algorithm named(String name) {
        return Names.find("algorithm", name, values());
    }
}
