package io.github.bitgrad.layer;

/**
 * What a layer adds to the paper's model of training memory (Wang et al., table 2), for one image.
 *
 * @param kept the number of values that are kept from the forward pass to the backward pass
 * @param output the number of values of a product's output; the model uses only the largest of a network
 * @param weights the number of weights of a product
 * @param channels the number of channels that are normalised
 * @param pooled the number of values that are pooled
 */
public record PaperTerms(long kept, long output, long weights, long channels, long pooled) {
    /** The terms of a layer that the model does not know. */
    public static final PaperTerms NONE = new PaperTerms(0, 0, 0, 0, 0);

    /** The terms of two layers together. */
    public PaperTerms and(PaperTerms other) {
        return new PaperTerms(kept + other.kept, Math.max(output, other.output), weights + other.weights,
                channels + other.channels, pooled + other.pooled);
    }
}
