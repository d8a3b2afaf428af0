package io.github.bitgrad.train;

/** Is told how a training goes, in its thread; what it does takes the training's time. */
public interface TrainingListener {
    /**
     * Before all else where a training is continued.
     *
     * @param epochs that it had finished
     * @param step the last that it had taken
     * @param steps that the training will take, those before included
     */
    default void resumed(int epochs, long step, long steps) {
        // of no interest to most
    }

    /**
     * After each step.
     *
     * @param step from 1
     * @param steps that the training will take
     * @param loss the mean cross-entropy of the step's batch, in nats
     * @param accuracy the fraction of the batch that was told right, 0 to 1
     * @param nanoseconds that the step took, with waiting for its batch
     */
    default void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
        // of no interest to most
    }

    /** After each epoch; also after one that was cut short by a limit of steps. */
    default void epochEnded(EpochReport epoch) {
        // of no interest to some
    }
}
