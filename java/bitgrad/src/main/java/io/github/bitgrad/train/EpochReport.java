package io.github.bitgrad.train;

import io.github.bitgrad.Evaluation;
import java.util.Optional;

/**
 * How an epoch of a training went.
 *
 * @param epoch its number, from 1
 * @param steps how many steps the training has taken since it began
 * @param trainLoss the mean loss over all images of the epoch, in nats for cross-entropy
 * @param trainAccuracy the fraction of the epoch's images that were classified correctly in their steps, 0 to 1
 * @param learningRate the learning rate of the epoch's last step
 * @param seconds how long the steps of the epoch took
 * @param flips how many binary weights changed their sign over the epoch; empty if the network has none, or if the
 *            training was continued from a file that was saved within the epoch
 * @param test how the network did on the test images after the epoch; empty if the training has none
 */
public record EpochReport(int epoch, long steps, double trainLoss, double trainAccuracy, double learningRate,
        double seconds, Optional<Flips> flips, Optional<Evaluation> test) {
}
