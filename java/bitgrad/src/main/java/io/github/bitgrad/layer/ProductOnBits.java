package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.ImageSource;
import io.github.bitgrad.compile.Images;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.step.BinaryConvolutionOperations;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.GradientAtSums;
import io.github.bitgrad.step.LookupGradientOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.QuantiseOperations;
import io.github.bitgrad.step.RegroupOperations;
import io.github.bitgrad.step.WeightStream;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.util.Optional;

/**
 * A product on packed bits (Wang et al., algorithm 2). Sums of signs are int16. Sums of 8-bit inputs are int16 too, in
 * units of 1/255, if the fan-in is so small that they always fit; otherwise they are float32. In the backward pass,
 * gradients at sums are stored in the policy's format, and multiplied with bits by lookup tables.
 */
final class ProductOnBits implements ChannelSource {
    /** The largest fan-in with which a sum of terms from −255 to 255 always fits into 16 bits. */
    private static final int MOST_INT16_PIXELS = Short.MAX_VALUE / 255;

    /** The input in the layout that the product needs. Its gradient has the layout that the input had before. */
    private sealed interface Input {
        /**
         * The input of some images.
         *
         * @param pixels the number of rows that an image has
         */
        Input of(Images images, long pixels);

        /** @param bytes the network's input: uint8 [batch, values of an image] */
        record Pixels(Buffer bytes) implements Input {
            @Override
            public Input of(Images images, long pixels) {
                return new Pixels(images.of(bytes, 1));
            }
        }

        /**
         * @param bits the signs: bits [batch · pixels, channels] of the convolution
         * @param straightThrough the straight-through bits, of the same shape as {@code bits}
         * @param rows the number of rows of the gradient at the input
         * @param columns the number of columns of the gradient at the input
         */
        record Signs(Buffer bits, Buffer straightThrough, long rows, long columns) implements Input {
            @Override
            public Input of(Images images, long pixels) {
                return new Signs(images.of(bits, pixels), images.of(straightThrough, pixels), images.count() * pixels,
                        columns);
            }
        }
    }

    private final StepBuilder step;
    private final ConvolutionShape convolution;
    private final Edge edge;
    private final BinaryWeights weights;
    private final Input input;

    ProductOnBits(StepBuilder step, ConvolutionShape convolution, Edge edge, LatentWeights latent) {
        this.step = step;
        this.convolution = convolution;
        this.edge = edge;
        weights = step.binaryWeights(convolution.outChannels(), convolution.taps(), convolution.channels(), latent);
        input = switch (edge.value()) {
            case Value.Pixels(Buffer bytes) -> new Input.Pixels(bytes);
            case Value.PackedSigns signs -> signs(signs);
            default -> throw new IllegalArgumentException(
                    "%s takes signs, but its input %s gives real values; put a sign between them."
                            .formatted(step.name(""), edge.name()));
        };
    }

    /**
     * A dense layer needs all pixels of an image in one row of bits. If rows of bits have no padding, their memory has
     * this layout already. Otherwise an operation copies them.
     */
    private Input.Signs signs(Value.PackedSigns before) {
        Buffer bits = before.bits();
        long rows = step.batch() * convolution.pixels();
        long columns = convolution.channels();
        if (bits.columns() == columns || bits.columns() % Long.SIZE == 0) {
            return new Input.Signs(bits.as(BITS, rows, columns), before.straightThrough().as(BITS, rows, columns),
                    bits.rows(), bits.columns());
        }
        Buffer flat = step.temporary(".input", Variable.X, BITS, rows, columns);
        Buffer straightThrough = step.temporary(".inputStraightThrough", Variable.X, BITS, rows, columns);
        step.trainAndInfer(RegroupOperations.flattenBits(flat.name(), bits, flat));
        if (!edge.needsGradient()) {
            return new Input.Signs(flat, straightThrough, bits.rows(), bits.columns());
        }
        step.train(RegroupOperations.flattenBits(straightThrough.name(), before.straightThrough(), straightThrough));
        return new Input.Signs(flat, straightThrough, bits.rows(), bits.columns());
    }

