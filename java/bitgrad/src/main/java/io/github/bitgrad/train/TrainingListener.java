package io.github.bitgrad.train;

/**
 * Is told how a training goes, by the training's own thread, which waits until each of these methods returns. Each
 * method may use the trainer: test the network, save it, stop the training or close the trainer.
 */
public interface TrainingListener {
    /**
     * A training begins, or goes on after an interruption. Is called before all other methods.
     *
     * @param steps how many steps it will have taken when it ends
     */
    default void begun(long steps) {
        // most listeners ignore it
    }

    /**
     * A training that was interrupted is being continued. Is called after {@link #begun}, before the first step.
     *
     * @param epochs how many epochs the training had finished
     * @param step the number of the last step that it had taken
     * @param steps how many steps it will have taken when it ends, those before the interruption included
     */
    default void resumed(int epochs, long step, long steps) {
        // most listeners ignore it
    }

    /**
     * A step has ended.
     *
     * @param step its number, from 1
     * @param steps how many steps the training will have taken when it ends
     * @param loss the mean loss over the images of the step's batch, in nats for cross-entropy
     * @param accuracy the fraction of the batch that was classified correctly, 0 to 1
     * @param nanoseconds how long the step took, waiting for its batch included
     */
    default void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
        // most listeners ignore it
    }

    /**
     * An epoch has ended, or was cut short by a limit of steps. An epoch that was stopped has not ended; its end is
     * told when the training is resumed.
     */
    default void epochEnded(EpochReport epoch) {
        // some listeners ignore it
    }

    /**
     * The training has ended: after its last step, or because it was stopped ({@link Trainer#stopped}). Is called after
     * all other methods, when the network can be used as after the training. It is not called if the training fails.
     */
    default void ended() {
        // most listeners ignore it
    }
}
