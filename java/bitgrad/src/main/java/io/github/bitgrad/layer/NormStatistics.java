package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Bias;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.tensor.ElementType;

/** The statistics and the biases of a batch normalisation, each float32 [1, channels]. */
final class NormStatistics {
    private final StepBuilder step;
    final Bias beta;
    final Statistics batch;
    final Statistics running;

    NormStatistics(StepBuilder step, long channels) {
        this.step = step;
        beta = step.bias(".beta", channels);
        batch = new Statistics(step.perChannel(".mean", channels), step.perChannel(".deviation", channels));
        running = new Statistics(persistent(".runningMean", channels), persistent(".runningDeviation", channels));
    }

    private Buffer persistent(String suffix, long channels) {
        return step.persistent(suffix, Variable.OTHER, ElementType.FLOAT32, 1, channels);
    }

    /**
     * Adds the operations that move the running averages, which inference uses, towards the statistics of the batch.
     */
    void follow() {
        follow(batch.mean(), running.mean());
        follow(batch.deviation(), running.deviation());
    }

    private void follow(Buffer value, Buffer average) {
        step.train(BatchNormOperations.movingAverage(average.name(), value, average, step.clock()));
    }
}
