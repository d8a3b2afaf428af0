package io.github.bitgrad.optim;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.UpdateKernels;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** What an optimizer remembers of a layer's weights in bytes: a momentum of int8 with a scale for each short block. */
final class ByteState {
    /** What the momentum is multiplied with before it is subtracted from the weights of each channel. */
    interface Steps {
        /**
         * Fills steps, float32 [1, channels], for channels [begin, end) of this gradient; in units of
         * {@link Optimizer#BYTE_LIMIT}.
         */
        void fill(MemorySegment gradient, Buffer steps, long begin, long end);

        default List<Buffer> uses() {
            return List.of();
        }
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
                UpdateKernels.blocks(weights.columns()));
    }

    private long channels() {
        return weights.rows() / taps;
    }

    /** Momentum and latent weights: m = decay · m + gain · g; w = w − step · m. */
    BlockUpdate latent(Step step, float decay, float gain) {
        return latent((gradient, steps, begin, end) -> {
            float now = step.now() / Optimizer.BYTE_LIMIT;
            for (long channel = begin; channel < end; channel++) {
                steps.segment().setAtIndex(ValueLayout.JAVA_FLOAT, channel, now);
            }
        }, decay, gain);
    }

    /** The same with a step for each channel. */
    BlockUpdate latent(Steps rule, float decay, float gain) {
        Buffer steps = program.temporary(name + ".steps", Variable.OTHER, FLOAT32, 1, channels());
        List<Buffer> uses = new ArrayList<>(rule.uses());
        uses.addAll(List.of(weights, momentum, scales, steps));
        return update(uses, (gradient, begin, end) -> {
            rule.fill(gradient, steps, begin, end);
            UpdateKernels.updateInt8(weights.segment(), momentum.segment(), scales.segment(), gradientType, gradient,
                    scale, weights.columns(), taps, steps.segment(), decay, gain, progress.random(-1 - layer),
                    begin * taps, end * taps);
        });
    }

    /** Adam's steps where gradients are real, with a second moment a channel. */
    Steps adamSteps(float beta1, float beta2, float epsilon) {
        Buffer secondMoment =
                program.persistent(name + ".secondMoment", Variable.MOMENTA, FLOAT32, 1, channels());
        return new Steps() {
            @Override
            public void fill(MemorySegment gradient, Buffer steps, long begin, long end) {
                UpdateKernels.updateSteps(gradient, scale, secondMoment.segment(), steps.segment(),
                        taps * weights.columns(), progress.rate() / Optimizer.BYTE_LIMIT, beta2, epsilon,
                        progress.correction(beta1),
                        progress.correction(beta2), begin, end);
            }

            @Override
            public List<Buffer> uses() {
                return List.of(secondMoment);
            }
        };
    }

    /** Momentum, and weights that are signs. */
    BlockUpdate flips(float threshold) {
        return update(List.of(weights, momentum, scales),
                (gradient, begin, end) -> UpdateKernels.updateBopInt8(weights.segment(), momentum.segment(),
                        scales.segment(), gradientType, gradient, scale, weights.columns(), progress.rate(), threshold,
                        begin * taps, end * taps));
    }

    private interface Run {
        void run(MemorySegment gradient, long begin, long end);
    }

    private static BlockUpdate update(List<Buffer> uses, Run run) {
        List<Buffer> used = List.copyOf(uses);
        return new BlockUpdate() {
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
