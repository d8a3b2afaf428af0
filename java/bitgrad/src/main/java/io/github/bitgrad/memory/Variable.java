package io.github.bitgrad.memory;

/** The variables of a training step as the paper names them (Wang et al., table 2). Reports of memory use them. */
public enum Variable {
    /**
     * The inputs of layers, kept from the forward to the backward pass, and the bits that the straight-through
     * estimator needs.
     */
    X("X"),
    /** The output of a layer before batch normalisation (Y), and the gradient at the layer's input (∂X). */
    DXY("dXY"),
    /** The gradient at the output of a layer (∂Y). */
    DY("dY"),
    /** Weights: the latent weights, and their signs. */
    W("W"),
    /** Gradients of weights (∂W). */
    DW("dW"),
    /** The state of the optimizer. */
    MOMENTA("momenta"),
    /** For each window of max pooling, which of its elements was the largest. */
    POOL_MASKS("poolMasks"),
    /**
     * Statistics and biases of batch normalisation, labels, losses, and operands in the special layout that a product
     * needs.
     */
    OTHER("other");

    private final String label;

    Variable(String label) {
        this.label = label;
    }

    /** The key in reports. */
    public String label() {
        return label;
    }
}
