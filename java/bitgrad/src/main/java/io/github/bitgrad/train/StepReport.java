package io.github.bitgrad.train;

/**
 * How one step went.
 *
 * @param loss the mean loss over the images of the batch, in nats for cross-entropy
 * @param accuracy the fraction of the batch that was classified correctly before the step changed the weights, 0 to 1
 */
public record StepReport(double loss, double accuracy) {
}
