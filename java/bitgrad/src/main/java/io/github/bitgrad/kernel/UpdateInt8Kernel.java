package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_update_bop_int8_operands;
import io.github.bitgrad.bindings.kernels.bg_update_int8_operands;
import io.github.bitgrad.bindings.kernels.bg_update_steps_operands;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Updates of weights whose state takes a byte an element: {@code bitgrad.h}, "Weight updates with state in bytes". The
 * gradient is given to each run and holds the rows of its range and no others, float32 or signs as bits.
 */
public final class UpdateInt8Kernel {
    private UpdateInt8Kernel() {
    }

    /** Scales in a row of momenta: one for each block of neighbours. */
    public static long blocks(long columns) {
        return Math.ceilDiv(columns, Bitgrad.BG_STATE_BLOCK());
    }

    /**
     * A momentum in bytes.
     *
     * @param values int8 [rows, columns]
     * @param scales float32 [rows, {@link #blocks blocks}]
     */
    public record Momentum(Matrix values, Matrix scales) {
        private void check(Operands operands, Matrix weights) {
            operands.write("momentum", values, INT8, weights.rows(), weights.columns());
            operands.write("scales", scales, FLOAT32, weights.rows(), blocks(weights.columns()));
        }
    }

    /**
     * How a momentum follows the gradient: m = decay · m + gain · gradientScale · gradient.
     *
     * @param gradientType float32 or bits
     */
    public record Rule(ElementType gradientType, float gradientScale, float decay, float gain) {
    }

    /**
     * {@code bg_update_int8}: m follows the rule, then w = clip(w − steps[row / taps] · m); then both are rounded to
     * bytes, w at random.
     *
     * <p>
     * With decay = β₁, gain = 1 − β₁ and the steps of {@link #steps} this is Adam with one second moment per channel.
     * Where gradients are signs, g = ±c with c = gradientScale, it is Adam itself, without any second moment: v after t
     * steps is (1 − β₂) c² (1 + β₂ + … + β₂<sup>t − 1</sup>) = (1 − β₂<sup>t</sup>) c², whatever the signs were. So the
     * corrected v is c², and Adam's step is rate · m̂ / (c + ε): steps = rate · momentumCorrection / (c + ε), for all
     * weights whose c is the same in all steps.
     *
     * @param arena of the native arguments
     * @param weights int8 [rows, columns]
     * @param taps rows for each output channel
     * @param steps float32 [1, ⌈rows / taps⌉]
     */
    public static Weights weights(Arena arena, Matrix weights, Momentum momentum, long taps, Matrix steps, Rule rule) {
        Operands operands = new Operands("update_int8");
        operands.write("weights", weights, INT8, weights.rows(), weights.columns());
        momentum.check(operands, weights);
        operands.readChannels("steps", steps, taps > 0 ? Math.ceilDiv(weights.rows(), taps) : steps.columns());
        MemorySegment arguments = bg_update_int8_operands.allocate(arena);
        bg_update_int8_operands.weights(arguments, weights.segment());
        bg_update_int8_operands.momentum(arguments, momentum.values().segment());
        bg_update_int8_operands.scales(arguments, momentum.scales().segment());
        bg_update_int8_operands.gradient_type(arguments, Kernels.code(rule.gradientType()));
        bg_update_int8_operands.gradient_scale(arguments, rule.gradientScale());
        bg_update_int8_operands.columns(arguments, weights.columns());
        bg_update_int8_operands.taps(arguments, taps);
        bg_update_int8_operands.steps(arguments, steps.segment());
        bg_update_int8_operands.decay(arguments, rule.decay());
        bg_update_int8_operands.gain(arguments, rule.gain());
        return new Weights(operands, weights, rule.gradientType(), arguments);
    }

    /** An update of latent weights in bytes, with its operands. */
    public static final class Weights extends BlockCall {
        private final MemorySegment arguments;

        private Weights(Operands operands, Matrix weights, ElementType gradientType, MemorySegment arguments) {
            super("update_int8", operands, weights.rows(), weights.columns(), gradientType);
            this.arguments = arguments;
        }

        /**
         * Runs the kernel on rows [begin, end). Allocates nothing.
         *
         * @param gradient of these rows, [end − begin, columns]
         * @param seed of stochastic rounding
         */
        public void run(MemorySegment gradient, int seed, long begin, long end) {
            requireBlock(gradient, begin, end);
            check(Bitgrad.bg_update_int8(arguments, gradient, seed, begin, end));
        }
    }

