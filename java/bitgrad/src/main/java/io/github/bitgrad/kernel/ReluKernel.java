package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_prelu_backward_operands;
import io.github.bitgrad.bindings.kernels.bg_prelu_operands;
import io.github.bitgrad.bindings.kernels.bg_relu_backward_operands;
import io.github.bitgrad.bindings.kernels.bg_relu_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Rectified values: {@code bitgrad.h}, "Rectified values". */
public final class ReluKernel {
    private ReluKernel() {
    }

    /**
     * {@code bg_relu} without bits, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param x int16 or float32 [rows, channels]
     * @param y float32 [rows, channels]; may be x
     */
    public static RangeCall relu(Arena arena, Matrix x, Matrix y) {
        MemorySegment arguments = bg_relu_operands.allocate(arena);
        Operands.tile(bg_relu_operands.tile(arguments), y, 0, x.columns());
        return relu(arguments, new Operands("relu"), x, y, MemorySegment.NULL);
    }

    /**
     * {@code bg_relu}, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param x int16 or float32 [rows, channels]
     * @param y float32 [rows, channels]; may be x
     * @param positive bits [rows, columns]
     * @param first where the channels begin among the columns of positive
     */
    public static RangeCall relu(Arena arena, Matrix x, Matrix y, Matrix positive, long first) {
        Operands operands = new Operands("relu");
        operands.write("positive", positive, BITS, x.rows(), positive.columns());
        MemorySegment arguments = bg_relu_operands.allocate(arena);
        Operands.tile(bg_relu_operands.tile(arguments), positive, first, x.columns());
        return relu(arguments, operands, x, y, positive.segment());
    }

    private static RangeCall relu(MemorySegment arguments, Operands operands, Matrix x, Matrix y,
            MemorySegment positive) {
        operands.read("x", x);
        operands.write("y", y, FLOAT32, x.rows(), x.columns());
        bg_relu_operands.type(arguments, Kernels.code(x.type()));
        bg_relu_operands.x(arguments, x.segment());
        bg_relu_operands.y(arguments, y.segment());
        bg_relu_operands.positive(arguments, positive);
        return RangeCall.of("relu", x.rows(), operands, (begin, end) -> Bitgrad.bg_relu(arguments, begin, end));
    }

    /**
     * {@code bg_relu_backward}, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param gradient float32 [rows, channels]
     * @param positive bits [rows, columns]
     * @param first where the channels begin among the columns of positive
     * @param result float32 [rows, channels]; may be gradient
     */
    public static RangeCall backward(Arena arena, Matrix gradient, Matrix positive, long first, Matrix result) {
        Operands operands = new Operands("relu_backward");
        operands.read("gradient", gradient, FLOAT32, gradient.rows(), gradient.columns());
        operands.read("positive", positive, BITS, gradient.rows(), positive.columns());
        operands.write("result", result, FLOAT32, gradient.rows(), gradient.columns());
        MemorySegment arguments = bg_relu_backward_operands.allocate(arena);
        bg_relu_backward_operands.gradient(arguments, gradient.segment());
        bg_relu_backward_operands.positive(arguments, positive.segment());
        Operands.tile(bg_relu_backward_operands.tile(arguments), positive, first, gradient.columns());
        bg_relu_backward_operands.result(arguments, result.segment());
        return RangeCall.of("relu_backward", gradient.rows(), operands,
                (begin, end) -> Bitgrad.bg_relu_backward(arguments, begin, end));
    }

    /**
     * {@code bg_prelu}, by ranges of rows.
     *
     * @param arena of the native arguments
     * @param x int16 or float32 [rows, channels]
     * @param slopes float32 [1, channels]
     * @param y float32 [rows, channels]; may be x
     */
    public static RangeCall prelu(Arena arena, Matrix x, Matrix slopes, Matrix y) {
        Operands operands = new Operands("prelu");
        operands.read("x", x);
        operands.readChannels("slopes", slopes, x.columns());
        operands.write("y", y, FLOAT32, x.rows(), x.columns());
        MemorySegment arguments = bg_prelu_operands.allocate(arena);
        bg_prelu_operands.type(arguments, Kernels.code(x.type()));
        bg_prelu_operands.x(arguments, x.segment());
        bg_prelu_operands.slopes(arguments, slopes.segment());
        bg_prelu_operands.channels(arguments, x.columns());
        bg_prelu_operands.y(arguments, y.segment());
        return RangeCall.of("prelu", x.rows(), operands, (begin, end) -> Bitgrad.bg_prelu(arguments, begin, end));
    }

    /**
     * {@code bg_prelu_backward}, by ranges of channels.
     *
     * @param arena of the native arguments
     * @param x int16 or float32 [rows, channels]
     * @param slopes float32 [1, channels]
     * @param gradient float32 [rows, channels]
     * @param result float32 [rows, channels]; may be gradient
     * @param slopeGradient float32 [1, channels]: written
     */
    public static RangeCall preluBackward(Arena arena, Matrix x, Matrix slopes, Matrix gradient, Matrix result,
            Matrix slopeGradient) {
        Operands operands = new Operands("prelu_backward");
        operands.read("x", x);
        operands.readChannels("slopes", slopes, x.columns());
        operands.read("gradient", gradient, FLOAT32, x.rows(), x.columns());
        operands.write("result", result, FLOAT32, x.rows(), x.columns());
        operands.writeChannels("slope_gradient", slopeGradient, x.columns());
        MemorySegment arguments = bg_prelu_backward_operands.allocate(arena);
        bg_prelu_backward_operands.type(arguments, Kernels.code(x.type()));
        bg_prelu_backward_operands.x(arguments, x.segment());
        bg_prelu_backward_operands.slopes(arguments, slopes.segment());
        bg_prelu_backward_operands.gradient(arguments, gradient.segment());
        bg_prelu_backward_operands.rows(arguments, x.rows());
        bg_prelu_backward_operands.channels(arguments, x.columns());
        bg_prelu_backward_operands.result(arguments, result.segment());
        bg_prelu_backward_operands.slope_gradient(arguments, slopeGradient.segment());
        return RangeCall.of("prelu_backward", x.columns(), operands,
                (begin, end) -> Bitgrad.bg_prelu_backward(arguments, begin, end));
    }
}
