package io.github.bitgrad.algorithm;

import io.github.bitgrad.Names;
import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Normalisation;
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

/** The training algorithms that have a name. An algorithm and its {@link Gradients} determine a {@link Policy}. */
public enum Algorithm {
    /**
     * The baseline (Courbariaux and Bengio, arXiv 1602.02830): activations and gradients are kept as float32, and
     * OpenBLAS computes the products.
     */
    STANDARD("standard", Products.BLAS, ElementType.FLOAT32, false, List.of(GradientFormat.FLOAT32),
            List.of(GradientKind.REAL)),
    /**
     * The paper's algorithm (Wang et al., arXiv 2102.04270, algorithm 2): activations and weight gradients are single
     * bits, everything else is float16. It differs from the paper in four points:
     * <ul>
     * <li>Gradients are those of the summed loss, not of the mean loss, because the smallest positive float16 is 6e-8.
     * Only the signs of weight gradients are used, and bias gradients are divided by the batch size when they are used.
     * <li>The last layer's batch normalisation goes backward without approximation, because the loss keeps its output
     * anyway.
     * <li>The backward pass of every other batch normalisation is nearer to the exact derivative than the paper's form
     * with ω = mean |x|, although it uses the same signs (bitgrad.h, "Batch normalisation before a sign").
     * <li>ψ is √(π/2) times the paper's ψ, so that normalised values have the same variance as in standard training
     * (bitgrad.h, {@code BG_NORMAL_DEVIATION}).
     * </ul>
     */
    PROPOSED("proposed", Products.BITS, ElementType.FLOAT16, false,
            List.of(GradientFormat.FLOAT16, GradientFormat.FLOAT32, GradientFormat.INT14, GradientFormat.INT7),
            List.of(GradientKind.SIGN, GradientKind.REAL, GradientKind.FLOAT16)),
    /**
     * A form of the proposed algorithm with the smallest memory footprint. Sums, and gradients at signs, exist only for
     * one tile of channels at a time. Gradients at sums are 7-bit integers; where sums or signs are pooled, one for
     * each window. Gradients of weights go straight into the optimizer and are never stored, so they can be real
     * numbers at no cost. Latent weights and momenta are bytes.
     */
    LEAN("lean", Products.BITS, ElementType.INT8, true, List.of(GradientFormat.INT7),
            List.of(GradientKind.REAL, GradientKind.SIGN)),
    /**
     * The paper's algorithm with its exact combination: as {@link #PROPOSED}, but every batch normalisation is the
     * paper's ({@link Normalisation#PAPER}). Of the four points in which the proposed algorithm differs from the paper,
     * the first remains, which changes no result but by rounding. It is here to reproduce the paper: networks learn
     * more by {@link #PROPOSED}.
     */
    PAPER("paper", Products.BITS, ElementType.FLOAT16, false,
            List.of(GradientFormat.FLOAT16, GradientFormat.FLOAT32),
            List.of(GradientKind.SIGN, GradientKind.REAL, GradientKind.FLOAT16));

    /**
     * A value of the parameter {@code memory} of {@link #compile}: take as little memory as possible, even if the step
     * is slow.
     */
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
     * The policy of this algorithm with these gradients.
     *
     * @throws IllegalArgumentException if the algorithm does not support these gradients; the message lists what it
     *             supports
     */
    public Policy policy(Gradients gradients) {
        return policy(gradients, defaultNormalisation(), Attenuation.FAN_IN);
    }

    /**
     * The policy of this algorithm with these gradients, this normalisation and this attenuation.
     *
     * @throws IllegalArgumentException if the algorithm does not support them; the message says what it supports
     */
    public Policy policy(Gradients gradients, Normalisation normalisation, Attenuation attenuation) {
        requireFormat(gradients.format());
        requireWeightGradients(gradients.weights());
        return new Policy(label, products, state, gradients.format(), gradients.rounding(), gradients.weights(), tiled,
                normalisation, attenuation);
    }

    /**
     * Compiles a network with softmax cross-entropy as the loss. The other parameters are those of
     * {@link Compiler#compile}.
     */
    public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients, long memory,
            TrainingClock clock) {
        return Compiler.compile(TrainedPart.whole(network), batch, optimizer, policy(gradients),
                new SoftmaxCrossEntropy(), memory,
                clock);
    }

    /**
     * Compiles a network with softmax cross-entropy as the loss, and with little more memory than the least that it
     * needs. The other parameters are those of {@link Compiler#compile}.
     */
    public CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Gradients gradients,
            TrainingClock clock) {
        return Compiler.compile(TrainedPart.whole(network), batch, optimizer, policy(gradients),
                new SoftmaxCrossEntropy(), clock);
    }

    /** How batch normalisation is computed by default. */
    public Normalisation defaultNormalisation() {
        return this == PAPER ? Normalisation.PAPER : Normalisation.of(products);
    }

    /** The kind of weight gradients that the optimizer gets by default. */
    public GradientKind defaultWeightGradients() {
        return weightGradients.getFirst();
    }

    /** The format in which this algorithm keeps gradients by default. */
    public GradientFormat defaultFormat() {
        return formats.getFirst();
    }

    /**
     * Checks that this algorithm supports a gradient format.
     *
     * @throws IllegalArgumentException if it does not; the message lists the formats that it supports
     */
    public void requireFormat(GradientFormat format) {
        require(formats, format, "");
    }

    /**
     * Checks that this algorithm supports a kind of weight gradients.
     *
     * @throws IllegalArgumentException if it does not; the message lists the kinds that it supports
     */
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

    /**
     * Finds an algorithm by its name.
     *
     * @throws IllegalArgumentException if no algorithm has the name; the message lists all names
     */
    public static Algorithm named(String name) {
        return Names.find("algorithm", name, values());
    }
}
