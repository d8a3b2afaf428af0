package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

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
 * Standard training (Courbariaux and Bengio, arXiv 1602.02830): everything float32, products by OpenBLAS, the input of
 * every layer kept. Signs are made from kept values when a product wants them, and a layer's weights are updated as soon
 * as their gradient is there, so that neither the signs nor the gradients of all layers exist at once.
 */
final class StandardCompiler extends Compiler {
    /**
     * A layer's buffers.
     *
     * @param x its input, float32 [batch, fan-in]: real for the first layer, normalised sums for the others
     * @param weights float32 [channels, fan-in]: latent, or ±1 where the optimizer has no latent weights
     * @param output float32 [batch, channels]: the sums, normalised in place; the next layer's x
     */
    private record Layer(Shape shape, Buffer x, Buffer weights, Buffer output, BatchNorm norm) {
        boolean takesSigns() {
            return shape.index() > 0;
        }
    }

    private final List<Layer> layers = new ArrayList<>();

    StandardCompiler(Network network, int batch, Optimizer optimizer, Progress progress) {
        super(network, batch, optimizer, progress);
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
        Buffer x = program.temporary("input", Variable.X, FLOAT32, batch, pixels.columns());
        program.trainAndInfer(Operations.pixels("input", pixels, x));
        for (Shape shape : shapes) {
            Buffer weights = program.persistent(shape.name() + ".weights", Variable.W, FLOAT32, shape.channels(),
                    shape.fanIn());
            Buffer output = program.temporary(shape.name() + ".output", Variable.X, FLOAT32, batch, shape.channels());
            Layer layer = new Layer(shape, x, weights, output, new BatchNorm(shape));
            forward(layer);
            layers.add(layer);
            x = output;
        }
        return x;
    }

    private void forward(Layer layer) {
        String name = layer.shape().name() + ".forward";
        Buffer output = layer.output();
        BatchNorm norm = layer.norm();
        if (!optimizer.latentWeights()) {
            program.atStart(Operations.sign(name + ".initialSigns", layer.weights(), layer.weights()));
        }
        Buffer x = layer.takesSigns() ? signs(name + ".inputSigns", layer.x(), program::trainAndInfer) : layer.x();
        Buffer weights = weightSigns(name, layer, program::trainAndInfer);
        program.trainAndInfer(Operations.sgemmForward(name, x, weights, output));
        program.train(Operations.statisticsL2(name + ".statistics", output, norm.mean, norm.deviation));
        norm.follow();
        program.train(Operations.normalise(name + ".normalise", output, norm.mean, norm.deviation, norm.beta, output));
        program.infer(Operations.normalise(name + ".normalise", output, norm.runningMean, norm.runningDeviation,
                norm.beta, output));
    }

    @Override
    void backward(Buffer logitGradient) {
        Buffer gradient = logitGradient;
        for (Layer layer : layers.reversed()) {
            gradient = backward(layer, gradient);
        }
    }

    /** From the gradient at the layer's output to that at its input, which is null for the first layer. */
    private Buffer backward(Layer layer, Buffer gradient) {
        Shape shape = layer.shape();
        String name = shape.name() + ".backward";
        BatchNorm norm = layer.norm();
        program.train(Operations.normaliseBackwardL2(name + ".normalise", gradient, layer.output(), norm.beta,
                norm.deviation, norm.betaGradient));
        Buffer inputGradient = null;
        if (layer.takesSigns()) {
            inputGradient = program.temporary(name + ".inputGradient", Variable.DXY, FLOAT32, batch, shape.fanIn());
            Buffer weights = weightSigns(name, layer, program::train);
            program.train(Operations.sgemmInputGradient(name + ".inputGradient", gradient, weights, inputGradient));
            program.train(Operations.straightThrough(name + ".straightThrough", layer.x(), inputGradient));
        }
        Buffer weightGradient = program.temporary(name + ".weightGradient", Variable.DW, FLOAT32, shape.channels(),
                shape.fanIn());
        Buffer x = layer.takesSigns() ? signs(name + ".inputSigns", layer.x(), program::train) : layer.x();
        program.train(Operations.sgemmWeightGradient(name + ".weightGradient", gradient, x, weightGradient));
        program.train(optimizer.update(program, shape.name() + ".weights", layer.weights(), weightGradient, 1,
                Optimizer.LATENT_LIMIT, progress));
        norm.update();
        return inputGradient;
    }

    /** Ŵ = sgn(W); weights that are signs already serve as they are. */
    private Buffer weightSigns(String name, Layer layer, Consumer<Operation> timeline) {
        return optimizer.latentWeights() ? signs(name + ".weightSigns", layer.weights(), timeline) : layer.weights();
    }

    /** Signs of values for the product that follows. */
    private Buffer signs(String name, Buffer values, Consumer<Operation> timeline) {
        Buffer signs = program.temporary(name, Variable.OTHER, FLOAT32, values.rows(), values.columns());
        timeline.accept(Operations.sign(name, values, signs));
        return signs;
    }
}
