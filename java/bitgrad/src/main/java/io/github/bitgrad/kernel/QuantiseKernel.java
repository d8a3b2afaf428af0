package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** Numbers as integers with one scale: {@code bitgrad.h}, "Quantisation". */
public final class QuantiseKernel {
    private QuantiseKernel() {
    }

    /** {@code bg_quantise}: quantised int8 or int16 = values float32 / scale, and scale float32 [1, 1]. */
    public static WholeCall quantise(Matrix values, Matrix quantised, Matrix scale) {
        Operands operands = new Operands("quantise");
        operands.read("values", values, FLOAT32, values.rows(), values.columns());
        operands.write("quantised", quantised, quantised.type(), values.rows(), values.columns());
        operands.write("scale", scale, FLOAT32, 1, 1);
        int type = Kernels.code(quantised.type());
        return new WholeCall("quantise", operands, () -> Bitgrad.bg_quantise(values.segment(), values.elements(), type,
                quantised.segment(), scale.segment()));
    }
}
