package io.github.bitgrad.data;

/**
 * How a network for samples of some kind is trained, where nobody says it: a network, and settings that have proved
 * themselves for such samples with the algorithm {@code lean}.
 *
 * @param network the network as text, as {@code NetworkText} reads it
 * @param epochs passes over the training samples, at least 1
 * @param batch samples in a step, at least 1
 */
public record Recipe(String network, int epochs, int batch) {
    /** After so many samples, seen in all epochs together, there is hardly anything left to learn. */
    private static final int SEEN = 200_000;
    private static final int FEWEST_EPOCHS = 10;
    /** From so many samples on, larger steps learn as well, and take less time. */
    private static final int MANY = 5000;
    private static final int BATCH_OF_MANY = 100;

    /** @throws IllegalArgumentException where a number is out of its range */
    public Recipe {
        if (epochs < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "A recipe must have at least 1 epoch and batches of at least 1, not %s and %s."
                            .formatted(epochs, batch));
        }
    }

    /**
     * A copy for a number of samples: of many, fewer epochs do, in larger batches, and a batch has at most all samples.
     *
     * @param samples the number of training samples, at least 1
     */
    public Recipe forSamples(int samples) {
        int larger = samples > MANY ? Math.max(batch, BATCH_OF_MANY) : batch;
        return new Recipe(network, Math.min(epochs, Math.max(FEWEST_EPOCHS, SEEN / samples)),
                Math.min(larger, samples));
    }
}
