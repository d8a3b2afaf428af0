package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Pooling;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.Convolutions;
import io.github.bitgrad.step.Normalisations;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.ArrayList;
import java.util.List;

/**
 * The paper's algorithm (Wang et al., algorithm 2): batch normalisation by absolute values, of which only the signs and
 * a few numbers a channel are kept; weight gradients as signs; float16, or integers with one scale a tensor, for the
 * gradients between layers. Three choices are ours. Sums of signs are int16, as large as float16 and exact, and so are
 * those of the first layer's 8-bit inputs, in units of 1/255. Gradients are of the summed loss, not of the mean, because
 * float16 ends at 6e-8: weight gradients are used by sign only, and bias gradients are divided by the batch size when
 * used. And the last layer's normalisation, whose output the loss keeps anyway, goes backward without approximation.
 */
final class ProposedCompiler extends Compiler {
    /** Terms of up to 255 that are sure to add up within 16 bits. */
    private static final int MOST_INT16_PIXELS = Short.MAX_VALUE / 255;

    /** A layer's buffers. What the layer does not have is null. */
    private static final class Layer {
        final Shape shape;
        final BatchNorm norm;
        /** The numbers of the convolution that it is. */
        final Buffer numbers;
        /** Mean |x| of its normalised output, float32 [1, channels]. */
        final Buffer magnitude;
        /** float16 [channels · taps, input channels]; none where the optimizer has no latent weights. */
        Buffer latent;
        /** bits [channels · taps, input channels]. */
        Buffer weights;
        /** The signs of its input, bits [input pixels, input channels]; none in the first layer, whose input is real. */
        Buffer input;
        /** Where |input| ≤ 1, of the same shape. */
        Buffer inputStraightThrough;
        /** The signs of its normalised sums, bits [pixels, channels]; none in the last layer. */
        Buffer signs;
        /** The signs that it passes on: the same, or pooled. */
        Buffer output;
        /** Where |output| ≤ 1; where signs are pooled, at the one that was taken. */
        Buffer outputStraightThrough;
        /** Which sum of each window was the largest, where sums are pooled. */
        Buffer argmax;

        Layer(Shape shape, Buffer numbers, BatchNorm norm) {
            this.shape = shape;
            this.numbers = numbers;
            this.norm = norm;
            magnitude = norm.channels(".magnitude");
        }

        ConvolutionShape convolution() {
            return shape.layer().convolution();
        }

        MaxPooling pooling() {
            return shape.layer().maxPooling();
        }

        boolean takesSigns() {
            return input != null;
        }

        boolean pools() {
            return shape.layer().pooling().any();
        }

        boolean poolsSums() {
            return pools() && shape.layer().pooling().place() == Pooling.Place.BEFORE_NORMALISATION;
        }

        boolean poolsSigns() {
            return pools() && shape.layer().pooling().place() == Pooling.Place.AFTER_SIGN;
        }
    }

    /**
     * The gradient at a layer's sums.
     *
     * @param values [pixels, channels], of the format's type
     * @param scale what integers are multiples of, float32 [1, 1]; null where values are real
     */
    private record Gradient(Buffer values, Buffer scale) {
    }

    private final Gradients gradients;
    private final List<Layer> layers = new ArrayList<>();
    private Buffer logits;

    ProposedCompiler(Network network, int batch, Optimizer optimizer, Gradients gradients, Progress progress) {
        super(network, batch, optimizer, progress);
        this.gradients = gradients;
    }

    /** The loss is the sum over the batch. */
    @Override
    float lossScale() {
        return 1;
    }

    @Override
    List<Buffer> weights() {
        return layers.stream().map(layer -> optimizer.latentWeights() ? layer.latent : layer.weights).toList();
    }

    @Override
    Buffer forward() {
        for (Shape shape : shapes) {
            Layer layer = new Layer(shape,
                    program.constant(shape.name() + ".convolution", shape.layer().convolution().numbers()),
                    new BatchNorm(shape));
            addWeights(layer);
            if (!layers.isEmpty()) {
                takeSigns(layer, layers.getLast());
            }
            layers.add(layer);
            Buffer sums = sums(layer);
            if (shape.index() < shapes.size() - 1) {
                sign(layer, sums);
            } else {
                normalise(layer, sums);
            }
        }
        return logits;
    }

    private void addWeights(Layer layer) {
        String name = layer.shape.name();
        ConvolutionShape convolution = layer.convolution();
        long rows = convolution.outChannels() * convolution.taps();
        layer.weights = program.persistent(name + ".weightSigns", Variable.W, BITS, rows, convolution.channels());
        if (optimizer.latentWeights()) {
            layer.latent = program.persistent(name + ".weights", Variable.W, FLOAT16, rows, convolution.channels());
            program.atStart(Operations.signPack(name + ".initialSigns", layer.latent, layer.weights));
        }
    }

