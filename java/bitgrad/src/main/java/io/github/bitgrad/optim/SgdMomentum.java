package io.github.bitgrad.optim;

import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.UpdateOperations;
import java.util.SequencedMap;

/**
 * Stochastic gradient descent with momentum.
 *
 * @param momentum the part of the momentum that each step keeps, from 0 and below 1
 */
public record SgdMomentum(float momentum) implements Optimizer {
    /** The usual number: 0.9. */
    public static final SgdMomentum DEFAULT = new SgdMomentum(0.9f);

    /** @throws IllegalArgumentException where the momentum is out of its range */
    public SgdMomentum {
        NumberRange.FRACTION.require("sgdm", "momentum", momentum);
    }

    @Override
    public String name() {
        return "sgdm";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Optimizer.super.numbers();
        numbers.put("momentum", momentum);
        return numbers;
    }

    @Override
    public Operation update(Program program, WeightUpdate update) {
        return UpdateOperations.sgdMomentum(update.name() + ".sgdm", update.weights(),
                update.state(program, ".momentum"),
                update.gradient(), new UpdateOperations.MomentumNumbers(update.scale(), momentum, update.limit()),
                update.clock());
    }

    @Override
    public BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        return new ByteMomentum(program, update).moveWeights(update.clock()::rate, momentum, 1);
    }

    @Override
    public float learningRate(GradientKind gradients, boolean stateInBytes) {
        return gradients == GradientKind.SIGN ? 1e-2f : 4;
    }
}
