package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.ImageSource;
import io.github.bitgrad.compile.Images;
import io.github.bitgrad.compile.RealWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.RealConvolutionOperations;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The common part of real convolutions and real dense layers. A dense layer is compiled as a convolution of images with
 * one pixel. With products by OpenBLAS the product is that of {@link ProductOnBlas}; otherwise it is computed by a
 * kernel whose order of sums is the same on every machine.
 */
final class RealProducts implements ChannelSource {
    /** The names of the numbers of biases in files. */
    static final List<String> NUMBERS = List.of("bias");
    private static final int NO_BIAS = 0;
    private static final int LEARNED = 1;
    /** The words for the numbers of biases. */
    static final Map<String, List<String>> WORDS = Map.of("bias", List.of("none", "learned"));

    private final StepBuilder step;
    private final ConvolutionShape convolution;
    private final Edge edge;
    private final RealWeights weights;
    /** The input: float32 or uint8 [batch · pixels, channels of the convolution]. */
    private final Buffer x;

    private RealProducts(StepBuilder step, ConvolutionShape convolution, Edge edge) {
        this.step = step;
        this.convolution = convolution;
        this.edge = edge;
        weights = step.realWeights(convolution.outChannels(), convolution.taps(), convolution.channels());
        x = input(step, edge);
    }

    /** Whether a layer in a file has a bias for each output channel. It has none if the file says nothing else. */
    static boolean biased(Numbers numbers) {
        int bias = numbers.whole("bias", NO_BIAS);
        if (bias != NO_BIAS && bias != LEARNED) {
            throw new IllegalArgumentException("There is no kind of bias with the number %s.".formatted(bias));
        }
        return bias == LEARNED;
    }

    /** The numbers of a layer, with that of its biases if it has any. */
    static Numbers with(Numbers numbers, boolean biased) {
        return biased ? numbers.and("bias", LEARNED) : numbers;
    }

    /** A layer as messages write it, with its biases if it has any. */
    static String described(String layer, boolean biased) {
        return biased ? layer.substring(0, layer.length() - 1) + ", bias learned)" : layer;
    }

    static Forward compile(StepBuilder step, ConvolutionShape convolution, Edge edge, boolean biased) {
        Forward product = switch (step.policy().products()) {
            case BITS -> new RealProducts(step, convolution, edge).forward();
            case BLAS -> ProductOnBlas.ofReals(step, convolution, edge).forward();
        };
        return biased ? BiasedSums.of(step, product) : product;
    }

    static PaperTerms paperTerms(ConvolutionShape convolution, boolean biased) {
        return PaperTerms.real(convolution.pixels() * convolution.channels(),
                convolution.outPixels() * convolution.outChannels(),
                convolution.fanIn() * convolution.outChannels(), biased ? convolution.outChannels() : 0);
    }

    private static Buffer input(StepBuilder step, Edge edge) {
        if (edge.value() instanceof Value.Pixels(Buffer bytes)) {
            return bytes;
        }
        Buffer reals = step.reals(edge).whole(Want.KEPT).values().buffer();
        if (reals.type() != FLOAT32) {
            throw new IllegalArgumentException(
                    "%s takes real values, but its input %s gives sums of integers; put batch normalisation between them."
                            .formatted(step.name(""), edge.name()));
        }
        return reals;
    }

    private Forward forward() {
        return new Forward(new Value.Reals(this), this::backward);
    }

    @Override
    public long channels() {
        return convolution.outChannels();
    }

    @Override
    public boolean tileable() {
        return true;
    }

    /** Y = X W. */
    @Override
    public Form tile(Tile tile, Want want) {
        return product(step.name(".forward" + tile.suffix()), tile, step::trainAndInfer);
    }

    /** The network's input is at hand, and its product is cheaper than a matrix of all images. */
    @Override
    public Optional<ImageSource> byImages() {
        return edge.value() instanceof Value.Pixels && step.policy().tiled() && !step.inferenceOnly()
                ? Optional.of((images, inference) -> product(images, inference ? step::trainAndInfer : step::train))
                : Optional.empty();
    }