    /**
     * The output of the layer before becomes the input. A dense layer wants the pixels of an image in one row, where they
     * are already unless rows of bits have padding.
     */
    private void takeSigns(Layer layer, Layer before) {
        ConvolutionShape convolution = layer.convolution();
        long rows = batch * convolution.pixels();
        if (before.output.columns() == convolution.channels() || before.output.columns() % Long.SIZE == 0) {
            layer.input = before.output;
            layer.inputStraightThrough = before.outputStraightThrough;
            return;
        }
        String name = layer.shape.name();
        layer.input = bits(name + ".input", rows, convolution.channels());
        layer.inputStraightThrough = bits(name + ".inputStraightThrough", rows, convolution.channels());
        program.trainAndInfer(Convolutions.flattenBits(name + ".input", before.output, layer.input));
        program.train(Convolutions.flattenBits(name + ".inputStraightThrough", before.outputStraightThrough,
                layer.inputStraightThrough));
    }

    private Buffer bits(String name, long rows, long columns) {
        return program.temporary(name, Variable.X, BITS, rows, columns);
    }

    /** Y = X̂ Ŵ, pooled where the layer pools sums, with its statistics. */
    private Buffer sums(Layer layer) {
        String name = layer.shape.name() + ".forward";
        ConvolutionShape convolution = layer.convolution();
        long rows = batch * convolution.outPixels();
        boolean exact = layer.takesSigns() || convolution.fanIn() <= MOST_INT16_PIXELS;
        if (layer.poolsSums() && !exact) {
            throw new IllegalArgumentException(
                    "The proposed algorithm cannot pool the sums of %s, whose fan-in of %d pixel values is beyond %d; pool its signs, or use a smaller kernel."
                            .formatted(layer.shape.name(), convolution.fanIn(), MOST_INT16_PIXELS));
        }
        Buffer sums = program.temporary(name + ".sums", Variable.DXY, exact ? INT16 : FLOAT32, rows,
                convolution.outChannels());
        Buffer totals = null;
        if (!layer.takesSigns()) {
            program.trainAndInfer(Convolutions.pixelConvolution(name, layer.numbers, pixels, layer.weights, sums));
        } else {
            if (!layer.poolsSums()) {
                totals = program.temporary(name + ".totals", Variable.OTHER, INT64, 1, convolution.outChannels());
            }
            program.train(
                    Convolutions.binaryConvolution(name, layer.numbers, layer.input, layer.weights, sums, totals));
            program.infer(Convolutions.binaryConvolution(name, layer.numbers, layer.input, layer.weights, sums, null));
        }
        if (layer.poolsSums()) {
            sums = pooledSums(layer, sums);
        }
        statistics(layer, sums, totals);
        return sums;
    }

    private Buffer pooledSums(Layer layer, Buffer sums) {
        String name = layer.shape.name() + ".forward.pool";
        MaxPooling pooling = layer.pooling();
        long rows = batch * pooling.pooledPixels();
        Buffer pooled = program.temporary(name + ".sums", Variable.DXY, INT16, rows, sums.columns());
        layer.argmax = program.temporary(layer.shape.name() + ".argmax", Variable.POOL_MASKS, BITS,
                pooling.argmaxPlanes() * rows, sums.columns());
        program.train(Convolutions.maxPool(name, pooling, sums, pooled, 0, layer.argmax));
        program.infer(Convolutions.maxPool(name, pooling, sums, pooled, 0, null));
        return pooled;
    }

    /** μ and ψ. */
    private void statistics(Layer layer, Buffer sums, Buffer totals) {
        String name = layer.shape.name() + ".forward";
        BatchNorm norm = layer.norm;
        if (totals != null) {
            Normalisations.meanOfIntegers(program, name + ".mean", totals, sums.rows(), norm.mean);
        } else {
            Normalisations.mean(program, name + ".mean", sums, norm.mean);
        }
        Normalisations.deviation(program, name + ".deviation", sums, norm.mean, norm.deviation);
        norm.follow();
    }

