package io.github.bitgrad.compile;

/** What computes the products of binary layers, and with them how activations are stored. */
public enum Products {
    /** Kernels on packed bits. Activations are stored as bits, and batch normalisation uses mean absolute values. */
    BITS,
    /** OpenBLAS, on float32. Activations are stored as float32, and batch normalisation uses mean squares. */
    BLAS
}
