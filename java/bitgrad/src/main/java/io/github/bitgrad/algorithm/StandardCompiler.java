package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.LayerShape;
import io.github.bitgrad.model.Network.Pooling.Place;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Standard training (Courbariaux and Bengio, arXiv 1602.02830): everything float32, products by OpenBLAS, the input of
 * every layer kept. Signs are made from kept values when a product wants them, and a layer's weights are updated as soon
 * as their gradient is there, so that neither the signs nor the gradients of all layers exist at once.
 */
final class StandardCompiler extends Compiler {
    /**
     * A layer's buffers. A pixel is a row; a dense layer's images have one pixel.
     *
     * @param convolution its geometry; null for a dense layer
     * @param x its input, float32 [batch · pixels, channels]: real for the first layer; for the others what is before
     *            the sign, or pooled signs
     * @param weights float32 [channels, fan-in]: latent, or ±1 where the optimizer has no latent weights
     * @param output float32 [batch · pixels, channels]: the sums, pooled where that comes first, normalised in place
     * @param argmax where pooling found its largest values, uint8 of the pooled shape; null where there is no pooling
     */
    private record Layer(Shape shape, ConvolutionShape convolution, Buffer x, Buffer weights, Buffer output,
            Buffer argmax,
            BatchNorm norm) {
        boolean takesSigns() {
            return shape.index() > 0;
        }

        boolean isDense() {
            return convolution == null;
        }

        boolean pools(Place place) {
            return argmax != null && shape.layer().pooling().place() == place;
        }

        MaxPooling pooling() {
            ImageShape sums = shape.layer().sums();
            return new MaxPooling(sums.height(), sums.width(), sums.channels(), shape.layer().pooling().size());
        }
    }

    private final List<Layer> layers = new ArrayList<>();

    StandardCompiler(Network network, int batch, Optimizer optimizer, TrainingClock clock) {
        super(network, batch, optimizer, clock);
    }

    /** The loss is the mean over the batch. */
    @Override
    float lossScale() {
        return 1.0f / batch;
    }

    @Override
    List<Buffer> weights() {
        return layers.stream().map(Layer::weights).toList();
    }

    @Override
    Buffer forward() {
        Buffer x = images("input", Variable.X, FLOAT32, shapes.getFirst().layer().input());
        program.trainAndInfer(Operations.pixels("input", pixels, x));
        for (Shape shape : shapes) {
            Layer layer = layer(shape, x);
            layers.add(layer);
            x = forward(layer);
        }
        return x;
    }

    /** A matrix of the pixels of a batch of images. */
    private Buffer images(String name, Variable variable, ElementType type, ImageShape shape) {
        return program.temporary(name, variable, type, batch * shape.height() * shape.width(), shape.channels());
    }

    private Layer layer(Shape shape, Buffer x) {
        String name = shape.name();
        LayerShape layer = shape.layer();
        ImageShape input = layer.input();
        ConvolutionShape convolution = null;
        if (layer.kernel() > 1 || input.height() > 1 || input.width() > 1) {
            convolution = layer.convolution();
        }
        Buffer weights = program.persistent(name + ".weights", Variable.W, FLOAT32, shape.channels(), shape.fanIn());
        boolean poolsSums = layer.pooling().any() && layer.pooling().place() == Place.BEFORE_NORMALISATION;
        Buffer output = images(name + ".output", Variable.X, FLOAT32, poolsSums ? layer.output() : layer.sums());
        Buffer argmax = layer.pooling().any()
                ? images(name + ".argmax", Variable.POOL_MASKS, UINT8, layer.output())
                : null;
        return new Layer(shape, convolution, x, weights, output, argmax, new BatchNorm(shape));
    }

    /** Returns the input of the next layer. */
    private Buffer forward(Layer layer) {
        String name = layer.shape().name() + ".forward";
        Buffer output = layer.output();
        BatchNorm norm = layer.norm();
        if (!optimizer.latentWeights()) {
            program.atStart(Operations.sign(name + ".initialSigns", layer.weights(), layer.weights()));
        }
        if (layer.pools(Place.BEFORE_NORMALISATION)) {
            Buffer sums = images(name + ".sums", Variable.DXY, FLOAT32, layer.shape().layer().sums());
            sums(name, layer, sums);
            program.train(Operations.maxPool(name + ".pool", layer.pooling(), sums, output, layer.argmax()));
            program.infer(Operations.maxPool(name + ".pool", layer.pooling(), sums, output));
        } else {
            sums(name, layer, output);
        }
        program.train(Operations.statisticsL2(name + ".statistics", output, norm.mean, norm.deviation));
        norm.follow();
        program.train(Operations.normalise(name + ".normalise", output, norm.mean, norm.deviation, norm.beta, output));
        program.infer(Operations.normalise(name + ".normalise", output, norm.runningMean, norm.runningDeviation,
                norm.beta, output));
        if (!layer.pools(Place.AFTER_SIGN)) {
            return output;
        }
        Buffer pooled = images(layer.shape().name() + ".pooled", Variable.X, FLOAT32, layer.shape().layer().output());
        program.train(Operations.maxPoolSigns(name + ".pool", layer.pooling(), output, pooled, layer.argmax()));
        program.infer(Operations.maxPoolSigns(name + ".pool", layer.pooling(), output, pooled));
        return pooled;
    }

