package io.github.bitgrad.train;

import java.util.function.Consumer;

/**
 * Keeps the network of the epoch that had the best test accuracy, and may end a training that does not improve any more
 * (early stopping). Call it from the listener of a training that is tested after every epoch, with a part of the
 * training images that it does not train on ({@link io.github.bitgrad.data.Dataset#split}): chosen by the images that a
 * network is tested with at the end, it would seem better than it is.
 *
 * {@snippet :
 * trainer.train(parts.train(), parts.test(), new BestNetwork(trainer, Trainer::keep, 5));
 * trainer.saveKept(file);
 * }
 *
 * <p>
 * It also works where a training is resumed, because the trainer knows the results of earlier epochs, and the file of the
 * training has the network that {@link Trainer#keep} kept. If a listener of yours saves the training when an epoch has
 * ended, let it call this one before.
 */
public final class BestNetwork implements TrainingListener {
    private final Trainer trainer;
    private final Consumer<Trainer> keep;
    private final int patience;

    /**
     * @param keep is called after each epoch that was better than all epochs before, to keep or save the network
     * @param patience the number of epochs without a better one after which the training is stopped, at least 1;
     *            {@link Integer#MAX_VALUE} for a training that is never stopped
     */
    public BestNetwork(Trainer trainer, Consumer<Trainer> keep, int patience) {
        if (patience < 1) {
            throw new IllegalArgumentException("The patience must be at least 1, but is %s.".formatted(patience));
        }
        this.trainer = trainer;
        this.keep = keep;
        this.patience = patience;
    }

    @Override
    public void resumed(int epochs, long step, long steps) {
        stopWithoutPatience();
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        if (trainer.epochsSinceBest() == 0) {
            keep.accept(trainer);
        }
        stopWithoutPatience();
    }

    private void stopWithoutPatience() {
        if (trainer.epochsSinceBest() >= patience) {
            trainer.stop();
        }
    }
}