    /** The input and the weights are kept until the weights are updated, after all gradients. */
    @Override
    public Optional<ChannelSource> again() {
        return Optional.of(new Derived(this) {
            @Override
            public Form tile(Tile tile, Want want) {
                return product(step.unique(".backward.again" + tile.suffix()), tile, step::train);
            }

            @Override
            public Optional<ImageSource> byImages() {
                return Optional.of((images, _) -> product(images, step::train));
            }
        });
    }

    private Form product(String name, Tile tile, Consumer<Operation> timeline) {
        Buffer sums = step.program().temporary(name + ".sums", Variable.DXY, FLOAT32,
                step.batch() * convolution.outPixels(), tile.channels());
        timeline.accept(RealConvolutionOperations.forward(step.program(), name,
                convolution.withOutChannels(tile.channels()), x, weights.values().rows(tile.begin(), tile.end()),
                sums));
        return new Form.Values(sums, true);
    }

    /** The product of some images: float32 [pixels of the images, channels]. */
    private Buffer product(Images images, Consumer<Operation> timeline) {
        String name = step.unique(".images");
        Buffer sums = step.program().temporary(name + ".sums", Variable.DXY, FLOAT32,
                images.count() * convolution.outPixels(), channels());
        timeline.accept(RealConvolutionOperations.forward(step.program(), name, convolution, input(images),
                weights.values(), sums));
        return sums;
    }

    /** The input of some images. */
    private Buffer input(Images images) {
        return images.of(x, x.rows() / step.batch());
    }

    @Override
    public void finish() {
        // nothing is left to do after the last tile
    }

    /** Computes ∂X with the weights before the update, then ∂W, and updates the weights. */
    private void backward(ChannelSource gradient) {
        Buffer product = step.temporary(".backward.weightGradient", Variable.DW, FLOAT32, convolution.outChannels(),
                convolution.fanIn());
        Optional<ImageSource> byImages = edge.needsGradient() ? Optional.empty() : gradient.byImages();
        if (byImages.isPresent()) {
            long values = convolution.outPixels() * channels();
            for (Images images : Images.groups(step.batch(), values, 1)) {
                weightGradient(step.name(step.unused(".backward.weightGradient.images")), convolution,
                        new RealConvolutionOperations.WeightGradient(input(images),
                                byImages.get().images(images, false),
                                product, images.begin() > 0));
            }
            gradient.finish();
        } else if (edge.needsGradient() || !gradient.tileable()) {
            Buffer dy = step.float32(gradient.whole(Want.REAL).values()).buffer();
            if (edge.needsGradient()) {
                edge.gradient(ChannelSource.of(inputGradient(dy)));
            }
            weightGradient(Tile.all(channels()), dy, product);
        } else {
            step.tiles(gradient, ".backward", tile -> weightGradient(tile,
                    step.float32(gradient.tile(tile, Want.REAL).values()).buffer(), product));
            gradient.finish();
        }
        weights.update(product);
    }

    private Buffer inputGradient(Buffer dy) {
        Buffer dx = step.temporary(".backward.inputGradient", Variable.DXY, FLOAT32,
                step.batch() * edge.shape().height() * edge.shape().width(), edge.shape().channels());
        step.train(RealConvolutionOperations.inputGradient(dx.name(), convolution, dy, weights.values(), dx));
        return dx;
    }

    private void weightGradient(Tile tile, Buffer dy, Buffer product) {
        weightGradient(product.name() + tile.suffix(), convolution.withOutChannels(tile.channels()),
                new RealConvolutionOperations.WeightGradient(x, dy, product.rows(tile.begin(), tile.end()), false));
    }

    private void weightGradient(String name, ConvolutionShape part, RealConvolutionOperations.WeightGradient of) {
        step.train(RealConvolutionOperations.weightGradient(step.program(), name, part, of));
    }
}
