package example;

import io.github.bitgrad.optim.ByteMomentum;
import io.github.bitgrad.optim.ByteWeightUpdate;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.UpdateOperations;
import java.util.SequencedMap;

/** An optimizer of a user's that is built from operations of the library alone: descent with momentum once more. */
record HeavyBall(float friction) implements Optimizer {
    @Override
    public String name() {
        return "heavy-ball";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Optimizer.super.numbers();
        numbers.put("friction", friction);
        return numbers;
    }

    @Override
    public Operation update(Program program, WeightUpdate update) {
        return UpdateOperations.sgdMomentum(update.name() + ".heavyBall", update.weights(),
                update.state(program, ".velocity"), update.gradient(), new UpdateOperations.MomentumNumbers(
                        update.scale(), 1 - friction, update.limit()),
                update.clock());
    }

    @Override
    public BlockUpdate updateByBlocks(Program program, ByteWeightUpdate update) {
        return new ByteMomentum(program, update).moveWeights(update.clock()::rate, 1 - friction, 1);
    }
}
