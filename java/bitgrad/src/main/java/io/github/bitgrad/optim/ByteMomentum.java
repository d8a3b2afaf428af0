package io.github.bitgrad.optim;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.UpdateInt8Kernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Averages;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The momentum of a layer's weights in bytes: one int8 for each weight, and a float32 scale for each 256 neighbours in
 * a row. An optimizer makes one in {@link Optimizer#updateByBlocks}, and takes from it the update that it wants.
 */
public final class ByteMomentum {
    /** The factor that moves weights along their momentum, the same for all channels of a layer. */
    @FunctionalInterface
    public interface StepSize {
        /** The factor in the running step. Is asked for every block of channels, and allocates nothing. */
        float now();
    }

    /**
     * Fills in the step sizes of channels [begin, end), in units of the weights' limit, by their gradient.
     */
    private interface StepSizes {
        void fill(MemorySegment gradient, long begin, long end);
    }

    private final Program program;
    private final ByteWeightUpdate update;
    private final Buffer momentum;
    private final Buffer scales;

    /** Adds the momentum to the program. It begins as zeros. */
    public ByteMomentum(Program program, ByteWeightUpdate update) {
        this.program = program;
        this.update = update;
        Buffer weights = update.weights();
        momentum = program.persistent(update.name() + ".momentum", Variable.MOMENTA, INT8, weights.rows(),
                weights.columns());
        scales = program.persistent(update.name() + ".momentumScales", Variable.MOMENTA, FLOAT32, weights.rows(),
                UpdateInt8Kernel.blocks(weights.columns()));
    }

    /**
     * An update of latent weights w along their momentum m, by a gradient g that has been multiplied with its scale: m
     * = decay · m + gain · g, then w = w − stepSize · m, clipped to their limit and rounded at random.
     */
    public BlockUpdate moveWeights(StepSize stepSize, float decay, float gain) {
        return moveWeights((_, steps) -> (_, begin, end) -> {
            float now = stepSize.now() / update.limit();
            for (long channel = begin; channel < end; channel++) {
                steps.segment().setAtIndex(ValueLayout.JAVA_FLOAT, channel, now);
            }
        }, decay, gain, List.of());
    }

    /** The update of Adam for real gradients, with a second moment for each channel. */
    BlockUpdate moveWeightsByAdam(Adam adam) {
        Buffer secondMoment = program.persistent(update.name() + ".secondMoment", Variable.MOMENTA, FLOAT32, 1,
                update.channels());
        long fanIn = update.taps() * update.weights().columns();
        TrainingClock clock = update.clock();
        return moveWeights((arena, steps) -> {
            UpdateInt8Kernel.Steps kernel =
                    UpdateInt8Kernel.steps(arena, Matrix.of(secondMoment), Matrix.of(steps), fanIn,
                            update.scale(), adam.beta2(), adam.epsilon());
            return (gradient, begin, end) -> kernel.run(gradient, clock.rate() / update.limit(),
                    Averages.correction(adam.beta1(), clock.step()), Averages.correction(adam.beta2(), clock.step()),
                    begin, end);
        }, adam.beta1(), 1 - adam.beta1(), List.of(secondMoment));
    }

    private BlockUpdate moveWeights(BiFunction<Arena, Buffer, StepSizes> rule, float decay, float gain,
            List<Buffer> used) {
        Buffer weights = update.weights();
        Buffer steps = program.temporary(update.name() + ".steps", Variable.OTHER, FLOAT32, 1, update.channels());
        List<Buffer> uses = new ArrayList<>(used);
        uses.addAll(List.of(weights, momentum, scales, steps));
        return BlockUpdate.bound(uses, arena -> {
            StepSizes sizes = rule.apply(arena, steps);
            UpdateInt8Kernel.Weights kernel = UpdateInt8Kernel.weights(arena, Matrix.of(weights), momentum(),
                    update.taps(), Matrix.of(steps),
                    new UpdateInt8Kernel.Rule(update.gradients().type(), update.scale(), decay, gain));
            return (gradient, begin, end) -> {
                sizes.fill(gradient, begin, end);
                kernel.run(gradient, update.random(), begin * update.taps(), end * update.taps());
            };
        });
    }

    private UpdateInt8Kernel.Momentum momentum() {
        return new UpdateInt8Kernel.Momentum(Matrix.of(momentum), Matrix.of(scales));
    }

    /**
     * An update of weights that are signs, by a gradient g that has been multiplied with its scale: m = (1 − γ) · m + γ
     * · g with the learning rate as γ; then a weight flips where |m| &gt; threshold and its sign is that of m.
     */
    public BlockUpdate flipWeights(float threshold) {
        Buffer weights = update.weights();
        return BlockUpdate.bound(List.of(weights, momentum, scales), arena -> {
            UpdateInt8Kernel.Flips kernel = UpdateInt8Kernel.bop(arena, Matrix.of(weights), momentum(),
                    update.gradients().type(), update.scale(), threshold);
            return (gradient, begin, end) -> kernel.run(gradient, update.clock().rate(), begin * update.taps(),
                    end * update.taps());
        });
    }
}
