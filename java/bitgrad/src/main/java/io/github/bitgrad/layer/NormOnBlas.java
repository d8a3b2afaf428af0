package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.BatchNormSignOperations;

/**
 * Batch normalisation on float32, by squares or by absolute values. Its output is kept, because the backward pass is
 * computed from it.
 */
final class NormOnBlas extends ChannelSource.Whole {
    private final StepBuilder step;
    private final Edge input;
    private final ChannelSource source;
    private final NormStatistics statistics;
    private final Buffer x;

    NormOnBlas(StepBuilder step, Edge input, ChannelSource source) {
        super(source.channels());
        this.step = step;
        this.input = input;
        this.source = source;
        statistics = new NormStatistics(step, input, channels());
        x = step.temporary(".output", Variable.X, FLOAT32,
                step.batch() * input.shape().height() * input.shape().width(), channels());
    }

    Forward forward() {
        return new Forward(new Value.Reals(this), this::backward);
    }

    @Override
    protected Form make(Want want) {
        Buffer y = step.float32(source.whole(Want.into(x)).values()).buffer();
        Statistics batch = statistics.batch;
        if (bySquares()) {
            step.train(BatchNormOperations.statisticsL2(step.name(".forward.statistics"), y, batch.mean(),
                    batch.deviation()));
            statistics.scaleEpsilonOfSquares();
        } else {
            BatchNormSignOperations.mean(step.program(), step.name(".forward.mean"), y, batch.mean());
            BatchNormSignOperations.deviation(step.program(), step.name(".forward.deviation"), y, batch.mean(),
                    batch.deviation());
            statistics.scaleEpsilon(Tile.all(channels()));
        }
        statistics.measure();
        String name = step.name(".forward.normalise");
        Buffer beta = statistics.beta.values();
        step.train(BatchNormOperations.normalise(name, y, batch.mean(), batch.deviation(), beta, x));
        step.infer(BatchNormOperations.normalise(name, y, statistics.running.mean(), statistics.running.deviation(),
                beta, x));
        return new Form.Values(x, false);
    }

    private boolean bySquares() {
        return step.policy().normalisation() == Normalisation.L2;
    }

    private void backward(ChannelSource gradient) {
        input.gradientOfLearning(step, new Whole(channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.ownGradient(gradient.whole(Want.REAL).values());
                String name = step.name(".backward.normalise");
                Buffer beta = statistics.beta.values();
                Buffer deviation = statistics.batch.deviation();
                Buffer betaGradient = statistics.beta.gradient();
                step.train(bySquares()
                        ? BatchNormOperations.normaliseBackwardL2(name, values, x, beta, deviation, betaGradient)
                        : BatchNormOperations.normaliseBackwardL1(name, values, x, beta, deviation, betaGradient));
                statistics.beta.update();
                return new Form.Values(values, true);
            }
        });
    }
}
