package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Bias;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.WeightScalesOperations;
import io.github.bitgrad.tensor.ElementType;
import java.util.Optional;

/**
 * The statistics and the biases of a batch normalisation, each float32 [1, channels]. A training step normalises by the
 * statistics of its batch. Inference normalises by the means of such statistics over some batches of training images,
 * which are measured when training ends or is interrupted to use the network. They are not averages that follow the
 * training: signs of weights flip in every step, so such averages describe networks that are gone.
 */
final class NormStatistics {
    private final StepBuilder step;
    /** The factors of what is normalised, if they are not multiplied yet: float32 [1, channels]. */
    private final Optional<Buffer> scales;
    final Bias beta;
    final Statistics batch;
    final Statistics running;

    /**
     * @param input what is normalised
     * @param channels the number of its channels
     */
    NormStatistics(StepBuilder step, Edge input, long channels) {
        this.step = step;
        scales = input.value() instanceof Value.ScaledSums(_, Buffer factors) ? Optional.of(factors) : Optional.empty();
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

    /** The factors of a tile of what is normalised, if they are not multiplied yet: float32 [1, channels of the tile]. */
    Optional<Buffer> scales(Tile tile) {
        return scales.map(tile::of);
    }

    /**
     * Adds the operation that makes the deviation of a tile of sums, by absolute values, that of scaled sums
     * ({@link WeightScalesOperations}), if they are scaled.
     */
    void scaleEpsilon(Tile tile) {
        scales(tile).ifPresent(factors -> step.train(WeightScalesOperations.scaleEpsilon(
                step.name(".forward.deviation.scaled" + tile.suffix()), factors, tile.of(batch.deviation()))));
    }

    /** Adds the operation that makes the deviation of sums, by squares, that of scaled sums, if they are scaled. */
    void scaleEpsilonOfSquares() {
        scales.ifPresent(factors -> step.train(WeightScalesOperations.scaleEpsilonOfSquares(
                step.name(".forward.deviation.scaled"), factors, batch.deviation())));
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
