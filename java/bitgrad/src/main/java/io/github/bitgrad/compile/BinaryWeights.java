package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.ByteWeightUpdate;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.GradientSum;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.WeightScalesOperations;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The weights of a binary product. Most optimizers change latent weights, which are real numbers, and the product uses
 * their signs. An optimizer without latent weights flips the signs themselves.
 */
public final class BinaryWeights implements Weights {
    private final StepBuilder step;
    private final int number;
    /** The matrix of the weights. */
    private final Shape matrix;
    /** What the outputs are computed from. */
    private final Shape product;
    private final LatentWeights latent;
    private final Buffer values;
    private final Buffer signs;
    /** The mean magnitude of the latent weights of each channel, if weights are scaled: float32 [1, channels]. */
    private final Optional<Buffer> scales;
    /** The update by blocks of channels, once somebody has asked for it. */
    private final List<BlockUpdate> blocks = new ArrayList<>(1);
    /** The sum of the gradient over the parts of a step, if {@link #blocks} adds to it: float32. */
    private final List<Buffer> sums = new ArrayList<>(1);

    /**
     * A number of outputs, of taps of each output, and of inputs of each tap.
     *
     * @param channels the number of output channels
     * @param taps the number of positions of the kernel; 1 for a dense layer
     * @param inputs the number of input channels
     */
    record Shape(long channels, long taps, long inputs) {
        long rows() {
            return channels * taps;
        }

        long fanIn() {
            return taps * inputs;
        }
    }

    /**
     * @param number the number of these weights among the binary weights of the network, counted from 0
     * @param matrix the matrix of the weights: [channels · taps, inputs]
     * @param product what the outputs are computed from. It is the matrix, unless each channel has a kernel of its own
     */
    BinaryWeights(StepBuilder step, int number, Shape matrix, Shape product, LatentWeights latent) {
        this.step = step;
        this.number = number;
        this.matrix = matrix;
        this.product = product;
        this.latent = latent;
        if (step.policy().products() == Products.BLAS) {
            values = step.persistent(".weights", Variable.W, ElementType.FLOAT32, matrix.channels(),
                    matrix.fanIn());
            signs = values;
            if (!hasLatent()) {
                step.program().atStart(ElementwiseOperations.sign(step.name(".forward.initialSigns"), values, values));
            }
        } else if (hasLatent() && !step.inferenceOnly()) {
            values = step.persistent(".weights", Variable.W, step.policy().state(), matrix.rows(),
                    matrix.inputs());
            signs = step.program().learned(step.name(".weightSigns"), Variable.W, ElementType.BITS,
                    matrix.rows(), matrix.inputs());
            Operation sign = ElementwiseOperations.signPack(signs.name(), values, signs);
            step.train(sign);
            step.prepare(sign);
        } else {
            values = step.persistent(".weightSigns", Variable.W, ElementType.BITS, matrix.rows(),
                    matrix.inputs());
            signs = values;
        }
        scales = latent.scaled() ? Optional.of(computeScales()) : Optional.empty();
    }

    /** The mean magnitude of the latent weights of each channel, which each step computes before it updates them. */
    private Buffer computeScales() {
        Buffer means = step.perChannel(".weightScales", channels());
        if (step.inferenceOnly()) { // the statistics that inference normalises by contain the scales
            return means;
        }
        if (!hasLatent()) {
            throw new IllegalArgumentException(
                    ("%s scales its weights by the mean magnitude of latent weights, but the optimizer %s has none; "
                            + "choose another optimizer, or do not scale the weights.")
                            .formatted(step.name(""), step.optimizer().name()));
        }
        float unit = values.type() == ElementType.INT8 ? byteLimit() / Byte.MAX_VALUE : 1;
        step.train(WeightScalesOperations.scales(means.name(), values, unit, means));
        return means;
    }

    /** If the weights are scaled, the sums are not multiplied by the scales yet ({@link WeightScalesOperations}). */
    @Override
    public Value sums(ChannelSource sums) {
        return scales.<Value>map(means -> new Value.ScaledSums(sums, means)).orElseGet(() -> Weights.super.sums(sums));
    }

    /** Whether there are real weights behind the signs. */
    public boolean hasLatent() {
        return step.optimizer().latentWeights();
    }

    /**
     * The weights that the optimizer changes: latent weights, or signs if there are no latent weights. With products on
     * bits their shape is [channels · taps, input channels] and their type is the policy's type of state, or bits. With
     * products by OpenBLAS they are float32 [channels, taps · input channels]. If each channel has a kernel of its own,
     * the shape is [taps, channels] with all products.
     */
    @Override
    public Buffer values() {
        return values;
    }

    /**
     * The signs that products on bits use: bits of the shape of {@link #values}. With products by OpenBLAS these are
     * {@link #values}.
     */
    public Buffer signs() {
        return signs;
    }

