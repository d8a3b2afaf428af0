package io.github.bitgrad.compile;

/** What computes the products of binary layers. */
public enum Products {
    /** Kernels on packed bits. Activations are bits too, and normalised by absolute values. */
    BITS,
    /** OpenBLAS, on float32. Activations are float32 too, and normalised by squares. */
    BLAS
}