    /** Y = X̂ Ŵ. */
    private void sums(String name, Layer layer, Buffer sums) {
        Buffer weights = weightSigns(name, layer, program::trainAndInfer);
        program.trainAndInfer(layer.isDense()
                ? Operations.sgemmForward(name, denseInput(name, layer, program::trainAndInfer), weights, sums)
                : Operations.convolutionForward(name, layer.convolution(), layer.x(), layer.takesSigns(), weights,
                        columns(name, layer), sums));
    }

    @Override
    void backward(Buffer logitGradient) {
        Buffer gradient = logitGradient;
        for (Layer layer : layers.reversed()) {
            gradient = backward(layer, gradient);
        }
    }

    /** From the gradient at what the layer hands on to that at its input, which is null for the first layer. */
    private Buffer backward(Layer layer, Buffer gradient) {
        Shape shape = layer.shape();
        String name = shape.name() + ".backward";
        Buffer sumGradient = sumGradient(name, layer, gradient);
        Buffer inputGradient = null;
        if (layer.takesSigns()) {
            inputGradient = program.temporary(name + ".inputGradient", Variable.DXY, FLOAT32, layer.x().rows(),
                    layer.x().columns());
            Buffer weights = weightSigns(name, layer, program::train);
            program.train(layer.isDense()
                    ? Operations.sgemmInputGradient(name + ".inputGradient", sumGradient, weights, inputGradient)
                    : Operations.convolutionInputGradient(name + ".inputGradient", layer.convolution(), sumGradient,
                            weights, columns(name + ".inputGradient", layer), inputGradient));
        }
        Buffer weightGradient = program.temporary(name + ".weightGradient", Variable.DW, FLOAT32, shape.channels(),
                shape.fanIn());
        program.train(layer.isDense()
                ? Operations.sgemmWeightGradient(name + ".weightGradient", sumGradient,
                        denseInput(name, layer, program::train), weightGradient)
                : Operations.convolutionWeightGradient(name + ".weightGradient", layer.convolution(), sumGradient,
                        layer.x(), layer.takesSigns(), columns(name + ".weightGradient", layer), weightGradient));
        program.train(optimizer.update(program, new WeightUpdate(shape.name() + ".weights", layer.weights(),
                weightGradient, 1, Optimizer.LATENT_LIMIT, clock)));
        layer.norm().update();
        return inputGradient;
    }

    /** Through pooling, the sign and batch normalisation; the logits have no sign. */
    private Buffer sumGradient(String name, Layer layer, Buffer gradient) {
        BatchNorm norm = layer.norm();
        Buffer outputGradient = layer.pools(Place.AFTER_SIGN) ? unpooled(name, layer, gradient) : gradient;
        if (layer.shape().index() < shapes.size() - 1) {
            program.train(Operations.straightThrough(name + ".straightThrough", layer.output(), outputGradient));
        }
        program.train(Operations.normaliseBackwardL2(name + ".normalise", outputGradient, layer.output(), norm.beta,
                norm.deviation, norm.betaGradient));
        return layer.pools(Place.BEFORE_NORMALISATION) ? unpooled(name, layer, outputGradient) : outputGradient;
    }

    private Buffer unpooled(String name, Layer layer, Buffer gradient) {
        Buffer unpooled = images(name + ".pool", Variable.DY, FLOAT32, layer.shape().layer().sums());
        program.train(Operations.maxPoolBackward(name + ".pool", layer.pooling(), gradient, layer.argmax(), unpooled));
        return unpooled;
    }

    /** Memory for a part of the input as columns, which a product fills as it goes. */
    private Buffer columns(String name, Layer layer) {
        return program.temporary(name + ".columns", Variable.OTHER, FLOAT32,
                Operations.columnRows(layer.convolution(), batch), layer.shape().fanIn());
    }

    /** The whole input of an image in a row: real for the first layer, signs for the others. */
    private Buffer denseInput(String name, Layer layer, Consumer<Operation> timeline) {
        return layer.takesSigns()
                ? signs(name + ".inputSigns", layer.x(), batch, layer.shape().fanIn(), timeline)
                : layer.x();
    }

    /** Ŵ = sgn(W); weights that are signs already serve as they are. */
    private Buffer weightSigns(String name, Layer layer, Consumer<Operation> timeline) {
        Buffer weights = layer.weights();
        return optimizer.latentWeights()
                ? signs(name + ".weightSigns", weights, weights.rows(), weights.columns(), timeline)
                : weights;
    }

    /** Signs of values for the product that follows, in the shape that it wants. */
    private Buffer signs(String name, Buffer values, long rows, long columns, Consumer<Operation> timeline) {
        Buffer signs = program.temporary(name, Variable.OTHER, FLOAT32, rows, columns);
        timeline.accept(Operations.sign(name, values, signs));
        return signs;
    }
}
