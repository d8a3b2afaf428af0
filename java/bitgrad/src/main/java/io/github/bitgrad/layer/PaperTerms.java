package io.github.bitgrad.layer;

/**
 * What a layer adds to the paper's model of training memory (Wang et al., table 2), for one image. A layer has one kind of
 * terms; those of all layers together ({@link #and}) are those of the network.
 *
 * @param binary binary products
 * @param real products of real numbers, such as the first layer and the shortcuts of a residual network
 * @param channels the number of channels that are normalised, or have a bias
 * @param pooled the number of values that are pooled
 */
public record PaperTerms(Products binary, Products real, long channels, long pooled) {
    /**
     * Products of one kind.
     *
     * @param inputs the number of values of all inputs together
     * @param outputs the number of values of all outputs together
     * @param weights the number of weights
     * @param largestInput the number of values of the largest input
     * @param largestOutput the number of values of the largest output
     */
    public record Products(long inputs, long outputs, long weights, long largestInput, long largestOutput) {
        static final Products NONE = new Products(0, 0, 0, 0, 0);

        /** One product. */
        static Products of(long inputs, long outputs, long weights) {
            return new Products(inputs, outputs, weights, inputs, outputs);
        }

        Products and(Products other) {
            return new Products(inputs + other.inputs, outputs + other.outputs, weights + other.weights,
                    Math.max(largestInput, other.largestInput), Math.max(largestOutput, other.largestOutput));
        }
    }

    /** The terms of a layer that the model does not know. */
    public static final PaperTerms NONE = new PaperTerms(Products.NONE, Products.NONE, 0, 0);

    /** The terms of a binary product with so many inputs, outputs and weights. */
    public static PaperTerms binary(long inputs, long outputs, long weights) {
        return new PaperTerms(Products.of(inputs, outputs, weights), Products.NONE, 0, 0);
    }

    /** The terms of a product of real numbers with so many inputs, outputs, weights and biases. */
    public static PaperTerms real(long inputs, long outputs, long weights, long biases) {
        return new PaperTerms(Products.NONE, Products.of(inputs, outputs, weights), biases, 0);
    }

    /** The terms of the normalisation of so many channels. */
    public static PaperTerms normalised(long channels) {
        return new PaperTerms(Products.NONE, Products.NONE, channels, 0);
    }

    /** The terms of max pooling of so many values. */
    public static PaperTerms pooled(long values) {
        return new PaperTerms(Products.NONE, Products.NONE, 0, values);
    }

    /** The terms of two layers together. */
    public PaperTerms and(PaperTerms other) {
        return new PaperTerms(binary.and(other.binary), real.and(other.real), channels + other.channels,
                pooled + other.pooled);
    }

    /** The number of values of the largest input of a product. */
    public long largestInput() {
        return Math.max(binary.largestInput, real.largestInput);
    }

    /** The number of values of the largest output of a product. */
    public long largestOutput() {
        return Math.max(binary.largestOutput, real.largestOutput);
    }
}
