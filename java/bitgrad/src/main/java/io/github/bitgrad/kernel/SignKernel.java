package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.lang.foreign.MemorySegment;

/** Signs of numbers: {@code bitgrad.h}, "Signs". */
public final class SignKernel {
    private SignKernel() {
    }

    /** {@code bg_sign}: signs = sgn(values), float32 both, by ranges of elements; signs may be values. */
    public static RangeCall sign(Matrix values, Matrix signs) {
        Operands operands = new Operands("sign");
        operands.read("values", values, FLOAT32, values.rows(), values.columns());
        operands.write("signs", signs, FLOAT32, values.rows(), values.columns());
        return RangeCall.of("sign", values.elements(), operands,
                (begin, end) -> Bitgrad.bg_sign(values.segment(), signs.segment(), begin, end));
    }

    /** {@code bg_sign_pack}: bits = sgn(values) of float32, float16 or int8, by ranges of rows. */
    public static RangeCall pack(Matrix values, Matrix bits) {
        Operands operands = new Operands("sign_pack");
        operands.read("values", values);
        operands.write("bits", bits, BITS, values.rows(), values.columns());
        return pack(operands, values, bits, MemorySegment.NULL);
    }

    /** The same, and straightThrough = (|values| ≤ 1), bits too: where a gradient passes the signs. */
    public static RangeCall pack(Matrix values, Matrix bits, Matrix straightThrough) {
        Operands operands = new Operands("sign_pack");
        operands.read("values", values);
        operands.write("bits", bits, BITS, values.rows(), values.columns());
        operands.write("straight_through", straightThrough, BITS, values.rows(), values.columns());
        return pack(operands, values, bits, straightThrough.segment());
    }

    private static RangeCall pack(Operands operands, Matrix values, Matrix bits, MemorySegment straightThrough) {
        int type = Kernels.code(values.type());
        return RangeCall.of("sign_pack", values.rows(), operands, (begin, end) -> Bitgrad.bg_sign_pack(type,
                values.segment(), values.columns(), bits.segment(), straightThrough, begin, end));
    }
}
