package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.BITS;
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
 * What the algorithms on packed bits share: the forward pass (Wang et al., algorithm 2), with batch normalisation by
 * absolute values, of which only the signs and a few numbers a channel are kept. Sums of signs are int16, and so are
 * those of the first layer's 8-bit inputs, in units of 1/255: as large as float16, and exact. Statistics are per channel,
 * so sums can be made a tile of channels at a time and need not exist whole.
 */
abstract class BinaryCompiler extends Compiler {
    /** Terms of up to 255 that are sure to add up within 16 bits. */
    private static final int MOST_INT16_PIXELS = Short.MAX_VALUE / 255;

    /**
     * Neighbouring channels whose values exist at once.
     *
     * @param begin the first
     * @param end behind the last
     * @param suffix of the names of its buffers and operations: none where it is all channels
     */
    record Tile(long begin, long end, String suffix) {
        static Tile all(long channels) {
            return new Tile(0, channels, "");
        }

        long channels() {
            return end - begin;
        }

        Buffer of(Buffer channels) {
            return channels.elements(begin, end);
        }
    }

    /** A layer's buffers. What the layer does not have is null. */
    static final class Layer {
        final Shape shape;
        final BatchNorm norm;
        /** The mean of the signs of its normalised output, float32 [1, channels]. */
        final Buffer signMean;
        /** [channels · taps, input channels], of a type of the algorithm's; none where the optimizer has no latent weights. */
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

