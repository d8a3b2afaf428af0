package io.github.bitgrad.memory;

/** The paper's variables of a training step (Wang et al., table 2), by which memory is reported. */
public enum Variable {
    /** Layer inputs, kept from the forward to the backward pass, with what the straight-through estimator needs. */
    X("X"),
    /** The output of a layer before batch normalisation, and the gradient that arrives at its input. */
    DXY("dXY"),
    /** The gradient at a layer's output. */
    DY("dY"),
    /** Weights: latent, and as signs. */
    W("W"),
    /** Weight gradients. */
    DW("dW"),
    /** What the optimizer remembers. */
    MOMENTA("momenta"),
    /** Which element of each window max pooling took. */
    POOL_MASKS("poolMasks"),
    /** Statistics and biases of batch normalisation, labels, losses, and operands in a form that a product wants. */
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
