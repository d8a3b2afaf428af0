package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The paper's algorithm (Wang et al., algorithm 2): batch normalisation by absolute values, of which only the signs and
 * a few numbers a channel are kept; weight gradients as signs; float16 for what stays real. Three choices are ours. Sums
 * of signs are int16, as large as float16 and exact. Gradients are of the summed loss, not of the mean, because float16
 * ends at 6e-8: weight gradients are used by sign only, and bias gradients are divided by the batch size when used. And
 * the last layer's normalisation, whose output the loss keeps anyway, goes backward without approximation.
 */
final class ProposedCompiler extends Compiler {
    /**
     * A layer's buffers.
     *
     * @param x the signs of its input, bits [batch, fan-in]; null for the first layer, whose input is real
     * @param straightThrough where |input| ≤ 1, of the same shape; null for the first layer
     * @param latent float16 [channels, fan-in]; null where the optimizer has no latent weights
     * @param weights bits [channels, fan-in]
     * @param magnitude mean |x| of its normalised output, float32 [1, channels]
     */
    private record Layer(Shape shape, Buffer x, Buffer straightThrough, Buffer latent, Buffer weights, BatchNorm norm,
            Buffer magnitude) {
        boolean takesSigns() {
            return x != null;
        }
    }

    private final List<Layer> layers = new ArrayList<>();
    private Buffer logits;

    ProposedCompiler(Network network, int batch, Optimizer optimizer, Progress progress) {
        super(network, batch, optimizer, progress);
    }

    /** The loss is the sum over the batch. */
    @Override
    float lossScale() {
        return 1;
    }

    @Override
    List<Buffer> weights() {
        return layers.stream().map(layer -> optimizer.latentWeights() ? layer.latent() : layer.weights()).toList();
    }

    @Override
    Buffer forward() {
        Buffer x = null;
        Buffer straightThrough = null;
        for (Shape shape : shapes) {
            Layer layer = layer(shape, x, straightThrough);
            layers.add(layer);
            Buffer y = sums(layer);
            BatchNorm norm = layer.norm();
            String name = shape.name() + ".forward";
            program.train(Operations.statisticsL1(name + ".statistics", y, norm.beta, norm.mean, norm.deviation,
                    layer.magnitude()));
            norm.follow();
            if (shape.index() < shapes.size() - 1) {
                x = program.temporary(shape.name() + ".output", Variable.X, BITS, batch, shape.channels());
                straightThrough = program.temporary(shape.name() + ".straightThrough", Variable.X, BITS, batch,
                        shape.channels());
                program.train(Operations.normaliseSign(name + ".sign", y, norm.mean, norm.deviation, norm.beta, x,
                        straightThrough));
                program.infer(Operations.normaliseSign(name + ".sign", y, norm.runningMean, norm.runningDeviation,
                        norm.beta, x));
            } else {
                logits = program.temporary(shape.name() + ".output", Variable.X, FLOAT32, batch, shape.channels());
                program.train(
                        Operations.normalise(name + ".normalise", y, norm.mean, norm.deviation, norm.beta, logits));
                program.infer(Operations.normalise(name + ".normalise", y, norm.runningMean, norm.runningDeviation,
                        norm.beta, logits));
            }
        }
        return logits;
    }

    private Layer layer(Shape shape, Buffer x, Buffer straightThrough) {
        String name = shape.name();
        Buffer weights = program.persistent(name + ".weightSigns", Variable.W, BITS, shape.channels(), shape.fanIn());
        Buffer latent = null;
        if (optimizer.latentWeights()) {
            latent = program.persistent(name + ".weights", Variable.W, FLOAT16, shape.channels(), shape.fanIn());
            program.atStart(Operations.signPack(name + ".initialSigns", latent, weights));
        }
        BatchNorm norm = new BatchNorm(shape);
        return new Layer(shape, x, straightThrough, latent, weights, norm, norm.channels(".magnitude"));
    }

