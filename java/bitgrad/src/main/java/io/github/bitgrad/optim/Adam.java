package io.github.bitgrad.optim;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.Averages;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.UpdateOperations;
import java.util.SequencedMap;

/**
 * Adam (Kingma and Ba, arXiv 1412.6980).
 *
 * @param beta1 the part of the momentum that each step keeps, from 0 and below 1
 * @param beta2 the part of the second moment that each step keeps, from 0 and below 1
 * @param epsilon what is added to the root of the second moment, above 0
 */
public record Adam(float beta1, float beta2, float epsilon) implements Optimizer {
    /** The usual numbers: β₁ = 0.9, β₂ = 0.999, and the ε of Keras, 10⁻⁷. */
    public static final Adam DEFAULT = new Adam(0.9f, 0.999f, 1e-7f);

    /** @throws IllegalArgumentException where a number is out of its range */
    public Adam {
        NumberRange.FRACTION.require("adam", "beta1", beta1);
        NumberRange.FRACTION.require("adam", "beta2", beta2);
        NumberRange.POSITIVE.require("adam", "epsilon", epsilon);
    }

    @Override
    public String name() {
        return "adam";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Optimizer.super.numbers();
        numbers.put("beta1", beta1);
        numbers.put("beta2", beta2);
        numbers.put("epsilon", epsilon);
        return numbers;
    }

    @Override
    public Operation update(Program program, WeightUpdate update) {
        Buffer momentum = update.state(program, ".momentum");
        Buffer secondMoment = update.state(program, ".secondMoment");
        return UpdateOperations.adam(update.name() + ".adam", update.weights(), momentum, secondMoment,
                update.gradient(),
                new UpdateOperations.AdamNumbers(update.scale(), beta1, beta2, epsilon, update.limit()),
                update.clock());
    }

    /**
     * Keeps one second moment for each output channel, or none at all, in place of one for each weight. Where gradients
     * are signs times a constant c, the second moment after t steps is (1 − β₂ᵗ) c², so its corrected value is c² in
     * every step: Adam always divides by c + ε, and nothing need be kept. Where gradients are real, the second moment
     * is that of their mean square over all weights of the channel.
     */
    @Override
    public BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        ByteMomentum momentum = new ByteMomentum(program, update);
        return switch (update.gradients()) {
            case SIGN ->
                momentum.moveWeights(() -> update.clock().rate() * Averages.correction(beta1, update.clock().step())
                        / (update.scale() + epsilon), beta1, 1 - beta1);
            case REAL, FLOAT16 -> momentum.moveWeightsByAdam(this);
        };
    }

    @Override
    public int momenta() {
        return 2;
    }

    @Override
    public float learningRate(GradientKind gradients, boolean stateInBytes) {
        return gradients == GradientKind.SIGN || stateInBytes ? 3e-3f : 1e-3f;
    }
}
