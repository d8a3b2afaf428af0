package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.ByteWeightUpdate;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.BlockUpdate;
import io.github.bitgrad.step.Convolutions;
import io.github.bitgrad.step.Normalisations;
import io.github.bitgrad.step.PooledGradient;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.WeightStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The proposed algorithm without what it can do without. On the forward pass of {@link BinaryCompiler}:
 * <ul>
 * <li>sums, and gradients at signs, exist a tile of channels at a time, because what normalisation needs of them is per
 * channel;
 * <li>gradients at sums are integers from −63 to 63, one a window where the layer pools, and those of the first layer do
 * not exist whole either;
 * <li>gradients of weights go straight into the optimizer, a block of channels at a time, so that they may as well be
 * real;
 * <li>latent weights and momenta are bytes, and a second moment is kept a channel at most.
 * </ul>
 *
 * <p>
 * The scale of a gradient is wanted before all of it exists, so it follows from the root mean square that the gradient
 * had in the step before. What is then too large is clipped, at 8 times that root; a gradient that grows is clipped for
 * a step. In the first step the scale follows from the first channels, as many as every tile has: so results do not
 * depend on how wide tiles are.
 */
final class LeanCompiler extends BinaryCompiler {
    private static final GradientFormat FORMAT = GradientFormat.INT7;

    /**
     * The gradient at a layer's sums, or at those of some channels.
     *
     * @param values int8 [pixels, channels]; or a row for each window, where there is pooling
     * @param scale what they are multiples of, float32 [1, 1]
     * @param pooled null where there is none
     */
    private record Gradient(Buffer values, Buffer scale, PooledGradient pooled) {
    }

    private final Gradients gradients;
    private final List<BlockUpdate> updates = new ArrayList<>();

    LeanCompiler(Network network, int batch, Optimizer optimizer, Gradients gradients, TileWidths widths,
            TrainingClock clock) {
        super(network, batch, optimizer, clock, INT8, widths);
        this.gradients = gradients;
    }

    @Override
    float lossScale() {
        return FORMAT.lossScale();
    }

    private boolean signs() {
        return gradients.weights() == GradientKind.SIGN;
    }

    @Override
    void backwardFromLogits(Layer last, Buffer logitGradient) {
        for (Layer layer : layers) {
            updates.add(optimizer.updateByBlocks(program, new ByteWeightUpdate(layer.shape.name() + ".weights",
                    layer.latent != null ? layer.latent : layer.weights, layer.convolution().taps(),
                    gradients.weights(),
                    signs() ? (float) (1 / Math.sqrt(layer.convolution().fanIn())) : 1 / (batch * lossScale()),
                    layer.shape.index(), clock)));
        }
        String name = last.shape.name() + ".backward.gradient";
        Buffer values = program.temporary(name, Variable.DY, INT8, logitGradient.rows(), logitGradient.columns());
        Buffer scale = program.temporary(name + ".scale", Variable.OTHER, FLOAT32, 1, 1);
        program.train(Normalisations.quantise(name, logitGradient, values, scale));
        Gradient gradient = new Gradient(values, scale, null);
        for (Layer layer : layers.reversed()) {
            gradient = backward(layer, gradient);
        }
    }

    /**
     * From the gradient at a layer's sums to that at the sums of the one before, which the first layer has not whole.
     * What is propagated goes by the weights as they were, in the form of an index, so they may be updated before.
     */
    private Gradient backward(Layer layer, Gradient gradient) {
        Buffer index = layer.takesSigns() ? index(layer) : null;
        if (gradient != null) {
            updateWeights(layer, Tile.all(layer.shape.channels()), gradient);
        }
        layer.norm.update();
        return index == null ? null : gradientBefore(layer, gradient, index);
    }

    private Buffer index(Layer layer) {
        Buffer index = Convolutions.index(program, layer.shape.name() + ".backward.index", layer.convolution());
        program.train(Convolutions.weightIndex(index.name(), INT8, layer.convolution(), layer.weights, index));
        return index;
    }

    /** ∂W of channels of a layer, into the optimizer. */
    private void updateWeights(Layer layer, Tile tile, Gradient gradient) {
        Buffer input = layer.takesSigns() ? layer.input : pixelBits(layer, tile.suffix());
        program.train(WeightStream.of(program, layer.shape.name() + ".backward.weights" + tile.suffix(),
                layer.convolution().withOutChannels(tile.channels()), gradient.values(), gradient.scale(),
                gradient.pooled(), input,
                signs() ? BITS : FLOAT32,
                updates.get(layer.shape.index()), tile.begin()));
    }

