package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.AtSigns;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Batch normalisation of sums on bits, on whole matrices, whose normalised values are always kept as float32:
 * {@link Normalisation#L2} or {@link Normalisation#L1}. Its backward pass is exact.
 */
final class KeptNormOnBits extends NormOnBits {
    private final boolean squares;
    /** The normalised values: float32 [pixels of the batch, channels]. */
    private final Buffer x;

    KeptNormOnBits(StepBuilder step, Edge input, ChannelSource source) {
        super(step, input, source);
        squares = step.policy().normalisation() == Normalisation.L2;
        x = step.temporary(".output", Variable.X, FLOAT32,
                step.batch() * input.shape().height() * input.shape().width(), channels());
    }

    @Override
    Buffer statistics(Tile tile, Form pulled, Statistics batch) {
        Buffer sums = squares ? statisticsBySquares(pulled, batch) : super.statistics(tile, pulled, batch);
        step.train(BatchNormOperations.normalise(step.name(".forward.normalise"), sums, batch.mean(),
                batch.deviation(), statistics.beta.values(), x));
        return sums;
    }

    private Buffer statisticsBySquares(Form pulled, Statistics batch) {
        Buffer sums = pulled.values().buffer();
        step.train(BatchNormOperations.statisticsL2(step.name(".forward.statistics"),
                sums.type() == FLOAT32 ? sums : asFloat32(sums), batch.mean(), batch.deviation()));
        statistics.scaleEpsilonOfSquares();
        return sums;
    }

    /** Integer sums as float32, in the memory of the normalised values, which do not exist yet. */
    private Buffer asFloat32(Buffer sums) {
        Buffer zeros = step.perChannel(".zeros", channels());
        Buffer ones = step.perChannel(".ones", channels());
        String name = step.name(".forward.statistics.float32");
        step.train(ElementwiseOperations.fill(name + ".zeros", zeros, 0));
        step.train(ElementwiseOperations.fill(name + ".ones", ones, 1));
        step.train(BatchNormOperations.normalise(name, sums, zeros, ones, zeros, x));
        return x;
    }

    @Override
    Form.Values normalised(Tile tile, Want want, Form.Values sums, Consumer<Operation> inference) {
        Statistics running = statistics.running;
        inference.accept(BatchNormOperations.normalise(step.name(".forward.normalise"), sums.buffer(), running.mean(),
                running.deviation(), statistics.beta.values(), x));
        return new Form.Values(x, false);
    }

    @Override
    void backward(ChannelSource gradient) {
        input.gradientOfLearning(step, new ChannelSource.Whole(channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.ownGradient(switch (gradient.whole(Want.REAL)) {
                    case AtSigns(Buffer windows, _, _, _, Optional<Form.PooledSigns> pooled) when pooled.isPresent() ->
                        new Form.Values(new GradientSpread(step).overSigns(windows, pooled.get()), true);
                    case AtSigns atSigns -> new Form.Values(atSigns.gradient(), true);
                    case Form other -> other.values();
                });
                String name = step.name(".backward.normalise");
                Buffer deviation = statistics.batch.deviation();
                Buffer beta = statistics.beta.values();
                Buffer betaGradient = statistics.beta.gradient();
                step.train(squares
                        ? BatchNormOperations.normaliseBackwardL2(name, values, x, beta, deviation, betaGradient)
                        : BatchNormOperations.normaliseBackwardL1(name, values, x, beta, deviation, betaGradient));
                statistics.beta.update();
                if (want.spread().isPresent()) {
                    return new SumGradient(new GradientSpread(step).overSums(values, want.spread().get(),
                            step.policy().gradient().type()), Optional.empty(), Optional.empty());
                }
                return new Form.Values(values, true);
            }
        });
    }
}
