package io.github.bitgrad.optim;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.UpdateKernels;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Averages;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Program;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

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

    /** A factor for each channel, found from the gradient of a block of channels. */
    private interface StepSizes {
        /**
         * Fills in the step sizes of channels [begin, end), in units of {@link Optimizer#BYTE_LIMIT}.
         *
         * @param gradient of these channels only
         * @param steps float32 [1, channels], of all channels
         */
        void fill(MemorySegment gradient, Buffer steps, long begin, long end);
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
                UpdateKernels.blocks(weights.columns()));
    }

    /**
     * An update of latent weights w along their momentum m, by a gradient g that has been multiplied with its scale:
     * m = decay · m + gain · g, then w = w − stepSize · m, clipped to {@link Optimizer#BYTE_LIMIT} and rounded at
     * random.
     */
    public BlockUpdate moveWeights(StepSize stepSize, float decay, float gain) {
        return moveWeights((_, steps, begin, end) -> {
            float now = stepSize.now() / Optimizer.BYTE_LIMIT;
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
        return moveWeights((gradient, steps, begin, end) -> UpdateKernels.updateSteps(gradient, update.scale(),
                secondMoment.segment(), steps.segment(), fanIn, update.clock().rate() / Optimizer.BYTE_LIMIT,
                adam.beta2(), adam.epsilon(), Averages.correction(adam.beta1(), update.clock().step()),
                Averages.correction(adam.beta2(), update.clock().step()), begin, end),
                adam.beta1(), 1 - adam.beta1(), List.of(secondMoment));
    }

    private BlockUpdate moveWeights(StepSizes stepSizes, float decay, float gain, List<Buffer> used) {
        Buffer weights = update.weights();
        Buffer steps = program.temporary(update.name() + ".steps", Variable.OTHER, FLOAT32, 1, update.channels());
        List<Buffer> uses = new ArrayList<>(used);
        uses.addAll(List.of(weights, momentum, scales, steps));
        return BlockUpdate.of(uses, (gradient, begin, end) -> {
            stepSizes.fill(gradient, steps, begin, end);
            UpdateKernels.updateInt8(weights.segment(), momentum.segment(), scales.segment(),
                    update.gradients().type(), gradient, update.scale(), weights.columns(), update.taps(),
                    steps.segment(), decay, gain, update.random(), begin * update.taps(), end * update.taps());
        });
    }

    /**
     * An update of weights that are signs, by a gradient g that has been multiplied with its scale:
     * m = (1 − γ) · m + γ · g with the learning rate as γ; then a weight flips where |m| &gt; threshold and its sign is
     * that of m.
     */
    public BlockUpdate flipWeights(float threshold) {
        Buffer weights = update.weights();
        return BlockUpdate.of(List.of(weights, momentum, scales),
                (gradient, begin, end) -> UpdateKernels.updateBopInt8(weights.segment(), momentum.segment(),
                        scales.segment(), update.gradients().type(), gradient, update.scale(), weights.columns(),
                        update.clock().rate(), threshold, begin * update.taps(), end * update.taps()));
    }
}