    /** ∂X where |X| ≤ 1, else 0, a tile at a time; each goes through sign and normalisation before the next is made. */
    private Gradient gradientBefore(Layer layer, Gradient gradient, Buffer index) {
        Layer before = layers.get(layer.shape.index() - 1);
        String name = layer.shape.name() + ".backward.inputGradient";
        Normalised normalised = new Normalised(before);
        boolean samePixels = before.output.columns() == layer.convolution().channels();
        Consumer<Tile> operations = tile -> {
            Buffer product = program.temporary(name + tile.suffix(), Variable.DXY, FLOAT16, before.output.rows(),
                    tile.channels());
            Buffer dx = samePixels ? product : product.as(FLOAT16, batch, layer.convolution().channels());
            program.train(Convolutions.inputGradient(program, product.name(), layer.convolution(), gradient.values(),
                    gradient.scale(), gradient.pooled(), index, layer.inputStraightThrough, dx, tile.begin()));
            normalised.add(tile, product);
        };
        if (samePixels) {
            byTiles(before, ".backward", operations);
        } else {
            operations.accept(Tile.all(before.output.columns()));
        }
        return normalised.finish();
    }

    /** The gradient at a layer's normalised sums, of that at its output, a tile at a time. */
    private final class Normalised {
        private final Layer layer;
        private final String name;
        /** One a window where the layer pools; null for a first layer that does not, of which only tiles exist. */
        private final Buffer values;
        private final Buffer scale;
        private final Buffer nextScale;
        private final Buffer squares;
        /** What elements have that their window did not choose; null unless the layer pools signs. */
        private final Buffer others;

        Normalised(Layer layer) {
            this.layer = layer;
            name = layer.shape.name() + ".backward";
            long rows = layer.output.rows();
            long channels = layer.output.columns();
            values = layer.takesSigns() || layer.pools()
                    ? program.temporary(name + ".gradient", Variable.DY, INT8, rows, channels)
                    : null;
            scale = program.temporary(name + ".scale", Variable.OTHER, FLOAT32, 1, 1);
            nextScale = program.persistent(name + ".nextScale", Variable.OTHER, FLOAT32, 1, 1);
            squares = layer.norm.channels(".squares");
            others = layer.poolsSigns()
                    ? program.temporary(name + ".others", Variable.DY, INT8, 2, channels)
                    : null;
        }

        void add(Tile tile, Buffer product) {
            String tileName = name + ".normalise" + tile.suffix();
            BatchNorm norm = layer.norm;
            Buffer coefficients = Normalisations.coefficients(program, tileName, product, tile.begin(), layer.output,
                    layer.signs.rows(), tile.of(norm.deviation), tile.of(norm.beta), tile.of(layer.signMean),
                    tile.of(norm.betaGradient), tile.of(squares));
            if (tile.begin() == 0) {
                long first = Math.min(TileWidths.NARROWEST, squares.columns());
                program.train(Normalisations.scaleOfLastStep(tileName + ".scale", squares.elements(0, first),
                        product.rows() * first, FORMAT.clip(), INT8, nextScale, scale, clock));
            }
            program.train(Normalisations.scaleCoefficients(tileName + ".coefficients", coefficients, scale));
            Buffer result = values != null
                    ? values
                    : program.temporary(tileName + ".gradient", Variable.DY, INT8, product.rows(), tile.channels());
            program.train(Normalisations.backward(tileName, new Normalisations.Backward(product, coefficients, result,
                    gradients.rounding() == Rounding.STOCHASTIC, layer.shape.index()), tile.begin(), layer.output,
                    clock));
            if (others != null) {
                program.train(Normalisations.gradientRest(tileName + ".others", coefficients, tile.begin(), others));
            }
            if (values == null) {
                updateWeights(layer, tile, gradient(result));
            }
        }

        Gradient finish() {
            program.train(Normalisations.gradientScale(name + ".nextScale", squares,
                    layer.output.rows() * layer.output.columns(), FORMAT.clip(), INT8, nextScale));
            return values == null ? null : gradient(values);
        }

        private Gradient gradient(Buffer result) {
            PooledGradient pooled = null;
            if (layer.poolsSums()) {
                pooled = PooledGradient.ofSums(layer.pooling().windowHeight(), layer.argmax);
            } else if (layer.poolsSigns()) {
                pooled = PooledGradient.ofSigns(layer.pooling().windowHeight(), layer.signs, others);
            }
            return new Gradient(result, scale, pooled);
        }
    }
}
