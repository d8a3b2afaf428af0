package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** The straight-through estimator: {@code bitgrad.h}, "Straight-through estimator". */
public final class StraightThroughKernel {
    private StraightThroughKernel() {
    }

    /** {@code bg_straight_through}: gradient = 0 where |x| &gt; 1, float32 both, by ranges of elements. */
    public static RangeCall straightThrough(Matrix x, Matrix gradient) {
        Operands operands = new Operands("straight_through");
        operands.read("x", x, FLOAT32, x.rows(), x.columns());
        operands.write("gradient", gradient, FLOAT32, x.rows(), x.columns());
        return RangeCall.of("straight_through", x.elements(), operands,
                (begin, end) -> Bitgrad.bg_straight_through(x.segment(), gradient.segment(), begin, end));
    }
}
