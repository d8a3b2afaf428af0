package io.github.bitgrad.optim;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.UpdateOperations;
import io.github.bitgrad.tensor.ElementType;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Bop (Helwegen et al., arXiv 1906.02107). It has no latent weights: a weight is a sign, and flips where its momentum
 * is strong and has that sign. The paper's adaptivity rate γ is the learning rate of the training. The biases of batch
 * normalisation, which are real numbers, are updated by {@link Adam#DEFAULT}.
 *
 * @param threshold the paper's τ: how strong a momentum must be to flip a weight, at least 0
 * @param biasRate the learning rate of the biases, which then stays the same during the training; 0 for γ
 */
public record Bop(float threshold, float biasRate) implements Optimizer {
    /**
     * The published setting: τ = 10⁻⁸, and biases at a rate of 0.01. With it go a learning rate γ of 10⁻⁴ and
     * {@link Decay#DEFAULT}.
     */
    public static final Bop PUBLISHED = new Bop(1e-8f, 0.01f);

    /** @throws IllegalArgumentException where a number is out of its range */
    public Bop {
        NumberRange.NOT_NEGATIVE.require("bop", "threshold", threshold);
        NumberRange.NOT_NEGATIVE.require("bop", "biasRate", biasRate);
    }

    /** Bop whose biases have γ as their learning rate. */
    public Bop(float threshold) {
        this(threshold, 0);
    }

    /** Bop with the threshold that suits a kind of gradients: 10⁻⁶ where they are real, 10⁻³ where they are signs. */
    public static Bop suiting(GradientKind gradients) {
        return new Bop(gradients == GradientKind.SIGN ? 1e-3f : 1e-6f);
    }

    @Override
    public String name() {
        return "bop";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Optimizer.super.numbers();
        numbers.put("threshold", threshold);
        numbers.put("biasRate", biasRate);
        return numbers;
    }

    @Override
    public Operation update(Program program, WeightUpdate update) {
        ElementType weightType = update.weights().type();
        Buffer momentum = update.state(program, ".momentum",
                weightType == ElementType.BITS ? ElementType.FLOAT16 : weightType);
        return UpdateOperations.bop(update.name() + ".bop", update.weights(), momentum, update.gradient(),
                update.scale(),
                threshold, update.clock());
    }

    @Override
    public BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        return new ByteMomentum(program, update).flipWeights(threshold);
    }

    @Override
    public boolean latentWeights() {
        return false;
    }

    /** γ is the part of a gradient in an average. */
    @Override
    public float largestLearningRate() {
        return 1;
    }

    @Override
    public Optimizer forBiases() {
        return Adam.DEFAULT;
    }

    @Override
    public Optional<Float> biasLearningRate() {
        return biasRate > 0 ? Optional.of(biasRate) : Optional.empty();
    }

    @Override
    public float learningRate(GradientKind gradients, boolean stateInBytes) {
        return 3e-3f;
    }
}
