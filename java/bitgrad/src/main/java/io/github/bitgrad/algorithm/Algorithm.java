package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Optimizers.GradientKind;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;

/** The training algorithms that have a name. */
public enum Algorithm {
    /** Courbariaux and Bengio (arXiv 1602.02830): real activations and gradients, float32. The baseline. */
    STANDARD("standard", GradientKind.REAL, ElementType.FLOAT32) {
        @Override
        public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Progress progress) {
            return new StandardCompiler(network, batch, optimizer, progress).compile();
        }
    },
    /** Wang et al. (arXiv 2102.04270): binary activations and weight gradients, float16 for the rest. */
    PROPOSED("proposed", GradientKind.SIGN, ElementType.FLOAT16) {
        @Override
        public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Progress progress) {
            return new ProposedCompiler(network, batch, optimizer, progress).compile();
        }
    };

    private final String label;
    private final GradientKind gradients;
    private final ElementType realType;

    Algorithm(String label, GradientKind gradients, ElementType realType) {
        this.label = label;
        this.gradients = gradients;
        this.realType = realType;
    }

    /**
     * Compiles a network, which takes no memory for buffers yet.
     *
     * @param batch inputs a step, at least one
     * @param optimizer what updates the weights, as it suits {@link #gradients()}
     * @param progress tells the operations the step and the learning rate
     */
    public abstract CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Progress progress);

    /** What it hands to the optimizer. */
    public GradientKind gradients() {
        return gradients;
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