    /**
     * {@code bg_update_steps}: v = β₂ · v + (1 − β₂) · mean(g²) over a channel's gradients, steps = rate ·
     * momentumCorrection / (√(v · secondMomentCorrection) + ε).
     *
     * @param arena of the native arguments
     * @param secondMoment v, float32 [1, channels]
     * @param steps float32 [1, channels]
     * @param fanIn gradients of a channel
     */
    public static Steps steps(Arena arena, Matrix secondMoment, Matrix steps, long fanIn, float gradientScale,
            float beta2, float epsilon) {
        Operands operands = new Operands("update_steps");
        operands.writeChannels("second_moment", secondMoment, steps.columns());
        operands.writeChannels("steps", steps, steps.columns());
        MemorySegment arguments = bg_update_steps_operands.allocate(arena);
        bg_update_steps_operands.gradient_scale(arguments, gradientScale);
        bg_update_steps_operands.second_moment(arguments, secondMoment.segment());
        bg_update_steps_operands.steps(arguments, steps.segment());
        bg_update_steps_operands.fan_in(arguments, fanIn);
        bg_update_steps_operands.beta2(arguments, beta2);
        bg_update_steps_operands.epsilon(arguments, epsilon);
        return new Steps(operands, steps.columns(), fanIn, arguments);
    }

    /** Adam's steps by channel, with their operands. */
    public static final class Steps extends BlockCall {
        private final MemorySegment arguments;

        private Steps(Operands operands, long channels, long fanIn, MemorySegment arguments) {
            super("update_steps", operands, channels, fanIn, FLOAT32);
            this.arguments = arguments;
        }

        /**
         * Runs the kernel on channels [begin, end). Allocates nothing.
         *
         * @param gradient of these channels, float32 [end − begin, fanIn]
         * @param rate the learning rate
         * @param momentumCorrection 1 / (1 − β₁ᵗ) in step t
         * @param secondMomentCorrection 1 / (1 − β₂ᵗ) in step t
         */
        public void run(MemorySegment gradient, float rate, float momentumCorrection, float secondMomentCorrection,
                long begin, long end) {
            requireBlock(gradient, begin, end);
            check(Bitgrad.bg_update_steps(arguments, gradient, rate, momentumCorrection, secondMomentCorrection, begin,
                    end));
        }
    }

    /**
     * {@code bg_update_bop_int8}: m = (1 − adaptivity) · m + adaptivity · g; a weight flips where |m| &gt; threshold
     * and its sign is that of m.
     *
     * @param arena of the native arguments
     * @param weights bits [rows, columns]
     * @param gradientType float32 or bits
     */
    public static Flips bop(Arena arena, Matrix weights, Momentum momentum, ElementType gradientType,
            float gradientScale, float threshold) {
        Operands operands = new Operands("update_bop_int8");
        operands.write("weights", weights, BITS, weights.rows(), weights.columns());
        momentum.check(operands, weights);
        MemorySegment arguments = bg_update_bop_int8_operands.allocate(arena);
        bg_update_bop_int8_operands.weights(arguments, weights.segment());
        bg_update_bop_int8_operands.momentum(arguments, momentum.values().segment());
        bg_update_bop_int8_operands.scales(arguments, momentum.scales().segment());
        bg_update_bop_int8_operands.gradient_type(arguments, Kernels.code(gradientType));
        bg_update_bop_int8_operands.gradient_scale(arguments, gradientScale);
        bg_update_bop_int8_operands.columns(arguments, weights.columns());
        bg_update_bop_int8_operands.threshold(arguments, threshold);
        return new Flips(operands, weights, gradientType, arguments);
    }

    /** An update that flips weights, with its operands. */
    public static final class Flips extends BlockCall {
        private final MemorySegment arguments;

        private Flips(Operands operands, Matrix weights, ElementType gradientType, MemorySegment arguments) {
            super("update_bop_int8", operands, weights.rows(), weights.columns(), gradientType);
            this.arguments = arguments;
        }

        /**
         * Runs the kernel on rows [begin, end). Allocates nothing.
         *
         * @param gradient of these rows, [end − begin, columns]
         * @param adaptivity how fast the momentum follows the gradient, in [0, 1]
         */
        public void run(MemorySegment gradient, float adaptivity, long begin, long end) {
            requireBlock(gradient, begin, end);
            check(Bitgrad.bg_update_bop_int8(arguments, gradient, adaptivity, begin, end));
        }
    }

    /** A call whose gradient is given to each run. */
    private abstract static class BlockCall extends KernelCall {
        private final String operation;
        private final long rows;
        private final long columns;
        private final ElementType gradientType;

        BlockCall(String operation, Operands operands, long rows, long columns, ElementType gradientType) {
            super(operation, operands.segments());
            this.operation = operation;
            this.rows = rows;
            this.columns = columns;
            this.gradientType = gradientType;
        }

        /** Checks the operands of a run. */
        final void requireBlock(MemorySegment gradient, long begin, long end) {
            requireAlive();
            requireRange(begin, end, rows);
            Operands.matrix(operation, "gradient", gradient, gradientType, end - begin, columns);
        }
    }
}
