package io.github.bitgrad.optim;

import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.UpdateInt8Kernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What an optimizer remembers of a layer's weights in bytes: a momentum of int8 with a scale for each short block. */
final class ByteState {
    /** What the momentum is multiplied with before it is subtracted from the weights of each channel. */
    private interface Steps {
        /** Fills the steps of channels [begin, end) of this gradient, in units of {@link Optimizer#BYTE_LIMIT}. */
        void fill(MemorySegment gradient, long begin, long end);
    }

    /** A step that is the same for all channels. */
    interface Step {
        float now();
    }

    private final Program program;
    private final String name;
    private final Buffer weights;
    private final long taps;
    private final ElementType gradientType;
    private final float scale;
    private final int layer;
    private final Progress progress;
    private final Buffer momentum;
    private final Buffer scales;

    /** The parameters are those of {@link Optimizer#updateBytes}. */
    ByteState(Program program, String name, Buffer weights, long taps, boolean signs, float scale, int layer,
            Progress progress) {
        this.program = program;
        this.name = name;
        this.weights = weights;
        this.taps = taps;
        this.gradientType = signs ? BITS : FLOAT32;
        this.scale = scale;
        this.layer = layer;
        this.progress = progress;
        momentum = program.persistent(name + ".momentum", Variable.MOMENTA, INT8, weights.rows(), weights.columns());
        scales = program.persistent(name + ".momentumScales", Variable.MOMENTA, FLOAT32, weights.rows(),
                UpdateInt8Kernel.blocks(weights.columns()));
    }

    private long channels() {
        return weights.rows() / taps;
    }

    private UpdateInt8Kernel.Momentum momentum() {
        return new UpdateInt8Kernel.Momentum(matrix(momentum), matrix(scales));
    }

    /** Momentum and latent weights: m = decay · m + gain · g; w = w − step · m. */
    BlockUpdate latent(Step step, float decay, float gain) {
        return latent((_, steps) -> (_, begin, end) -> {
            float now = step.now() / Optimizer.BYTE_LIMIT;
            for (long channel = begin; channel < end; channel++) {
                steps.segment().setAtIndex(ValueLayout.JAVA_FLOAT, channel, now);
            }
        }, decay, gain, List.of());
    }

    /** The same with Adam's steps where gradients are real, from a second moment for each channel. */
    BlockUpdate latentByAdam(float beta1, float beta2, float epsilon) {
        Buffer secondMoment = program.persistent(name + ".secondMoment", Variable.MOMENTA, FLOAT32, 1, channels());
        return latent((arena, steps) -> {
            UpdateInt8Kernel.Steps kernel = UpdateInt8Kernel.steps(arena, matrix(secondMoment), matrix(steps),
                    taps * weights.columns(), scale, beta2, epsilon);
            return (gradient, begin, end) -> kernel.run(gradient, progress.rate() / Optimizer.BYTE_LIMIT,
                    progress.correction(beta1), progress.correction(beta2), begin, end);
        }, beta1, 1 - beta1, List.of(secondMoment));
    }

    private BlockUpdate latent(BiFunction<Arena, Buffer, Steps> rule, float decay, float gain, List<Buffer> used) {
        Buffer steps = program.temporary(name + ".steps", Variable.OTHER, FLOAT32, 1, channels());
        List<Buffer> uses = new ArrayList<>(used);
        uses.addAll(List.of(weights, momentum, scales, steps));
        return update(uses, arena -> {
            Steps filled = rule.apply(arena, steps);
            UpdateInt8Kernel.Weights kernel = UpdateInt8Kernel.weights(arena, matrix(weights), momentum(), taps,
                    matrix(steps), new UpdateInt8Kernel.Rule(gradientType, scale, decay, gain));
            return (gradient, begin, end) -> {
                filled.fill(gradient, begin, end);
                kernel.run(gradient, progress.random(-1 - layer), begin * taps, end * taps);
            };
        });
    }

    /** Momentum, and weights that are signs. */
    BlockUpdate flips(float threshold) {
        return update(List.of(weights, momentum, scales), arena -> {
            UpdateInt8Kernel.Flips kernel = UpdateInt8Kernel.bop(arena, matrix(weights), momentum(), gradientType,
                    scale, threshold);
            return (gradient, begin, end) -> kernel.run(gradient, progress.rate(), begin * taps, end * taps);
        });
    }

    private interface Run {
        void run(MemorySegment gradient, long begin, long end);
    }

    private static BlockUpdate update(List<Buffer> uses, Function<Arena, Run> bound) {
        List<Buffer> used = List.copyOf(uses);
        return new BlockUpdate() {
            private Run run;

            @Override
            public void bind(Arena arena) {
                run = bound.apply(arena);
            }

            @Override
            public void run(MemorySegment gradient, long begin, long end) {
                run.run(gradient, begin, end);
            }

            @Override
            public List<Buffer> uses() {
                return used;
            }
        };
    }
}