    Forward forward() {
        return new Forward(weights.sums(this), this::backward);
    }

    @Override
    public long channels() {
        return convolution.outChannels();
    }

    @Override
    public boolean tileable() {
        return true;
    }

    /** Y = X̂ Ŵ. */
    @Override
    public Form tile(Tile tile, Want want) {
        return step.inferenceOnly() ? new Form.Product(() -> sums(tile, want).values(), this::signs) : sums(tile, want);
    }

    /** The signs of the input and of the weights are kept until the weights are updated, after all gradients. */
    @Override
    public Optional<ChannelSource> again() {
        return Optional.of(new Derived(this) {
            @Override
            public Form tile(Tile tile, Want want) {
                String name = step.unique(".backward.again" + tile.suffix());
                Buffer sums = step.program().temporary(name + ".sums", Variable.DXY, sumType(),
                        step.batch() * convolution.outPixels(), tile.channels());
                step.train(product(name, tile, input, sums));
                return new Form.Values(sums, true);
            }

            @Override
            public Optional<ImageSource> byImages() {
                return Optional.of((images, _) -> {
                    String name = step.unique(".backward.again");
                    Buffer sums = step.program().temporary(name + ".sums", Variable.DXY, sumType(),
                            images.count() * convolution.outPixels(), channels());
                    step.train(product(name, Tile.all(channels()), input.of(images, convolution.pixels()), sums));
                    return sums;
                });
            }
        });
    }

    /** The type of sums: they are integers of 16 bits where these always fit. */
    private ElementType sumType() {
        return input instanceof Input.Pixels && convolution.fanIn() > MOST_INT16_PIXELS ? FLOAT32 : INT16;
    }

    /** The operation that computes the sums of a tile of channels, from the input or some images of it. */
    private Operation product(String name, Tile tile, Input from, Buffer sums) {
        ConvolutionShape part = convolution.withOutChannels(tile.channels());
        Buffer signs = tileWeights(tile);
        return switch (from) {
            case Input.Pixels(Buffer bytes) -> BinaryConvolutionOperations.pixelConvolution(name, part, bytes, signs,
                    sums);
            case Input.Signs(Buffer bits, _, _, _) -> BinaryConvolutionOperations.binaryConvolution(name, part, bits,
                    signs, sums);
        };
    }

    /** The signs of all sums, without the sums, in a network that is only used. */
    private void signs(Buffer thresholds, Buffer signs) {
        String name = step.name(".forward");
        switch (input) {
            case Input.Pixels(Buffer bytes) -> step.infer(BinaryConvolutionOperations.pixelConvolutionSigns(
                    step.program(), name, convolution, bytes, weights.signs(), thresholds, signs));
            case Input.Signs(Buffer bits, _, _, _) -> {
                Buffer packed = step.program().learned(step.name(".packedWeights"), Variable.W, UINT8, 1,
                        BinaryConvolutionOperations.packedWeightBytes(convolution));
                step.prepare(
                        BinaryConvolutionOperations.packWeights(packed.name(), convolution, weights.signs(), packed));
                step.infer(BinaryConvolutionOperations.binaryConvolutionSigns(name, convolution, bits, packed,
                        thresholds, signs));
            }
        }
    }

    private Buffer tileWeights(Tile tile) {
        return weights.signs().rows(tile.begin() * convolution.taps(), tile.end() * convolution.taps());
    }

