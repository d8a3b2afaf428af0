package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.cblas.Cblas;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Products of float32 matrices by OpenBLAS, one thread a call. OpenBLAS is loaded at the first call, so programs that
 * never multiply floats do not need it. Each method throws a {@link io.github.bitgrad.BitgradException} with one
 * sentence if OpenBLAS cannot be loaded.
 */
public final class Blas {
    private Blas() {
    }

    /**
     * C = op(A) op(B), or C += op(A) op(B), row-major, with op the identity or the transpose.
     *
     * @param transposeA whether A is stored [k, m]; else [m, k]
     * @param transposeB whether B is stored [n, k]; else [k, n]
     * @param m rows of C
     * @param n columns of C
     * @param k what is summed over
     * @param a A, float32
     * @param strideA elements from one stored row of A to the next
     * @param b B, float32
     * @param strideB elements from one stored row of B to the next
     * @param c C [m, n], float32
     * @param strideC elements from one row of C to the next
     * @param accumulate whether the product is added to what C holds, which else is overwritten
     */
    public static void sgemm(boolean transposeA, boolean transposeB, int m, int n, int k, MemorySegment a, int strideA,
            MemorySegment b, int strideB, MemorySegment c, int strideC, boolean accumulate) {
        Natives.openBlas();
        operand("a", a, transposeA ? k : m, transposeA ? m : k, strideA);
        operand("b", b, transposeB ? n : k, transposeB ? k : n, strideB);
        operand("c", c, m, n, strideC);
        Operands.outputVector("sgemm", "c", c, FLOAT32, 0);
        Cblas.cblas_sgemm(Cblas.CblasRowMajor(), transposition(transposeA), transposition(transposeB), m, n, k, 1.0f, a,
                strideA, b, strideB, accumulate ? 1.0f : 0.0f, c, strideC);
    }

    private static int transposition(boolean transposed) {
        return transposed ? Cblas.CblasTrans() : Cblas.CblasNoTrans();
    }

    /** OpenBLAS ends the process on wrong sizes, so none may reach it. The last row need not fill its stride. */
    private static void operand(String name, MemorySegment segment, int rows, int columns, int stride) {
        if (rows <= 0 || columns <= 0 || stride < columns) {
            throw new IllegalArgumentException("sgemm: %s cannot have the shape [%s, %s] with rows %s elements apart."
                    .formatted(name, rows, columns, stride));
        }
        Operands.vector("sgemm", name, segment, FLOAT32, (rows - 1L) * stride + columns);
    }

    /** The file from which OpenBLAS was loaded. */
    public static Path library() {
        return Natives.openBlas();
    }

    /** The version of OpenBLAS and how it was built, as it says itself. */
    public static String version() {
        Natives.openBlas();
        return Cblas.openblas_get_config().getString(0).strip();
    }

    /** The processor core that OpenBLAS chose its kernels for. */
    public static String core() {
        Natives.openBlas();
        return Cblas.openblas_get_corename().getString(0);
    }
}