    /** Y = X̂ Ŵ as int16; of the first layer, whose input is real, as float32. */
    private Buffer sums(Layer layer) {
        Shape shape = layer.shape();
        String name = shape.name() + ".forward";
        Buffer y = program.temporary(name + ".sums", Variable.DXY, layer.takesSigns() ? INT16 : FLOAT32, batch,
                shape.channels());
        if (layer.takesSigns()) {
            program.trainAndInfer(Operations.binaryGemm(name, layer.x(), layer.weights(), y));
        } else {
            Buffer input = realInput(name, program::trainAndInfer);
            Buffer weights = program.temporary(name + ".unpackedWeights", Variable.OTHER, FLOAT32, shape.channels(),
                    shape.fanIn());
            program.trainAndInfer(Operations.signUnpack(name + ".unpackedWeights", layer.weights(), weights));
            program.trainAndInfer(Operations.sgemmForward(name, input, weights, y));
        }
        return y;
    }

    /** The pixels as float32, for the product that follows. */
    private Buffer realInput(String name, Consumer<Operation> timeline) {
        Buffer input = program.temporary(name + ".realInput", Variable.X, FLOAT32, batch, pixels.columns());
        timeline.accept(Operations.pixels(name + ".realInput", pixels, input));
        return input;
    }

    @Override
    void backward(Buffer logitGradient) {
        Layer last = layers.getLast();
        String name = last.shape().name() + ".backward";
        program.train(Operations.normaliseBackwardL1(name + ".normalise", logitGradient, logits, last.norm().beta,
                last.norm().deviation, last.norm().betaGradient));
        Buffer gradient = program.temporary(name + ".gradient", Variable.DY, FLOAT16, batch, logits.columns());
        program.train(Operations.convert(name + ".gradient", logitGradient, gradient));
        for (Layer layer : layers.reversed()) {
            gradient = backward(layer, gradient);
        }
    }

    /** From the gradient at the layer's sums to that at the sums of the one before; null for the first layer. */
    private Buffer backward(Layer layer, Buffer gradient) {
        Shape shape = layer.shape();
        String name = shape.name() + ".backward";
        Buffer before = null;
        if (layer.takesSigns()) {
            before = program.temporary(name + ".inputGradient", Variable.DY, FLOAT16, batch, shape.fanIn());
            program.train(Operations.inputGradient(name + ".inputGradient", gradient, layer.weights(), before));
            program.train(Operations.straightThroughMask(name + ".straightThrough", layer.straightThrough(), before));
            Layer previous = layers.get(shape.index() - 1);
            program.train(Operations.normaliseBackwardSigns(previous.shape().name() + ".backward.normalise", before,
                    layer.x(), previous.norm().deviation, previous.magnitude(), previous.norm().betaGradient));
        }
        Buffer signs = weightGradientSigns(layer, gradient);
        Buffer updated = layer.latent() != null ? layer.latent() : layer.weights();
        program.train(optimizer.update(program, shape.name() + ".weights", updated, signs,
                (float) (1 / Math.sqrt(shape.fanIn())), Optimizer.LATENT_LIMIT, progress));
        if (layer.latent() != null) {
            program.train(Operations.signPack(shape.name() + ".weightSigns", layer.latent(), layer.weights()));
        }
        layer.norm().update();
        return before;
    }

    /** ∂Ŵ = sgn(∂W). */
    private Buffer weightGradientSigns(Layer layer, Buffer gradient) {
        Shape shape = layer.shape();
        String name = shape.name() + ".backward";
        Buffer signs = program.temporary(name + ".weightGradientSigns", Variable.DW, BITS, shape.channels(),
                shape.fanIn());
        if (layer.takesSigns()) {
            program.train(Operations.weightGradientSigns(name + ".weightGradientSigns", gradient, layer.x(), signs));
        } else {
            Buffer input = realInput(name, program::train);
            Buffer real = program.temporary(name + ".realGradient", Variable.DY, FLOAT32, batch, shape.channels());
            Buffer weightGradient = program.temporary(name + ".weightGradient", Variable.DW, FLOAT32, shape.channels(),
                    shape.fanIn());
            program.train(Operations.convert(name + ".realGradient", gradient, real));
            program.train(Operations.sgemmWeightGradient(name + ".weightGradient", real, input, weightGradient));
            program.train(Operations.signPack(name + ".weightGradientSigns", weightGradient, signs));
        }
        return signs;
    }
}
