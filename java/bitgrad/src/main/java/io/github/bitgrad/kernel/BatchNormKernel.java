package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_apply_operands;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_backward_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Batch normalisation whose results are kept: {@code bitgrad.h}, "Batch normalisation". */
public final class BatchNormKernel {
    private BatchNormKernel() {
    }

    /** {@code bg_batch_norm_statistics_l2}: mean and deviation [1, channels] of y [rows, channels], float32 all. */
    public static RangeCall statisticsL2(Matrix y, Matrix mean, Matrix deviation) {
        Operands operands = new Operands("batch_norm_statistics_l2");
        operands.read("y", y, FLOAT32, y.rows(), y.columns());
        operands.writeChannels("mean", mean, y.columns());
        operands.writeChannels("deviation", deviation, y.columns());
        return RangeCall.of("batch_norm_statistics_l2", y.columns(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_statistics_l2(y.segment(), y.rows(), y.columns(), mean.segment(),
                        deviation.segment(), begin, end));
    }

    /**
     * {@code bg_batch_norm_apply}: x float32 [rows, channels] of y int16 or float32 [rows, channels], by ranges of
     * rows; x may be y.
     *
     * @param arena of the native arguments
     */
    public static RangeCall apply(Arena arena, Matrix y, Normalisation normalisation, Matrix x) {
        Operands operands = new Operands("batch_norm_apply");
        operands.read("y", y);
        normalisation.check(operands, y.columns());
        operands.write("x", x, FLOAT32, y.rows(), y.columns());
        MemorySegment arguments = bg_batch_norm_apply_operands.allocate(arena);
        bg_batch_norm_apply_operands.type(arguments, Kernels.code(y.type()));
        bg_batch_norm_apply_operands.y(arguments, y.segment());
        bg_batch_norm_apply_operands.channels(arguments, y.columns());
        bg_batch_norm_apply_operands.mean(arguments, normalisation.mean().segment());
        bg_batch_norm_apply_operands.deviation(arguments, normalisation.deviation().segment());
        bg_batch_norm_apply_operands.beta(arguments, normalisation.beta().segment());
        bg_batch_norm_apply_operands.x(arguments, x.segment());
        return RangeCall.of("batch_norm_apply", y.rows(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_apply(arguments, begin, end));
    }

    /**
     * {@code bg_batch_norm_backward_l2}, by ranges of channels.
     *
     * @param arena of the native arguments
     * @param gradient float32 [rows, channels]: at x, then at y
     * @param x float32 [rows, channels]
     * @param beta float32 [1, channels]; likewise deviation and betaGradient
     */
    public static RangeCall backwardL2(Arena arena, Matrix gradient, Matrix x, Matrix beta, Matrix deviation,
            Matrix betaGradient) {
        Operands operands = new Operands("batch_norm_backward_l2");
        MemorySegment arguments = backward(arena, operands, gradient, x, beta, deviation, betaGradient);
        return RangeCall.of("batch_norm_backward_l2", x.columns(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_backward_l2(arguments, begin, end));
    }

    /** {@code bg_batch_norm_backward_l1}: operands as of {@link #backwardL2}. */
    public static RangeCall backwardL1(Arena arena, Matrix gradient, Matrix x, Matrix beta, Matrix deviation,
            Matrix betaGradient) {
        Operands operands = new Operands("batch_norm_backward_l1");
        MemorySegment arguments = backward(arena, operands, gradient, x, beta, deviation, betaGradient);
        return RangeCall.of("batch_norm_backward_l1", x.columns(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_backward_l1(arguments, begin, end));
    }

    private static MemorySegment backward(Arena arena, Operands operands, Matrix gradient, Matrix x, Matrix beta,
            Matrix deviation, Matrix betaGradient) {
        operands.write("gradient", gradient, FLOAT32, x.rows(), x.columns());
        operands.read("x", x, FLOAT32, x.rows(), x.columns());
        operands.readChannels("beta", beta, x.columns());
        operands.readChannels("deviation", deviation, x.columns());
        operands.writeChannels("beta_gradient", betaGradient, x.columns());
        MemorySegment arguments = bg_batch_norm_backward_operands.allocate(arena);
        bg_batch_norm_backward_operands.gradient(arguments, gradient.segment());
        bg_batch_norm_backward_operands.x(arguments, x.segment());
        bg_batch_norm_backward_operands.rows(arguments, x.rows());
        bg_batch_norm_backward_operands.channels(arguments, x.columns());
        bg_batch_norm_backward_operands.beta(arguments, beta.segment());
        bg_batch_norm_backward_operands.deviation(arguments, deviation.segment());
        bg_batch_norm_backward_operands.beta_gradient(arguments, betaGradient.segment());
        return arguments;
    }

    /** {@code bg_moving_average}: average = decay · average + (1 − decay) · values, float32 both, of one shape. */
    public static MovingAverage movingAverage(Matrix values, Matrix average) {
        Operands operands = new Operands("moving_average");
        operands.read("values", values, FLOAT32, values.rows(), values.columns());
        operands.write("average", average, FLOAT32, values.rows(), values.columns());
        return new MovingAverage(operands, values, average);
    }

    /** A moving average with its operands. */
    public static final class MovingAverage extends KernelCall {
        private final Matrix values;
        private final Matrix average;

        private MovingAverage(Operands operands, Matrix values, Matrix average) {
            super("moving_average", operands.segments());
            this.values = values;
            this.average = average;
        }

        /**
         * Runs the kernel on elements [begin, end). Allocates nothing.
         *
         * @param decay what the average keeps, in [0, 1]
         */
        public void run(float decay, long begin, long end) {
            requireAlive();
            requireRange(begin, end, values.elements());
            check(Bitgrad.bg_moving_average(values.segment(), average.segment(), decay, begin, end));
        }
    }
}
