package io.github.bitgrad.kernel;

/**
 * The numbers that normalise a layer, one for each channel: x = (y − mean) / deviation + beta.
 *
 * @param mean float32 [1, channels]
 * @param deviation float32 [1, channels], positive
 * @param beta float32 [1, channels]: the bias
 */
public record Normalisation(Matrix mean, Matrix deviation, Matrix beta) {
    /** Checks the numbers of so many channels. */
    void check(Operands operands, long channels) {
        operands.readChannels("mean", mean, channels);
        operands.readChannels("deviation", deviation, channels);
        operands.readChannels("beta", beta, channels);
    }
}
