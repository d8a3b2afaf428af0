package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** Sums of two operands: {@code bitgrad.h}, "Sums". */
public final class AddKernel {
    private AddKernel() {
    }

    /** {@code bg_add}: sum = a + b, float32 or float16 all, by ranges of elements; sum may be a or b. */
    public static RangeCall add(Matrix a, Matrix b, Matrix sum) {
        Operands operands = new Operands("add");
        operands.read("a", a);
        operands.read("b", b, a.type(), a.rows(), a.columns());
        operands.write("sum", sum, a.type(), a.rows(), a.columns());
        int type = Kernels.code(a.type());
        return RangeCall.of("add", a.elements(), operands,
                (begin, end) -> Bitgrad.bg_add(type, a.segment(), b.segment(), sum.segment(), begin, end));
    }
}
