package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Optimizers.GradientKind;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;
import java.util.List;
import java.util.stream.Collectors;

/** The training algorithms that have a name. */
public enum Algorithm {
    /** Courbariaux and Bengio (arXiv 1602.02830): real activations and gradients, float32. The baseline. */
    STANDARD("standard", GradientKind.REAL, ElementType.FLOAT32, List.of(GradientFormat.FLOAT32)) {
        @Override
        public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
                Progress progress) {
            requireFormat(gradients.format());
            return new StandardCompiler(network, batch, optimizer, progress).compile();
        }
    },
    /** Wang et al. (arXiv 2102.04270): binary activations and weight gradients, float16 for the rest. */
    PROPOSED("proposed", GradientKind.SIGN, ElementType.FLOAT16, List.of(GradientFormat.FLOAT16,
            GradientFormat.FLOAT32, GradientFormat.INT14, GradientFormat.INT7)) {
        @Override
        public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
                Progress progress) {
            requireFormat(gradients.format());
            return new ProposedCompiler(network, batch, optimizer, gradients, progress).compile();
        }
    };

    private final String label;
    private final GradientKind gradients;
    private final ElementType realType;
    private final List<GradientFormat> formats;

    Algorithm(String label, GradientKind gradients, ElementType realType, List<GradientFormat> formats) {
        this.label = label;
        this.gradients = gradients;
        this.realType = realType;
        this.formats = formats;
    }

    /**
     * Compiles a network, which takes no memory for buffers yet.
     *
     * @param batch inputs a step, at least one
     * @param optimizer what updates the weights, as it suits {@link #gradients()}
     * @param gradients how gradients at sums are kept
     * @param progress tells the operations the step and the learning rate
     * @throws IllegalArgumentException where the algorithm cannot keep gradients so
     */
    public abstract CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
            Progress progress);

    /** What it hands to the optimizer. */
    public GradientKind gradients() {
        return gradients;
    }

    /** How it keeps gradients unless told otherwise. */
    public GradientFormat defaultFormat() {
        return formats.getFirst();
    }

    /** @throws IllegalArgumentException where it cannot keep gradients so */
    public void requireFormat(GradientFormat format) {
        if (!formats.contains(format)) {
            throw new IllegalArgumentException(
                    "The %s algorithm has no %s gradients; choose one of %s.".formatted(label,
                            format, formats.stream().map(GradientFormat::toString).collect(Collectors.joining(", "))));
        }
    }

    /** The element type of what it keeps real. */
    ElementType realType() {
        return realType;
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
