package io.github.bitgrad.infer;

/**
 * How well a network did on a data set.
 *
 * @param accuracy the fraction of images whose class it told, 0 to 1
 * @param loss the mean cross-entropy, in nats
 */
public record Evaluation(double accuracy, double loss) {
}
