package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;

/** From one element type to another, by ranges of elements: {@code bitgrad.h}, "Conversions". */
public final class ConvertKernel {
    private ConvertKernel() {
    }

    /** {@code bg_float16_to_float32}. */
    public static RangeCall float16ToFloat32(Matrix halves, Matrix values) {
        Operands operands = new Operands("float16_to_float32");
        operands.read("halves", halves, FLOAT16, values.rows(), values.columns());
        operands.write("values", values, FLOAT32, values.rows(), values.columns());
        return RangeCall.of("float16_to_float32", values.elements(), operands,
                (begin, end) -> Bitgrad.bg_float16_to_float32(halves.segment(), values.segment(), begin, end));
    }

    /** {@code bg_float32_to_float16}. */
    public static RangeCall float32ToFloat16(Matrix values, Matrix halves) {
        Operands operands = new Operands("float32_to_float16");
        operands.read("values", values, FLOAT32, values.rows(), values.columns());
        operands.write("halves", halves, FLOAT16, values.rows(), values.columns());
        return RangeCall.of("float32_to_float16", values.elements(), operands,
                (begin, end) -> Bitgrad.bg_float32_to_float16(values.segment(), halves.segment(), begin, end));
    }

    /** {@code bg_bytes_to_float32}: values = bytes · scale + offset. */
    public static RangeCall bytesToFloat32(Matrix bytes, Matrix values, float scale, float offset) {
        Operands operands = new Operands("bytes_to_float32");
        operands.read("bytes", bytes, UINT8, values.rows(), values.columns());
        operands.write("values", values, FLOAT32, values.rows(), values.columns());
        return RangeCall.of("bytes_to_float32", values.elements(), operands, (begin, end) -> Bitgrad
                .bg_bytes_to_float32(bytes.segment(), values.segment(), scale, offset, begin, end));
    }
}
