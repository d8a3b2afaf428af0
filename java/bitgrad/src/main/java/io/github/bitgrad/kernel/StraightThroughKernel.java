package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_approximate_sign_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The backward pass of signs: {@code bitgrad.h}, "Straight-through estimator". */
public final class StraightThroughKernel {
    private StraightThroughKernel() {
    }

    /**
     * {@code bg_straight_through}: gradient = 0 where |x| &gt; limit, float32 both, by ranges of elements.
     *
     * @param limit a positive number
     */
    public static RangeCall straightThrough(Matrix x, float limit, Matrix gradient) {
        Operands operands = new Operands("straight_through");
        operands.read("x", x, FLOAT32, x.rows(), x.columns());
        operands.write("gradient", gradient, FLOAT32, x.rows(), x.columns());
        return RangeCall.of("straight_through", x.elements(), operands,
                (begin, end) -> Bitgrad.bg_straight_through(x.segment(), limit, gradient.segment(), begin, end));
    }

    /**
     * {@code bg_approximate_sign}: gradient = gradient · (2 − 2 |x|) where |x| ≤ 1, and 0 elsewhere, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param x float32 or float16 [rows, columns]
     * @param gradient float32 [rows, channels]
     * @param first where the channels begin among the columns of x
     */
    public static RangeCall approximateSign(Arena arena, Matrix x, Matrix gradient, long first) {
        Operands operands = new Operands("approximate_sign");
        operands.read("x", x);
        operands.write("gradient", gradient, FLOAT32, x.rows(), gradient.columns());
        MemorySegment arguments = bg_approximate_sign_operands.allocate(arena);
        bg_approximate_sign_operands.type(arguments, Kernels.code(x.type()));
        bg_approximate_sign_operands.x(arguments, x.segment());
        Operands.tile(bg_approximate_sign_operands.tile(arguments), x, first, gradient.columns());
        bg_approximate_sign_operands.gradient(arguments, gradient.segment());
        return RangeCall.of("approximate_sign", x.rows(), operands,
                (begin, end) -> Bitgrad.bg_approximate_sign(arguments, begin, end));
    }
}
