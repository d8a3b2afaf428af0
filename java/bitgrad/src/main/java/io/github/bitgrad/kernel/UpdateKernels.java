package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * The kernels of {@code bitgrad.h} that update weights whose state takes a byte an element, checked as {@link Kernels}
 * are. Momentum is int8 [rows, columns] with scales float32 [rows, {@link #blocks blocks}]; the gradient holds the rows
 * of the call and no others.
 */
public final class UpdateKernels {
    static {
        Isa.selected();
    }

    private UpdateKernels() {
    }

    /** Scales in a row of momenta: one for each 256 neighbours. */
    public static long blocks(long columns) {
        return Math.ceilDiv(columns, Bitgrad.BG_STATE_BLOCK());
    }

    /**
     * {@code bg_update_int8}: m = decay · m + gain · g, w = clip(w − steps[row / taps] · m), then both are rounded to
     * bytes, w stochastically. weights and momentum int8 [rows, columns], scales float32 [rows, blocks], gradient
     * float32 or bits [rowEnd − rowBegin, columns], steps float32 [⌈rows / taps⌉].
     *
     * <p>
     * With decay = β₁, gain = 1 − β₁ and the steps of {@link #updateSteps} this is Adam with one second moment a
     * channel. With signs for gradients, g = ±c with c = gradientScale, it is Adam itself without any: v after t steps
     * is (1 − β₂) c² (1 + β₂ + … + β₂<sup>t − 1</sup>) = (1 − β₂<sup>t</sup>) c², whatever the signs were, so that the
     * corrected v is c² and Adam's step rate · m̂ / (c + ε): steps = rate · momentumCorrection / (c + ε), the same for
     * all weights whose c is the same in all steps.
     */
    public static void updateInt8(MemorySegment weights, MemorySegment momentum, MemorySegment scales,
            ElementType gradientType, MemorySegment gradient, float gradientScale, long columns, long taps,
            MemorySegment steps, float decay, float gain, int seed, long rowBegin, long rowEnd) {
        String name = "update_int8";
        Operands.outputMatrix(name, "weights", weights, INT8, rowEnd, columns);
        momentumAndGradient(name, momentum, scales, gradientType, gradient, columns, rowBegin, rowEnd);
        Operands.vector(name, "steps", steps, FLOAT32, taps > 0 ? Math.ceilDiv(rowEnd, taps) : 0);
        Kernels.check(name, Bitgrad.bg_update_int8(weights, momentum, scales, Kernels.code(gradientType), gradient,
                gradientScale, columns, taps, steps, decay, gain, seed, rowBegin, rowEnd));
    }

    /**
     * {@code bg_update_steps}: v = β₂ · v + (1 − β₂) · mean(g²) over a channel's gradients, steps = rate ·
     * momentumCorrection / (√(v · secondMomentCorrection) + ε). gradient float32 [channelEnd − channelBegin, fanIn],
     * secondMoment (v) and steps float32 [channels].
     */
    public static void updateSteps(MemorySegment gradient, float gradientScale, MemorySegment secondMoment,
            MemorySegment steps, long fanIn, float rate, float beta2, float epsilon, float momentumCorrection,
            float secondMomentCorrection, long channelBegin, long channelEnd) {
        String name = "update_steps";
        Operands.outputVector(name, "second_moment", secondMoment, FLOAT32, channelEnd);
        Operands.outputVector(name, "steps", steps, FLOAT32, channelEnd);
        Operands.matrix(name, "gradient", gradient, FLOAT32, Kernels.length(channelBegin, channelEnd), fanIn);
        Kernels.check(name, Bitgrad.bg_update_steps(gradient, gradientScale, secondMoment, steps, fanIn, rate, beta2,
                epsilon, momentumCorrection, secondMomentCorrection, channelBegin, channelEnd));
    }

    /**
     * {@code bg_update_bop_int8}: m = (1 − adaptivity) · m + adaptivity · g; a weight flips where |m| &gt; threshold and
     * its sign is that of m. weights bits [rows, columns], momentum int8 [rows, columns], scales float32 [rows, blocks],
     * gradient float32 or bits [rowEnd − rowBegin, columns].
     */
    public static void updateBopInt8(MemorySegment weights, MemorySegment momentum, MemorySegment scales,
            ElementType gradientType, MemorySegment gradient, float gradientScale, long columns, float adaptivity,
            float threshold, long rowBegin, long rowEnd) {
        String name = "update_bop_int8";
        Operands.outputMatrix(name, "weights", weights, BITS, rowEnd, columns);
        momentumAndGradient(name, momentum, scales, gradientType, gradient, columns, rowBegin, rowEnd);
        Kernels.check(name, Bitgrad.bg_update_bop_int8(weights, momentum, scales, Kernels.code(gradientType), gradient,
                gradientScale, columns, adaptivity, threshold, rowBegin, rowEnd));
    }

    private static void momentumAndGradient(String name, MemorySegment momentum, MemorySegment scales,
            ElementType gradientType, MemorySegment gradient, long columns, long rowBegin, long rowEnd) {
        Operands.outputMatrix(name, "momentum", momentum, INT8, rowEnd, columns);
        Operands.outputMatrix(name, "scales", scales, FLOAT32, rowEnd, blocks(columns));
        Operands.matrix(name, "gradient", gradient, gradientType, Kernels.length(rowBegin, rowEnd), columns);
    }
}