    private Form sums(Tile tile, Want want) {
        if (want.pooled() && sumType() == FLOAT32) {
            throw new IllegalArgumentException(
                    ("The sums of %s have a fan-in of %s pixel values, but with products on bits they can be "
                            + "pooled only up to %s; pool its signs, use a smaller kernel, or train by the "
                            + "standard algorithm.")
                            .formatted(step.name(""), convolution.fanIn(), MOST_INT16_PIXELS));
        }
        String suffix = ".forward" + tile.suffix();
        Buffer sums = step.temporary(suffix + ".sums", Variable.DXY, sumType(),
                step.batch() * convolution.outPixels(), tile.channels());
        Operation product = product(step.name(suffix), tile, input, sums);
        if (!(want.totals() && input instanceof Input.Signs(Buffer bits, _, _, _))) {
            step.trainAndInfer(product);
            return new Form.Values(sums, true);
        }
        step.infer(product);
        ConvolutionShape part = convolution.withOutChannels(tile.channels());
        Buffer totals = step.temporary(suffix + ".totals", Variable.OTHER, INT64, 1, tile.channels());
        step.train(BinaryConvolutionOperations.binaryConvolution(step.name(suffix), part, bits, tileWeights(tile), sums,
                totals));
        return new Form.SumsWithTotals(sums, totals);
    }

    @Override
    public void finish() {
        // nothing is left to do after the last tile
    }

    private void backward(ChannelSource gradient) {
        if (!step.policy().tiled() && !step.hasParts()) {
            backwardWhole(inFormat(gradient.whole(Want.ANY), ""));
        } else if (edge.needsGradient() || !gradient.tileable() || gradient.givesMatrices()) {
            // real numbers are converted as a whole, because their integers have one scale
            backwardStreamed(inFormat(gradient.whole(Want.ANY), ""));
        } else {
            step.tiles(gradient, ".backward", tile -> updateBlocks(tile, inFormat(gradient.tile(tile, Want.ANY),
                    tile.suffix())));
            gradient.finish();
        }
        weights.endBlocks();
    }

    /** Converts a gradient that is still real to the policy's format. */
    private SumGradient inFormat(Form form, String suffix) {
        if (form instanceof SumGradient gradient) {
            return gradient;
        }
        GradientFormat format = step.policy().gradient();
        Form.Values real = form.values();
        if (format == GradientFormat.FLOAT32) {
            return new SumGradient(step.float32(real).buffer(), Optional.empty(), Optional.empty());
        }
        String name = ".backward.gradient" + suffix;
        Buffer values = step.temporary(name, Variable.DY, format.type(), real.buffer().rows(),
                real.buffer().columns());
        if (format == GradientFormat.FLOAT16) {
            step.train(ElementwiseOperations.convert(step.name(name), real.buffer(), values));
            return new SumGradient(values, Optional.empty(), Optional.empty());
        }
        Buffer scale = step.temporary(name + ".scale", Variable.OTHER, FLOAT32, 1, 1);
        step.train(QuantiseOperations.quantise(step.name(name), step.float32(real).buffer(), values, scale));
        return new SumGradient(values, Optional.of(scale), Optional.empty());
    }

    /** Computes ∂W, or ∂Ŵ = sgn(∂W), and ∂X as whole matrices, both before the weights change. */
    private void backwardWhole(SumGradient gradient) {
        Buffer ofWeights = weightGradient(gradient);
        if (edge.needsGradient() && input instanceof Input.Signs x) {
            Buffer index = weightIndex(".backward.inputGradient.index", gradient);
            Buffer product = inputGradient(x, gradient, index, Tile.all(x.columns()));
            edge.gradient(ChannelSource.of(product));
        }
        weights.update(ofWeights);
    }

    /** The gradient of all weights, float32 or signs. */
    private Buffer weightGradient(SumGradient gradient) {
        Buffer bits = inputBits("");
        Buffer signs = weights.signs();
        boolean bySigns = step.policy().weightGradient() == GradientKind.SIGN;
        Buffer product = step.temporary(bySigns ? ".backward.weightGradientSigns" : ".backward.weightGradient",
                Variable.DW, bySigns ? BITS : FLOAT32, signs.rows(), signs.columns());
        step.train(LookupGradientOperations.weightGradient(step.program(), product.name(), convolution,
                bySigns ? GradientAtSums.real(gradient.buffer()) : gradient.operand(), bits, product));
        return product;
    }

