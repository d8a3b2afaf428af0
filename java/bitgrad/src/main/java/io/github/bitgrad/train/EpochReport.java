package io.github.bitgrad.train;

/**
 * What an epoch came to.
 *
 * @param epoch from 1
 * @param steps taken since the training began
 * @param trainLoss the mean cross-entropy over its steps, in nats
 * @param trainAccuracy the fraction of its images that were told right while training, 0 to 1
 * @param learningRate of its last step
 * @param seconds that its steps took
 */
public record EpochReport(int epoch, long steps, double trainLoss, double trainAccuracy, double learningRate,
        double seconds) {
}