        Layer(Shape shape, BatchNorm norm) {
            this.shape = shape;
            this.norm = norm;
            signMean = norm.channels(".signMean");
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

    final List<Layer> layers = new ArrayList<>();
    private Buffer logits;
    private final ElementType latentType;
    private final TileWidths widths;

    /**
     * @param latentType of latent weights
     * @param widths of the tiles in which parts of a step are done
     */
    BinaryCompiler(Network network, int batch, Optimizer optimizer, TrainingClock clock, ElementType latentType,
            TileWidths widths) {
        super(network, batch, optimizer, clock);
        this.latentType = latentType;
        this.widths = widths;
    }

    /** The backward operations of a layer, from the gradient at its normalised sums, float32, where it is the last. */
    abstract void backwardFromLogits(Layer last, Buffer gradient);

    /**
     * Adds the operations of a part of the step, a tile of a layer's channels at a time, from the first channel up.
     *
     * @param part after the layer's name
     */
    final void byTiles(Layer layer, String part, Consumer<Tile> operations) {
        int first = program.trainingSize();
        long channels = layer.shape.channels();
        long width = widths.of(layer.shape.name() + part, channels);
        if (width == channels) {
            operations.accept(Tile.all(channels));
        } else {
            for (long begin = 0; begin < channels; begin += width) {
                operations.accept(new Tile(begin, Math.min(begin + width, channels), "." + begin));
            }
        }
        widths.place(layer.shape.name() + part, first, program.trainingSize());
    }

    @Override
    final List<Buffer> weights() {
        return layers.stream().map(layer -> optimizer.latentWeights() ? layer.latent : layer.weights).toList();
    }

    @Override
    final Buffer forward() {
        for (Shape shape : shapes) {
            Layer layer = new Layer(shape, new BatchNorm(shape));
            addWeights(layer);
            if (!layers.isEmpty()) {
                takeSigns(layer, layers.getLast());
            }
            layers.add(layer);
            forward(layer);
        }
        return logits;
    }

    private void addWeights(Layer layer) {
        String name = layer.shape.name();
        ConvolutionShape convolution = layer.convolution();
        long rows = convolution.outChannels() * convolution.taps();
        String signs = name + ".weightSigns";
        if (!optimizer.latentWeights()) {
            layer.weights = program.persistent(signs, Variable.W, BITS, rows, convolution.channels());
            return;
        }
        layer.latent = program.persistent(name + ".weights", Variable.W, latentType, rows, convolution.channels());
        layer.weights = program.learned(signs, Variable.W, BITS, rows, convolution.channels());
        Operation sign = Operations.signPack(signs, layer.latent, layer.weights);
        program.train(sign);
        program.beforeInference(sign);
    }

    /**
     * The output of the layer before becomes the input. A dense layer wants the pixels of an image in one row, where they
     * are already unless rows of bits have padding.
     */
    private void takeSigns(Layer layer, Layer before) {
        ConvolutionShape convolution = layer.convolution();
        long rows = batch * convolution.pixels();
        if (before.output.columns() == convolution.channels() || before.output.columns() % Long.SIZE == 0) {
            layer.input = before.output.as(BITS, rows, convolution.channels());
            layer.inputStraightThrough = before.outputStraightThrough.as(BITS, rows, convolution.channels());
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

    private void forward(Layer layer) {
        String name = layer.shape.name();
        long rows = batch * layer.convolution().outPixels();
        boolean isLast = layer.shape.index() == shapes.size() - 1;
        long normalisedRows = layer.poolsSums() ? batch * layer.pooling().pooledPixels() : rows;
        long channels = layer.shape.channels();
        if (layer.poolsSums()) {
            layer.argmax = program.temporary(name + ".argmax", Variable.POOL_MASKS, BITS,
                    layer.pooling().argmaxPlanes() * normalisedRows, channels);
        }
        if (isLast) {
            logits = program.temporary(name + ".output", Variable.X, FLOAT32, normalisedRows, channels);
            normalise(layer, sums(layer, Tile.all(channels)));
            layer.norm.follow();
            return;
        }
        layer.signs = bits(name + ".signs", normalisedRows, channels);
        Buffer straightThrough = bits(name + ".straightThrough", normalisedRows, channels);
        byTiles(layer, ".forward", tile -> sign(layer, tile, sums(layer, tile), straightThrough));
        layer.norm.follow();
        passOn(layer, straightThrough);
    }

    /** Y = X̂ Ŵ, pooled where the layer pools sums, with its statistics. */
    private Buffer sums(Layer layer, Tile tile) {
        String name = layer.shape.name() + ".forward" + tile.suffix();
        ConvolutionShape convolution = layer.convolution();
        long rows = batch * convolution.outPixels();
        boolean exact = layer.takesSigns() || convolution.fanIn() <= MOST_INT16_PIXELS;
        if (layer.poolsSums() && !exact) {
            throw new IllegalArgumentException(
                    "The sums of %s, whose fan-in of %d pixel values is beyond %d, cannot be pooled on bits; pool its signs, use a smaller kernel, or train by the standard algorithm."
                            .formatted(layer.shape.name(), convolution.fanIn(), MOST_INT16_PIXELS));
        }
        ConvolutionShape part = convolution.withOutChannels(tile.channels());
        Buffer weights = layer.weights.rows(tile.begin() * convolution.taps(), tile.end() * convolution.taps());
        Buffer sums = program.temporary(name + ".sums", Variable.DXY, exact ? INT16 : FLOAT32, rows, tile.channels());
        Buffer totals = null;
        if (!layer.takesSigns()) {
            program.trainAndInfer(Convolutions.pixelConvolution(name, part, pixels, weights, sums));
        } else {
            if (!layer.poolsSums()) {
                totals = program.temporary(name + ".totals", Variable.OTHER, INT64, 1, tile.channels());
            }
            program.train(Convolutions.binaryConvolution(name, part, layer.input, weights, sums, totals));
            program.infer(Convolutions.binaryConvolution(name, part, layer.input, weights, sums, null));
        }
        if (layer.poolsSums()) {
            sums = pooledSums(layer, tile, sums);
        }
        statistics(layer, tile, sums, totals);
        return sums;
    }

    private Buffer pooledSums(Layer layer, Tile tile, Buffer sums) {
        String name = layer.shape.name() + ".forward.pool" + tile.suffix();
        MaxPooling pooling = layer.pooling().withChannels(tile.channels());
        Buffer pooled = program.temporary(name + ".sums", Variable.DXY, INT16, batch * pooling.pooledPixels(),
                tile.channels());
        program.train(Convolutions.maxPool(name, pooling, sums, pooled, tile.begin(), layer.argmax));
        program.infer(Convolutions.maxPool(name, pooling, sums, pooled, 0, null));
        return pooled;
    }

    /** μ and ψ. */
    private void statistics(Layer layer, Tile tile, Buffer sums, Buffer totals) {
        String name = layer.shape.name() + ".forward";
        Buffer mean = tile.of(layer.norm.mean);
        if (totals != null) {
            Normalisations.meanOfIntegers(program, name + ".mean" + tile.suffix(), totals, sums.rows(), mean);
        } else {
            Normalisations.mean(program, name + ".mean" + tile.suffix(), sums, mean);
        }
        Normalisations.deviation(program, name + ".deviation" + tile.suffix(), sums, mean,
                tile.of(layer.norm.deviation));
    }

    /** X̂ = sgn(x), where |x| ≤ 1, and the mean of X̂. */
    private void sign(Layer layer, Tile tile, Buffer sums, Buffer straightThrough) {
        String name = layer.shape.name() + ".forward.sign" + tile.suffix();
        BatchNorm norm = layer.norm;
        Buffer beta = tile.of(norm.beta);
        Normalisations.sign(program, name, sums, tile.of(norm.mean), tile.of(norm.deviation), beta, tile.begin(),
                layer.signs, straightThrough, tile.of(layer.signMean));
        program.infer(Normalisations.sign(name, sums, tile.of(norm.runningMean), tile.of(norm.runningDeviation), beta,
                tile.begin(), layer.signs));
    }

    /** The signs, pooled where the layer pools signs. */
    private void passOn(Layer layer, Buffer straightThrough) {
        if (!layer.poolsSigns()) {
            layer.output = layer.signs;
            layer.outputStraightThrough = straightThrough;
            return;
        }
        String name = layer.shape.name();
        MaxPooling pooling = layer.pooling();
        long rows = batch * pooling.pooledPixels();
        layer.output = bits(name + ".pooledSigns", rows, pooling.channels());
        layer.outputStraightThrough = bits(name + ".pooledStraightThrough", rows, pooling.channels());
        program.train(Convolutions.maxPoolSigns(name + ".forward.pool", pooling, layer.signs, straightThrough,
                layer.output, layer.outputStraightThrough));
        program.infer(Convolutions.maxPoolSigns(name + ".forward.pool", pooling, layer.signs, null, layer.output,
                null));
    }

    /** The last layer's x. */
    private void normalise(Layer layer, Buffer sums) {
        BatchNorm norm = layer.norm;
        String name = layer.shape.name() + ".forward.normalise";
        program.train(Operations.normalise(name, sums, norm.mean, norm.deviation, norm.beta, logits));
        program.infer(Operations.normalise(name, sums, norm.runningMean, norm.runningDeviation, norm.beta, logits));
    }

    @Override
    final void backward(Buffer logitGradient) {
        Layer last = layers.getLast();
        program.train(Operations.normaliseBackwardL1(last.shape.name() + ".backward.normalise", logitGradient, logits,
                last.norm.beta, last.norm.deviation, last.norm.betaGradient));
        backwardFromLogits(last, logitGradient);
    }

    /** The input of the first layer as bits, as the gradient of its weights wants it, which has this suffix. */
    final Buffer pixelBits(Layer layer, String suffix) {
        ConvolutionShape convolution = layer.convolution();
        long rows = batch * convolution.pixels();
        long columns = Byte.SIZE * convolution.channels();
        if (columns % Long.SIZE == 0) { // rows of bits have no padding, so bytes are bits as they lie
            return pixels.as(BITS, rows, columns);
        }
        Buffer input = bits(layer.shape.name() + ".backward.pixelBits" + suffix, rows, columns);
        program.train(Convolutions.bytesToBits(input.name(), pixels, input));
        return input;
    }
}