    /** X̂ = sgn(x), where |x| ≤ 1, and ω; then pooled where the layer pools signs. */
    private void sign(Layer layer, Buffer sums) {
        String name = layer.shape.name();
        BatchNorm norm = layer.norm;
        layer.signs = bits(name + ".signs", sums.rows(), sums.columns());
        Buffer straightThrough = bits(name + ".straightThrough", sums.rows(), sums.columns());
        Normalisations.sign(program, name + ".forward.sign", sums, norm.mean, norm.deviation, norm.beta, 0,
                layer.signs, straightThrough, layer.magnitude);
        program.infer(Normalisations.sign(name + ".forward.sign", sums, norm.runningMean, norm.runningDeviation,
                norm.beta, 0, layer.signs));
        if (!layer.poolsSigns()) {
            layer.output = layer.signs;
            layer.outputStraightThrough = straightThrough;
            return;
        }
        MaxPooling pooling = layer.pooling();
        long rows = batch * pooling.pooledPixels();
        layer.output = bits(name + ".pooledSigns", rows, sums.columns());
        layer.outputStraightThrough = bits(name + ".pooledStraightThrough", rows, sums.columns());
        program.train(Convolutions.maxPoolSigns(name + ".forward.pool", pooling, layer.signs, straightThrough,
                layer.output, layer.outputStraightThrough));
        program.infer(Convolutions.maxPoolSigns(name + ".forward.pool", pooling, layer.signs, null, layer.output,
                null));
    }

    /** The last layer's x. */
    private void normalise(Layer layer, Buffer sums) {
        BatchNorm norm = layer.norm;
        logits = program.temporary(layer.shape.name() + ".output", Variable.X, FLOAT32, sums.rows(), sums.columns());
        String name = layer.shape.name() + ".forward.normalise";
        program.train(Operations.normalise(name, sums, norm.mean, norm.deviation, norm.beta, logits));
        program.infer(Operations.normalise(name, sums, norm.runningMean, norm.runningDeviation, norm.beta, logits));
    }

    @Override
    void backward(Buffer logitGradient) {
        Layer last = layers.getLast();
        String name = last.shape.name() + ".backward";
        program.train(Operations.normaliseBackwardL1(name + ".normalise", logitGradient, logits, last.norm.beta,
                last.norm.deviation, last.norm.betaGradient));
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
        program.train(optimizer.update(program, name + ".weights", updated, signs,
                (float) (1 / Math.sqrt(layer.convolution().fanIn())), Optimizer.LATENT_LIMIT, progress));
        if (layer.latent != null) {
            program.train(Operations.signPack(name + ".weightSigns", layer.latent, layer.weights));
        }
        layer.norm.update();
        return before;
    }

    /** ∂Ŵ = sgn(∂W). */
    private Buffer weightGradientSigns(Layer layer, Gradient gradient) {
        String name = layer.shape.name() + ".backward.weightGradientSigns";
        ConvolutionShape convolution = layer.convolution();
        Buffer signs = program.temporary(name, Variable.DW, BITS, layer.weights.rows(), layer.weights.columns());
        Buffer input = layer.input;
        if (!layer.takesSigns()) {
            input = bits(layer.shape.name() + ".backward.pixelBits", batch * convolution.pixels(),
                    Byte.SIZE * convolution.channels());
            program.train(Convolutions.bytesToBits(input.name(), pixels, input));
        }
        program.train(
                Convolutions.weightGradientSigns(program, name, layer.numbers, gradient.values(), input, signs));
        return signs;
    }

    /** ∂X where |X| ≤ 1, else 0. */
    private Buffer inputGradient(Layer layer, Gradient gradient) {
        String name = layer.shape.name() + ".backward.inputGradient";
        Layer before = layers.get(layer.shape.index() - 1);
        Buffer product = program.temporary(name, Variable.DXY, gradients.format().productType(), before.output.rows(),
                before.output.columns());
        Buffer index = Convolutions.index(program, name + ".index", layer.numbers);
        program.train(Convolutions.weightIndex(index.name(), gradient.values().type(), layer.numbers,
                layer.weights, index));
        program.train(Convolutions.inputGradient(program, name, layer.numbers, gradient.values(),
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
        Buffer squares = program.temporary(name + ".squares", Variable.OTHER, FLOAT32, 1, product.columns());
        Buffer coefficients = Normalisations.coefficients(program, name, product, 0, layer.output, layer.signs.rows(),
                norm.deviation, layer.magnitude, norm.betaGradient, squares);
        if (gradient.scale() != null) {
            program.train(Normalisations.gradientScale(name + ".scale", squares, product.rows() * product.columns(),
                    format.clip(), format.type(), gradient.scale()));
            program.train(Normalisations.scaleCoefficients(name + ".scaled", coefficients, gradient.scale()));
        }
        Normalisations.Backward backward = new Normalisations.Backward(product, coefficients, gradient.values(),
                gradients.rounding() == Rounding.STOCHASTIC, layer.shape.index());
        if (layer.poolsSums()) {
            program.train(Normalisations.backwardPooledSums(name, backward, layer.pooling(), layer.output, layer.argmax,
                    progress));
        } else if (layer.poolsSigns()) {
            program.train(
                    Normalisations.backwardPooledSigns(name, backward, layer.pooling(), layer.signs, progress));
        } else {
            program.train(Normalisations.backward(name, backward, 0, layer.output, progress));
        }
        return gradient;
    }
}
