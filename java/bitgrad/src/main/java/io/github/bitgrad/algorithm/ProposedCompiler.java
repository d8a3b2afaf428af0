package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.Convolutions;
import io.github.bitgrad.step.Normalisations;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ConvolutionShape;

/**
 * The paper's algorithm (Wang et al., algorithm 2): on the forward pass of {@link BinaryCompiler}, weight gradients as
 * signs, and float16, or integers with one scale a tensor, for the gradients between layers. Four choices are ours.
 * Gradients are of the summed loss, not of the mean, because float16 ends at 6e-8: weight gradients are used by sign
 * only, and bias gradients are divided by the batch size when used. The last layer's normalisation, whose output the loss
 * keeps anyway, goes backward without approximation; that of the others is nearer to the derivative than the paper's form
 * with ω = mean |x|, from the same signs (bitgrad.h, "Batch normalisation before a sign"). And ψ is √(π/2) times the
 * paper's, so that normalised values have the variance of standard training (bitgrad.h, {@code BG_NORMAL_DEVIATION}).
 */
final class ProposedCompiler extends BinaryCompiler {
    /**
     * The gradient at a layer's sums.
     *
     * @param values [pixels, channels], of the format's type
     * @param scale what integers are multiples of, float32 [1, 1]; null where values are real
     */
    private record Gradient(Buffer values, Buffer scale) {
    }

    private final Gradients gradients;

    ProposedCompiler(Network network, int batch, Optimizer optimizer, Gradients gradients, TrainingClock clock) {
        super(network, batch, optimizer, clock, FLOAT16, TileWidths.whole());
        this.gradients = gradients;
    }

    @Override
    float lossScale() {
        return gradients.format().lossScale();
    }

    @Override
    void backwardFromLogits(Layer last, Buffer logitGradient) {
        String name = last.shape.name() + ".backward";
        Gradient gradient = new Gradient(logitGradient, null);
        if (gradients.format() != GradientFormat.FLOAT32) {
            gradient = gradient(last);
            program.train(gradient.scale() == null
                    ? Operations.convert(name + ".gradient", logitGradient, gradient.values())
                    : Normalisations.quantise(name + ".gradient", logitGradient, gradient.values(), gradient.scale()));
        }
        for (Layer layer : layers.reversed()) {
            gradient = backward(layer, gradient);
        }
    }

    /** Buffers for the gradient at a layer's sums. */
    private Gradient gradient(Layer layer) {
        String name = layer.shape.name() + ".backward.gradient";
        ConvolutionShape convolution = layer.convolution();
        Buffer values = program.temporary(name, Variable.DY, gradients.format().type(),
                batch * convolution.outPixels(), convolution.outChannels());
        Buffer scale = gradients.format().quantised()
                ? program.temporary(name + ".scale", Variable.OTHER, FLOAT32, 1, 1)
                : null;
        return new Gradient(values, scale);
    }

    /** From the gradient at the layer's sums to that at the sums of the one before; null for the first layer. */
    private Gradient backward(Layer layer, Gradient gradient) {
        Buffer signs = weightGradientSigns(layer, gradient);
        Gradient before = null;
        if (layer.takesSigns()) {
            before = normaliseBackward(layers.get(layer.shape.index() - 1), inputGradient(layer, gradient));
        }
        String name = layer.shape.name();
        Buffer updated = layer.latent != null ? layer.latent : layer.weights;
        program.train(optimizer.update(program, new WeightUpdate(name + ".weights", updated, signs,
                (float) (1 / Math.sqrt(layer.convolution().fanIn())), Optimizer.LATENT_LIMIT, clock)));
        layer.norm.update();
        return before;
    }

    /** ∂Ŵ = sgn(∂W). */
    private Buffer weightGradientSigns(Layer layer, Gradient gradient) {
        String name = layer.shape.name() + ".backward.weightGradientSigns";
        Buffer signs = program.temporary(name, Variable.DW, BITS, layer.weights.rows(), layer.weights.columns());
        Buffer input = layer.takesSigns() ? layer.input : pixelBits(layer, "");
        program.train(
                Convolutions.weightGradientSigns(program, name, layer.convolution(), gradient.values(), input, signs));
        return signs;
    }

    /** ∂X where |X| ≤ 1, else 0. */
    private Buffer inputGradient(Layer layer, Gradient gradient) {
        String name = layer.shape.name() + ".backward.inputGradient";
        Layer before = layers.get(layer.shape.index() - 1);
        Buffer product = program.temporary(name, Variable.DXY, gradients.format().productType(), before.output.rows(),
                before.output.columns());
        Buffer index = Convolutions.index(program, name + ".index", layer.convolution());
        program.train(Convolutions.weightIndex(index.name(), gradient.values().type(), layer.convolution(),
                layer.weights, index));
        program.train(Convolutions.inputGradient(program, name, layer.convolution(), gradient.values(),
                gradient.scale(), index, layer.inputStraightThrough, product));
        return product;
    }

    /** From the gradient at what a layer passes on to that at its sums. */
    private Gradient normaliseBackward(Layer layer, Buffer product) {
        String name = layer.shape.name() + ".backward.normalise";
        BatchNorm norm = layer.norm;
        GradientFormat format = gradients.format();
        boolean inPlace = product.type() == format.type() && !layer.pools();
        Gradient gradient = inPlace ? new Gradient(product, null) : gradient(layer);
        Buffer squares = norm.channels(".squares");
        Buffer coefficients = Normalisations.coefficients(program, name, product, 0, layer.output, layer.signs.rows(),
                norm.deviation, norm.beta, layer.signMean, norm.betaGradient, squares);
        if (gradient.scale() != null) {
            program.train(Normalisations.gradientScale(name + ".scale", squares, product.rows() * product.columns(),
                    format.clip(), format.type(), gradient.scale()));
            program.train(Normalisations.scaleCoefficients(name + ".scaled", coefficients, gradient.scale()));
        }
        Normalisations.Backward backward = new Normalisations.Backward(product, coefficients, gradient.values(),
                gradients.rounding() == Rounding.STOCHASTIC, layer.shape.index());
        if (layer.poolsSums()) {
            program.train(Normalisations.backwardPooledSums(name, backward, layer.pooling(), layer.output, layer.argmax,
                    clock));
        } else if (layer.poolsSigns()) {
            program.train(
                    Normalisations.backwardPooledSigns(name, backward, layer.pooling(), layer.signs, clock));
        } else {
            program.train(Normalisations.backward(name, backward, 0, layer.output, clock));
        }
        return gradient;
    }
}
