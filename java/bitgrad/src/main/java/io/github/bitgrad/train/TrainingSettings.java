package io.github.bitgrad.train;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.optim.Schedule;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a network is trained: all that the result depends on, beside the data set. {@link Trainer#of} begins to make one.
 *
 * @param step the settings that a step is compiled from
 * @param epochs passes over the training images, at least 1
 * @param mostSteps the number of steps, at least 1, after which training ends even within an epoch; empty where there
 *            is no limit
 * @param learningRate the learning rate to start from, above 0
 * @param schedule how the learning rate changes during the training
 * @param beginning the first weights, and what is known of earlier trainings
 * @param augmentation how training images are changed at random; empty for what suits the data set
 * @param seed the number that all that is random follows from
 * @param statisticsBatches on how many batches at most the statistics of normalisation are measured before the network is
 *            used or saved, at least 1
 */
public record TrainingSettings(StepSettings step, int epochs, OptionalLong mostSteps, float learningRate,
        Schedule schedule, Beginning beginning, Optional<Augmentation> augmentation, long seed,
        int statisticsBatches) {
    /** How the images of a data set are changed at random before the network learns from them. */
    public Augmentation augmentation(Dataset dataset) {
        return augmentation.orElse(dataset.augmentation());
    }

    /** Whether the learning rate depends on how the network is tested after each epoch. */
    public boolean followsTests() {
        return schedule.start(learningRate, 1).followsTests();
    }

    /**
     * Finds out, before any memory is taken, whether the schedule has what it follows.
     *
     * @param tests whether the network is tested after every epoch
     * @throws IllegalArgumentException where it is not tested, but the schedule follows the results of tests
     */
    public void requireTests(boolean tests) {
        if (followsTests() && !tests) {
            throw new IllegalArgumentException(
                    ("The schedule %s follows the accuracy on test images, and this training has none; give it test "
                            + "images, or choose another schedule, such as %s.")
                            .formatted(schedule.name(), Schedule.LOSS_PLATEAU.name()));
        }
    }

    /**
     * Finds out, before any memory is taken, whether a data set fills a batch.
     *
     * @throws IllegalArgumentException where it has fewer images
     */
    public void requireBatchIn(Dataset dataset) {
        if (dataset.size() < step.newImages()) {
            throw new IllegalArgumentException(
                    "A batch of %s is larger than data set %s, which has %s images; choose a smaller batch."
                            .formatted(step.newImages(), dataset.name(), dataset.size()));
        }
    }
}