    /** Latent weights that are bytes are clipped to [−limit, limit], and are multiples of limit / 127. */
    public float byteLimit() {
        return (float) latent.clip() * Optimizer.BYTE_LIMIT;
    }

    /** The limit of latent weights of the type in which they are stored. */
    public float limit() {
        return values.type() == ElementType.INT8 ? byteLimit() : (float) latent.clip() * Optimizer.LATENT_LIMIT;
    }

    @Override
    public long channels() {
        return isDepthwise() ? matrix.inputs() : product.channels();
    }

    /** Whether each channel has a kernel of its own, so that the matrix has a row for each tap. */
    public boolean isDepthwise() {
        return !matrix.equals(product);
    }

    @Override
    public long fanIn() {
        return product.fanIn();
    }

    @Override
    public long fanOut() {
        return product.rows();
    }

    /**
     * Adds the operation that updates all weights by their gradient.
     *
     * @param gradient a matrix of the shape of {@link #values}: either float32, the gradient of the summed loss times
     *            {@link StepBuilder#lossScale}; or, if a step has one part only, bits, the signs of the gradient, each of
     *            which counts as the policy's {@link Policy#attenuation} says
     */
    @Override
    public void update(Buffer gradient) {
        boolean isRounded = step.policy().weightGradient() == GradientKind.FLOAT16 && !step.hasParts();
        updateByWhole(gradient.type() == ElementType.BITS
                ? gradient
                : step.overParts(".weightGradientSum", isRounded ? rounded(gradient) : gradient));
    }

    /** Rounds a gradient to float16, in place. */
    private Buffer rounded(Buffer gradient) {
        Buffer halves = step.temporary(".backward.weightGradient.float16", Variable.DW, ElementType.FLOAT16,
                gradient.rows(), gradient.columns());
        step.train(ElementwiseOperations.convert(halves.name(), gradient, halves));
        step.train(ElementwiseOperations.convert(halves.name() + ".back", halves, gradient));
        return gradient;
    }

    /** Updates all weights by the gradient of the whole step, of which only the signs are used if the policy says so. */
    private void updateByWhole(Buffer gradient) {
        Buffer used = gradient;
        if (step.policy().weightGradient() == GradientKind.SIGN && gradient.type() != ElementType.BITS) {
            used = step.temporary(".backward.weightGradientSigns", Variable.DW, ElementType.BITS, values.rows(),
                    values.columns());
            step.update(ElementwiseOperations.signPack(used.name(), gradient, used));
        }
        if (step.policy().tiled()) {
            step.update(GradientSum.updateBlocks(step.name(".weights"), used, matrix.taps(), updateByBlocks()));
        } else {
            updateWhole(used);
        }
    }

    private void updateWhole(Buffer gradient) {
        float scale = gradient.type() == ElementType.BITS ? attenuation() : meanLoss();
        step.update(step.optimizer().update(step.program(), new WeightUpdate(step.name(".weights"), values, gradient,
                scale, limit(), step.clock())));
    }

    /** The number that the sign of a gradient stands for. */
    private float attenuation() {
        return step.policy().attenuation().of(product.channels(), product.taps(), product.inputs());
    }

    /** What makes of a gradient that of the mean loss. With products by OpenBLAS, it is that of the mean loss already. */
    private float meanLoss() {
        return step.policy().products() == Products.BLAS ? 1 : 1 / (step.imagesInStep() * step.lossScale());
    }

    /**
     * What takes the gradient of the weights one block of output channels at a time, as soon as it is computed. If a
     * step has one part only, it updates the weights; this is possible for policies with tiles. If a step has several
     * parts, it adds the gradient to a sum. {@link #endBlocks} must be called after the last block.
     */
    public BlockUpdate blocks() {
        if (blocks.isEmpty()) {
            if (step.hasParts()) {
                sums.add(step.gradientSum(".weightGradientSum", values.rows(), values.columns()));
                blocks.add(GradientSum.addBlocks(sums.getFirst(), matrix.taps(), step.clock()));
            } else {
                blocks.add(updateByBlocks());
            }
        }
        return blocks.getFirst();
    }

    /** The kind of the gradients that {@link #blocks} takes. */
    public GradientKind kindOfBlocks() {
        return step.hasParts() ? GradientKind.REAL : step.policy().weightGradient();
    }

    /** Adds the operations that update the weights by the sum over the parts of a step, if a step has several parts. */
    public void endBlocks() {
        sums.forEach(this::updateByWhole);
    }

    private BlockUpdate updateByBlocks() {
        GradientKind kind = step.policy().weightGradient();
        float scale = kind == GradientKind.SIGN ? attenuation() : meanLoss();
        return step.optimizer().updateByBlocks(step.program(),
                new ByteWeightUpdate(step.name(".weights"), values, matrix.taps(), kind, scale, byteLimit(), number,
                        step.clock()));
    }
}
