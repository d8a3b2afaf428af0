package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;

/** Batch normalisation by squares, on float32. Its output is kept, because the backward pass is computed from it. */
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
        step.train(
                BatchNormOperations.statisticsL2(step.name(".forward.statistics"), y, batch.mean(), batch.deviation()));
        statistics.measure();
        String name = step.name(".forward.normalise");
        Buffer beta = statistics.beta.values();
        step.train(BatchNormOperations.normalise(name, y, batch.mean(), batch.deviation(), beta, x));
        step.infer(BatchNormOperations.normalise(name, y, statistics.running.mean(), statistics.running.deviation(),
                beta, x));
        return new Form.Values(x, false);
    }

    private void backward(ChannelSource gradient) {
        input.gradient(new Whole(channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.ownGradient(gradient.whole(Want.REAL).values());
                step.train(BatchNormOperations.normaliseBackwardL2(step.name(".backward.normalise"), values, x,
                        statistics.beta.values(), statistics.batch.deviation(), statistics.beta.gradient()));
                statistics.beta.update();
                return new Form.Values(values, true);
            }
        });
    }
}
