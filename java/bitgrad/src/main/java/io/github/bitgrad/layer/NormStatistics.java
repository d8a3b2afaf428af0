package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Bias;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
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

    /**
     * @param input what is normalised
     * @param channels the number of its channels
     */
    NormStatistics(StepBuilder step, Edge input, long channels) {
        this.step = step;
        refuseSingleValues(input.shape());
        beta = step.bias(".beta", channels);
        batch = new Statistics(step.perChannel(".mean", channels), step.perChannel(".deviation", channels));
        running = new Statistics(persistent(".runningMean", channels), persistent(".runningDeviation", channels));
    }

    /** A single value is its own mean, so whatever it is, nothing remains of it but the bias. */
    private void refuseSingleValues(ImageShape shape) {
        if (step.batch() * shape.height() * shape.width() == 1) {
            step.refuseTraining(("With a batch of 1, the batch normalisation of %s has only one value for each channel "
                    + "and turns it into the channel's bias, whatever the value is, so nothing can be learned; train "
                    + "with a batch of at least 2.").formatted(step.name("")));
        }
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
