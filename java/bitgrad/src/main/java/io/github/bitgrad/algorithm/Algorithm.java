package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.TileWidths;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;
import java.util.List;
import java.util.stream.Collectors;

/** The training algorithms that have a name: each a {@link Policy}, in as many variants as it has kinds of gradients. */
public enum Algorithm {
    /** Courbariaux and Bengio (arXiv 1602.02830): real activations and gradients, float32. The baseline. */
    STANDARD("standard", Products.BLAS, ElementType.FLOAT32, false, List.of(GradientFormat.FLOAT32),
            List.of(GradientKind.REAL)),
    /**
     * Wang et al. (arXiv 2102.04270, algorithm 2): binary activations and weight gradients, float16 for the rest. Four choices
     * are ours. Gradients are of the summed loss, not of the mean, because float16 ends at 6e-8: weight gradients are used by
     * sign only, and bias gradients are divided by the batch size when used. The last layer's normalisation, whose output the
     * loss keeps anyway, goes backward without approximation; that of the others is nearer to the derivative than the paper's
     * form with ω = mean |x|, from the same signs (bitgrad.h, "Batch normalisation before a sign"). And ψ is √(π/2) times the
     * paper's, so that normalised values have the variance of standard training (bitgrad.h, {@code BG_NORMAL_DEVIATION}).
     */
    PROPOSED("proposed", Products.BITS, ElementType.FLOAT16, false,
            List.of(GradientFormat.FLOAT16, GradientFormat.FLOAT32, GradientFormat.INT14, GradientFormat.INT7),
            List.of(GradientKind.SIGN)),
    /**
     * The proposed algorithm with the smallest memory footprint: sums and gradients at signs exist a tile of channels at a
     * time, gradients at sums are integers, one for each pooling window, gradients of weights go straight into the optimizer,
     * so that they may as well be real, and latent weights and momenta are bytes.
     */
    LEAN("lean", Products.BITS, ElementType.INT8, true, List.of(GradientFormat.INT7),
            List.of(GradientKind.REAL, GradientKind.SIGN));

    /** For {@link #compile}: as little memory as possible, whatever that costs in time. */
    public static final long LEAST_MEMORY = TileWidths.LEAST_MEMORY;

    private final String label;
    private final Products products;
    private final ElementType state;
    private final boolean tiled;
    private final List<GradientFormat> formats;
    private final List<GradientKind> weightGradients;

    Algorithm(String label, Products products, ElementType state, boolean tiled, List<GradientFormat> formats,
            List<GradientKind> weightGradients) {
        this.label = label;
        this.products = products;
        this.state = state;
        this.tiled = tiled;
        this.formats = formats;
        this.weightGradients = weightGradients;
    }

    /**
     * The policy that the algorithm is, with these gradients.
     *
     * @throws IllegalArgumentException where the algorithm cannot keep gradients so
     */
    public Policy policy(Gradients gradients) {
        requireFormat(gradients.format());
        requireWeightGradients(gradients.weights());
        return new Policy(label, products, state, gradients.format(), gradients.rounding(), gradients.weights(), tiled);
    }

    /** Compiles a network: see {@link Compiler#compile}. */
    public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients, long memory,
            TrainingClock clock) {
        return Compiler.compile(network, batch, optimizer, policy(gradients), new SoftmaxCrossEntropy(), memory,
                clock);
    }

    /** The same with little more memory than the least. */
    public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
            TrainingClock clock) {
        return Compiler.compile(network, batch, optimizer, policy(gradients), new SoftmaxCrossEntropy(), clock);
    }

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

    /** Whether latent weights and the optimizer's state are bytes. */
    public boolean stateInBytes() {
        return state == ElementType.INT8;
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
