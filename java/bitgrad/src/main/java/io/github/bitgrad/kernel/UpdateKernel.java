package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_update_adam_operands;
import io.github.bitgrad.bindings.kernels.bg_update_bop_operands;
import io.github.bitgrad.bindings.kernels.bg_update_momentum_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Updates of weights, by ranges of rows: {@code bitgrad.h}, "Weight updates". Weights, state and gradient are [rows,
 * columns]; the gradient is float32, or its signs as bits.
 */
public final class UpdateKernel {
    private UpdateKernel() {
    }

    /**
     * The numbers of Adam.
     *
     * @param beta1 what the momentum keeps in each step
     * @param beta2 what the second moment keeps in each step
     * @param epsilon added to the root of the second moment
     * @param limit what weights are clipped to
     */
    public record AdamNumbers(float beta1, float beta2, float epsilon, float limit) {
    }

    /**
     * {@code bg_update_adam}.
     *
     * @param arena of the native arguments
     * @param weights float32 or float16; momentum and secondMoment are of their type
     * @param gradientScale what the gradient is multiplied with
     */
    public static Adam adam(Arena arena, Matrix weights, Matrix momentum, Matrix secondMoment, Matrix gradient,
            float gradientScale, AdamNumbers numbers) {
        Operands operands = new Operands("update_adam");
        operands.write("weights", weights);
        operands.write("momentum", momentum, weights.type(), weights.rows(), weights.columns());
        operands.write("second_moment", secondMoment, weights.type(), weights.rows(), weights.columns());
        operands.read("gradient", gradient, gradient.type(), weights.rows(), weights.columns());
        MemorySegment arguments = bg_update_adam_operands.allocate(arena);
        bg_update_adam_operands.state_type(arguments, Kernels.code(weights.type()));
        bg_update_adam_operands.weights(arguments, weights.segment());
        bg_update_adam_operands.momentum(arguments, momentum.segment());
        bg_update_adam_operands.second_moment(arguments, secondMoment.segment());
        bg_update_adam_operands.gradient_type(arguments, Kernels.code(gradient.type()));
        bg_update_adam_operands.gradient(arguments, gradient.segment());
        bg_update_adam_operands.gradient_scale(arguments, gradientScale);
        bg_update_adam_operands.columns(arguments, weights.columns());
        bg_update_adam_operands.beta1(arguments, numbers.beta1());
        bg_update_adam_operands.beta2(arguments, numbers.beta2());
        bg_update_adam_operands.epsilon(arguments, numbers.epsilon());
        bg_update_adam_operands.limit(arguments, numbers.limit());
        return new Adam(operands, weights.rows(), arguments);
    }

    /** An update by Adam, with its operands. */
    public static final class Adam extends KernelCall {
        private final long rows;
        private final MemorySegment arguments;

        private Adam(Operands operands, long rows, MemorySegment arguments) {
            super("update_adam", operands.segments());
            this.rows = rows;
            this.arguments = arguments;
            run(0, 1, 1, 0, 0); // what the function refuses is refused now
        }

        /**
         * Runs the kernel on rows [begin, end). Allocates nothing.
         *
         * @param rate the learning rate
         * @param momentumCorrection 1 / (1 − β₁ᵗ) in step t
         * @param secondMomentCorrection 1 / (1 − β₂ᵗ) in step t
         */
        public void run(float rate, float momentumCorrection, float secondMomentCorrection, long begin, long end) {
            requireAlive();
            requireRange(begin, end, rows);
            check(Bitgrad.bg_update_adam(arguments, rate, momentumCorrection, secondMomentCorrection, begin, end));
        }
    }

    /**
     * {@code bg_update_momentum}.
     *
     * @param arena of the native arguments
     * @param weights float32 or float16; momentum is of their type
     * @param gradientScale what the gradient is multiplied with
     * @param decay what the momentum keeps in each step
     * @param limit what weights are clipped to
     */
    public static RateCall momentum(Arena arena, Matrix weights, Matrix momentum, Matrix gradient, float gradientScale,
            float decay, float limit) {
        Operands operands = new Operands("update_momentum");
        operands.write("weights", weights);
        operands.write("momentum", momentum, weights.type(), weights.rows(), weights.columns());
        operands.read("gradient", gradient, gradient.type(), weights.rows(), weights.columns());
        MemorySegment arguments = bg_update_momentum_operands.allocate(arena);
        bg_update_momentum_operands.state_type(arguments, Kernels.code(weights.type()));
        bg_update_momentum_operands.weights(arguments, weights.segment());
        bg_update_momentum_operands.momentum(arguments, momentum.segment());
        bg_update_momentum_operands.gradient_type(arguments, Kernels.code(gradient.type()));
        bg_update_momentum_operands.gradient(arguments, gradient.segment());
        bg_update_momentum_operands.gradient_scale(arguments, gradientScale);
        bg_update_momentum_operands.columns(arguments, weights.columns());
        bg_update_momentum_operands.decay(arguments, decay);
        bg_update_momentum_operands.limit(arguments, limit);
        return new RateCall("update_momentum", weights.rows(), operands,
                (rate, begin, end) -> Bitgrad.bg_update_momentum(arguments, rate, begin, end));
    }

    /**
     * {@code bg_update_bop}; its rate is the adaptivity.
     *
     * @param arena of the native arguments
     * @param weights signs, as bits or as float32
     * @param momentum float32 or float16
     * @param gradientScale what the gradient is multiplied with
     * @param threshold how strong a momentum must be to flip a weight
     */
    public static RateCall bop(Arena arena, Matrix weights, Matrix momentum, Matrix gradient, float gradientScale,
            float threshold) {
        Operands operands = new Operands("update_bop");
        operands.write("weights", weights);
        operands.write("momentum", momentum, momentum.type(), weights.rows(), weights.columns());
        operands.read("gradient", gradient, gradient.type(), weights.rows(), weights.columns());
        MemorySegment arguments = bg_update_bop_operands.allocate(arena);
        bg_update_bop_operands.weight_type(arguments, Kernels.code(weights.type()));
        bg_update_bop_operands.weights(arguments, weights.segment());
        bg_update_bop_operands.momentum_type(arguments, Kernels.code(momentum.type()));
        bg_update_bop_operands.momentum(arguments, momentum.segment());
        bg_update_bop_operands.gradient_type(arguments, Kernels.code(gradient.type()));
        bg_update_bop_operands.gradient(arguments, gradient.segment());
        bg_update_bop_operands.gradient_scale(arguments, gradientScale);
        bg_update_bop_operands.columns(arguments, weights.columns());
        bg_update_bop_operands.threshold(arguments, threshold);
        return new RateCall("update_bop", weights.rows(), operands,
                (rate, begin, end) -> Bitgrad.bg_update_bop(arguments, rate, begin, end));
    }

    /** An update by a rate, with its operands. */
    public static final class RateCall extends KernelCall {
        /** What calls a native function on a range. */
        private interface Native {
            int call(float rate, long begin, long end);
        }

        private final long rows;
        private final Native function;

        private RateCall(String operation, long rows, Operands operands, Native function) {
            super(operation, operands.segments());
            this.rows = rows;
            this.function = function;
            run(0, 0, 0); // what the function refuses is refused now
        }

        /** Runs the kernel on rows [begin, end), with the rate of the step. Allocates nothing. */
        public void run(float rate, long begin, long end) {
            requireAlive();
            requireRange(begin, end, rows);
            check(function.call(rate, begin, end));
        }
    }
}
