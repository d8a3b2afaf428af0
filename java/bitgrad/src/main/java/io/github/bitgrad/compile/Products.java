package io.github.bitgrad.compile;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Isa;

/** What computes the products of binary layers, and with them how activations are stored. */
public enum Products {
    /** Kernels on packed bits. Activations are stored as bits, and batch normalisation uses mean absolute values. */
    BITS,
    /** OpenBLAS, on float32. Activations are stored as float32, and batch normalisation uses mean squares. */
    BLAS;

    /**
     * Loads what computes the products, so that a missing library is reported before memory is taken.
     *
     * @throws io.github.bitgrad.BitgradException if a library cannot be loaded; the message says why and what to do
     */
    public void requireAvailable() {
        Isa.selected();
        if (this == BLAS) {
            Blas.library();
        }
    }
}
