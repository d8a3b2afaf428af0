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

/**
 * The statistics and the biases of a batch normalisation, each float32 [1, channels]. A training step normalises by the
 * statistics of its batch. Inference normalises by the means of such statistics over some batches of training images,
 * which are measured when training ends or is interrupted to use the network. They are not averages that follow the
 * training: signs of weights flip in every step, so such averages describe networks that are gone.
 */
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

    /** Adds the operations that keep, for inference, the means of the statistics of the batches that are measured. */
    void measure() {
        measure(batch.mean(), running.mean());
        measure(batch.deviation(), running.deviation());
    }

    private void measure(Buffer value, Buffer average) {
        step.measure(BatchNormOperations.mean(average.name(), value, average, step.clock()));
    }
}
