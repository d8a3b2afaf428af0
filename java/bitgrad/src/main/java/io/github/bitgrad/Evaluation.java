package io.github.bitgrad;

/**
 * The result of testing a network on a data set.
 *
 * @param accuracy the fraction of images that the network classified correctly, from 0 to 1
 * @param loss the mean loss over all images; with the default loss, the cross-entropy in nats
 */
public record Evaluation(double accuracy, double loss) {
}
