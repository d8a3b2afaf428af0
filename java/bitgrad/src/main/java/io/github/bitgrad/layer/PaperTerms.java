package io.github.bitgrad.layer;

/**
 * What a layer takes in the paper's model of training memory (Wang et al., table 2), for one image.
 *
 * @param kept values that are kept from the way forward to the way back
 * @param output values of the output of a product; the largest of a network counts
 * @param weights weights of a product
 * @param channels channels that are normalised
 * @param pooled values of which max pooling remembers whether it took them
 */
public record PaperTerms(long kept, long output, long weights, long channels, long pooled) {
    /** A layer that the model has no terms for. */
    public static final PaperTerms NONE = new PaperTerms(0, 0, 0, 0, 0);

    /** Those of two layers together. */
    public PaperTerms and(PaperTerms other) {
        return new PaperTerms(kept + other.kept, Math.max(output, other.output), weights + other.weights,
                channels + other.channels, pooled + other.pooled);
    }
}
