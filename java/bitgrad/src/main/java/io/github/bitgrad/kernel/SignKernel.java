package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_sign_pack_operands;
import java.lang.foreign.Arena;
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

    /**
     * {@code bg_sign_pack}: bits = sgn(values) of float32, float16 or int8, by ranges of rows.
     *
     * @param arena of the native arguments
     */
    public static RangeCall pack(Arena arena, Matrix values, Matrix bits) {
        Operands operands = new Operands("sign_pack");
        operands.read("values", values);
        operands.write("bits", bits, BITS, values.rows(), values.columns());
        return pack(arguments(arena, values, bits, 0, 1), operands, values, MemorySegment.NULL);
    }

    /**
     * {@code bg_sign_pack}: bits = sgn(values), and straightThrough = (|values| ≤ limit), bits too: where a gradient
     * passes the signs. By ranges of rows.
     *
     * @param arena of the native arguments
     * @param values float32, float16 or int8 [rows, channels]
     * @param limit a positive number
     * @param bits [rows, columns]
     * @param straightThrough bits [rows, columns]
     * @param first where the channels begin among the columns of the bits
     */
    public static RangeCall pack(Arena arena, Matrix values, float limit, Matrix bits, Matrix straightThrough,
            long first) {
        Operands operands = new Operands("sign_pack");
        operands.read("values", values);
        operands.write("bits", bits, BITS, values.rows(), bits.columns());
        operands.write("straight_through", straightThrough, BITS, values.rows(), bits.columns());
        return pack(arguments(arena, values, bits, first, limit), operands, values, straightThrough.segment());
    }

    private static MemorySegment arguments(Arena arena, Matrix values, Matrix bits, long first, float limit) {
        MemorySegment arguments = bg_sign_pack_operands.allocate(arena);
        bg_sign_pack_operands.type(arguments, Kernels.code(values.type()));
        bg_sign_pack_operands.values(arguments, values.segment());
        Operands.tile(bg_sign_pack_operands.tile(arguments), bits, first, values.columns());
        bg_sign_pack_operands.limit(arguments, limit);
        bg_sign_pack_operands.bits(arguments, bits.segment());
        return arguments;
    }

    private static RangeCall pack(MemorySegment arguments, Operands operands, Matrix values,
            MemorySegment straightThrough) {
        bg_sign_pack_operands.straight_through(arguments, straightThrough);
        return RangeCall.of("sign_pack", values.rows(), operands,
                (begin, end) -> Bitgrad.bg_sign_pack(arguments, begin, end));
    }
}
