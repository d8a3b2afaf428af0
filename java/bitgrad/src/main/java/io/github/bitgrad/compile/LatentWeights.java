package io.github.bitgrad.compile;

import io.github.bitgrad.optim.Optimizer;

/**
 * What the latent weights of a binary product are like, of which the product uses the signs.
 *
 * <p>
 * If weights are scaled, the product multiplies by α · sgn(w), where α is the mean of |w| over the latent weights w of an
 * output channel (XNOR-Net, Rastegari et al., arXiv 1603.05279; Bi-Real Net, Liu et al., arXiv 1808.00278). Batch
 * normalisation must take the sums, directly or after max pooling. The backward pass treats α as a constant, as the
 * code of Bi-Real Net does: the gradient at the input goes through α · sgn(w), and the gradient of a latent weight is
 * that of its sign times α. The gradient of α itself is left out, because it is 0 but for the epsilon of batch
 * normalisation, which takes a factor of its input away. For this reason, training with scaled weights also differs from
 * training without them only as far as this epsilon matters.
 *
 * @param clip the limit of latent weights, in multiples of the usual one ({@link Optimizer#LATENT_LIMIT},
 *            {@link Optimizer#BYTE_LIMIT}): a positive number, usually 1
 * @param scaled whether the signs of a channel are multiplied by the mean magnitude of its latent weights. The optimizer
 *            must have latent weights
 */
public record LatentWeights(double clip, boolean scaled) {
    /** The usual limit, and signs that are not multiplied. */
    public static final LatentWeights USUAL = new LatentWeights(1, false);

    /** Latent weights with another limit. */
    public LatentWeights withClip(double limit) {
        return new LatentWeights(limit, scaled);
    }

    /** Latent weights by whose mean magnitude signs are multiplied. */
    public LatentWeights withScale() {
        return new LatentWeights(clip, true);
    }
}