    /**
     * Gives ∂W to the optimizer block by block. ∂X is pulled later, one tile at a time. It must be the gradient for the
     * weights before the update, so it uses an index of the weights that is made before the update.
     */
    private void backwardStreamed(SumGradient gradient) {
        if (edge.needsGradient() && input instanceof Input.Signs x) {
            Buffer index = weightIndex(".backward.index", gradient);
            updateBlocks(Tile.all(convolution.outChannels()), gradient);
            edge.gradient(new InputGradient(x, gradient, index));
        } else {
            updateBlocks(Tile.all(convolution.outChannels()), gradient);
        }
    }

    /** ∂X where |X| ≤ 1, and 0 elsewhere; one tile of input channels at a time. */
    private final class InputGradient implements ChannelSource {
        private final Input.Signs x;
        private final SumGradient gradient;
        private final Buffer index;

        InputGradient(Input.Signs x, SumGradient gradient, Buffer index) {
            this.x = x;
            this.gradient = gradient;
            this.index = index;
        }

        @Override
        public long channels() {
            return x.columns();
        }

        /** There are no tiles if the input channels of a dense layer are those of several pixels. */
        @Override
        public boolean tileable() {
            return x.columns() == convolution.channels();
        }

        @Override
        public Form tile(Tile tile, Want want) {
            return new Form.Values(inputGradient(x, gradient, index, tile), true);
        }

        @Override
        public void finish() {
            // the weights have been updated already
        }
    }

    private Buffer inputGradient(Input.Signs x, SumGradient gradient, Buffer index, Tile tile) {
        Buffer product = step.temporary(".backward.inputGradient" + tile.suffix(), Variable.DXY,
                step.policy().gradient().productType(), x.rows(), tile.channels());
        Buffer dx = x.columns() == convolution.channels()
                ? product
                : product.as(product.type(), step.batch() * convolution.pixels(), convolution.channels());
        step.train(
                LookupGradientOperations.inputGradient(step.program(), product.name(), convolution, gradient.operand(),
                        index, x.straightThrough(), new ChannelTile(dx, tile.begin())));
        return product;
    }

    private Buffer weightIndex(String suffix, SumGradient gradient) {
        Buffer index = LookupGradientOperations.index(step.program(), step.name(suffix), convolution);
        step.train(LookupGradientOperations.weightIndex(index.name(), gradient.buffer().type(), convolution,
                weights.signs(),
                index));
        return index;
    }

    /** Gives ∂W of some output channels to the optimizer. */
    private void updateBlocks(Tile tile, SumGradient gradient) {
        step.train(WeightStream.of(step.program(), step.name(".backward.weights" + tile.suffix()),
                convolution.withOutChannels(tile.channels()), gradient.operand(), inputBits(tile.suffix()),
                weights.kindOfBlocks().type(),
                weights.blocks().from(tile.begin())));
    }

    /** The input as bits; an 8-bit input has eight bits for each value. */
    private Buffer inputBits(String suffix) {
        return switch (input) {
            case Input.Signs(Buffer bits, _, _, _) -> bits;
            case Input.Pixels(Buffer bytes) -> {
                long rows = step.batch() * convolution.pixels();
                long columns = Byte.SIZE * convolution.channels();
                if (columns % Long.SIZE == 0) { // rows of bits have no padding, so the bytes have the layout of bits already
                    yield bytes.as(BITS, rows, columns);
                }
                Buffer bits = step.temporary(".backward.pixelBits" + suffix, Variable.X, BITS, rows, columns);
                step.train(RegroupOperations.bytesToBits(bits.name(), bytes, bits));
                yield bits;
            }
        };
    }
}
