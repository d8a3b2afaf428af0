package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.ByteWeightUpdate;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * The weights of a binary product. Most optimizers move latent weights, which are real, and the product takes their signs; one
 * without latent weights flips the signs themselves.
 */
public final class BinaryWeights implements Parameter {
    private final StepBuilder step;
    private final int number;
    private final long channels;
    private final long taps;
    private final long inputs;
    private final Buffer values;
    private final Buffer signs;
    /** The update by blocks of channels, once it is asked for. */
    private final List<BlockUpdate> blocks = new ArrayList<>(1);

    /** @param number among the binary weights of the network, from 0 */
    BinaryWeights(StepBuilder step, int number, long channels, long taps, long inputs) {
        this.step = step;
        this.number = number;
        this.channels = channels;
        this.taps = taps;
        this.inputs = inputs;
        if (step.policy().products() == Products.BLAS) {
            values = step.persistent(".weights", Variable.W, ElementType.FLOAT32, channels, taps * inputs);
            signs = values;
            if (!hasLatent()) {
                step.program().atStart(Operations.sign(step.name(".forward.initialSigns"), values, values));
            }
        } else if (hasLatent()) {
            values = step.persistent(".weights", Variable.W, step.policy().state(), channels * taps, inputs);
            signs = step.program().learned(step.name(".weightSigns"), Variable.W, ElementType.BITS, channels * taps,
                    inputs);
            Operation sign = Operations.signPack(signs.name(), values, signs);
            step.train(sign);
            step.program().beforeInference(sign);
        } else {
            values = step.persistent(".weightSigns", Variable.W, ElementType.BITS, channels * taps, inputs);
            signs = values;
        }
    }

    /** Whether there are real weights behind the signs. */
    public boolean hasLatent() {
        return step.optimizer().latentWeights();
    }

    /**
     * What is updated: latent weights of the policy's type, or signs. On bits [channels · taps, input channels]; on BLAS
     * float32 [channels, taps · input channels].
     */
    @Override
    public Buffer values() {
        return values;
    }

    /** On bits, the signs that products take: bits [channels · taps, input channels]. */
    public Buffer signs() {
        return signs;
    }

    /** Inputs of each output channel, over all taps. */
    public long fanIn() {
        return taps * inputs;
    }

    /** Outputs of each input channel, over all taps. */
    public long fanOut() {
        return taps * channels;
    }

    /**
     * Emits the update by a gradient that exists whole.
     *
     * @param gradient of the shape of {@link #values}: float32, of the mean loss; or its signs as bits, which count as
     *            ±1/√fan-in
     */
    public void update(Buffer gradient) {
        float scale = gradient.type() == ElementType.BITS ? attenuation() : 1;
        step.train(step.optimizer().update(step.program(), new WeightUpdate(step.name(".weights"), values, gradient,
                scale, Optimizer.LATENT_LIMIT, step.clock())));
    }

    /** What a sign of a gradient counts as (Wang et al., section 4.3). */
    private float attenuation() {
        return (float) (1 / Math.sqrt(fanIn()));
    }

    /** The update of a block of output channels as soon as their gradient is there; for policies in tiles. */
    public BlockUpdate blocks() {
        if (blocks.isEmpty()) {
            GradientKind kind = step.policy().weightGradient();
            float scale = kind == GradientKind.SIGN ? attenuation() : 1 / (step.batch() * step.lossScale());
            blocks.add(step.optimizer().updateByBlocks(step.program(), new ByteWeightUpdate(step.name(".weights"), values,
                    taps, kind, scale, number, step.clock())));
        }
        return blocks.getFirst();
    }
}
