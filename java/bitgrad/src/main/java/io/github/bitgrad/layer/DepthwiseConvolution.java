package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.DepthwiseConvolutionOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A depthwise convolution with binary weights: every channel has a kernel of its own, and an output channel is computed
 * from the input channel of the same number. The input is signs. The output is sums, which batch normalisation should
 * follow, and has as many channels as the input. A {@link BinaryConvolution} with a kernel of one pixel usually comes
 * after it, to mix the channels.
 *
 * @param geometry where the windows lie
 * @param clip the latent weights are clipped to [−clip, clip] by algorithms that store them as floats, and to a quarter
 *            of that by algorithms that store them as bytes: a positive number, usually 1
 */
public record DepthwiseConvolution(ConvolutionGeometry geometry, double clip)
        implements
        KernelLayer<DepthwiseConvolution> {
    static final LayerKind KIND = LayerKind.of("depthwiseConvolution", names(),
            numbers -> new DepthwiseConvolution(ConvolutionGeometry.of(numbers), numbers.real("clip", 1)));

    private static List<String> names() {
        List<String> names = new ArrayList<>(ConvolutionGeometry.NUMBERS);
        names.add("clip");
        return List.copyOf(names);
    }

    /**
     * A convolution with stride 1 and no padding, whose latent weights have the usual limit. Use {@link #stride},
     * {@link #padding}, {@link #same} and {@link #clip(double)} to change this.
     *
     * @param kernelHeight rows of a window, at least 1
     * @param kernelWidth pixels in each row of a window, at least 1
     */
    public static DepthwiseConvolution of(int kernelHeight, int kernelWidth) {
        return new DepthwiseConvolution(ConvolutionGeometry.PIXEL, 1).kernel(kernelHeight, kernelWidth);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public String label() {
        return "depthwiseConv";
    }

    @Override
    public DepthwiseConvolution with(ConvolutionGeometry other) {
        return new DepthwiseConvolution(other, clip);
    }

    /**
     * This convolution with another limit of its latent weights.
     *
     * @param limit a positive number
     */
    public DepthwiseConvolution clip(double limit) {
        return new DepthwiseConvolution(geometry, limit);
    }

    private LatentWeights latent() {
        return LatentWeights.USUAL.withClip(clip);
    }

    @Override
    public int outChannels(ImageShape input) {
        return input.channels();
    }

    @Override
    public Numbers numbers() {
        return BinaryProducts.with(geometry.after(Numbers.NONE), latent());
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = KernelLayer.super.shape(inputs);
        BinaryProducts.requireClip(this, clip);
        BinaryProducts.requireFanIn(this, convolution(Layer.single(inputs)).taps());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return new Product(step, convolution(input.shape()), input, clip).forward();
    }

    @Override
    public boolean hasBinaryWeights() {
        return true;
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        ConvolutionShape convolution = convolution(Layer.single(inputs));
        return PaperTerms.binary(convolution.pixels() * convolution.channels(),
                convolution.outPixels() * convolution.channels(), convolution.taps() * convolution.channels());
    }

    @Override
    public String toString() {
        return BinaryProducts.described("%s(%s)".formatted(label(), geometry), latent());
    }

    /**
     * The product, on packed bits whatever computes other products: OpenBLAS has no product in which each channel has a
     * kernel of its own. If activations and weights are stored as float32, their signs are packed each time they are
     * needed, and sums are float32.
     *
     * <p>
     * An output channel depends on one input channel, so the backward pass works on one tile of channels after the
     * other where the gradient at the sums has tiles. Such a gradient is never rounded to integers.
     */
    private static final class Product implements ChannelSource {
        private final StepBuilder step;
        private final ConvolutionShape convolution;
        private final Edge edge;
        private final BinaryWeights weights;

        Product(StepBuilder step, ConvolutionShape convolution, Edge edge, double clip) {
            this.step = step;
            this.convolution = convolution;
            this.edge = edge;
            if (!(edge.value() instanceof Value.PackedSigns || edge.value() instanceof Value.SignsOfReals)) {
                throw new IllegalArgumentException(
                        "%s takes signs, but its input %s gives real values; put a sign between them."
                                .formatted(step.name(""), edge.name()));
            }
            weights = step.depthwiseWeights(convolution.channels(), convolution.taps(), clip);
        }

        Forward forward() {
            return new Forward(new Value.Reals(this), this::backward);
        }

        @Override
        public long channels() {
            return convolution.channels();
        }

        @Override
        public boolean tileable() {
            return onBits();
        }

        private boolean onBits() {
            return step.policy().products() == Products.BITS;
        }

        @Override
        public Form tile(Tile tile, Want want) {
            String suffix = ".forward" + tile.suffix();
            Buffer sums = want.into().filter(buffer -> buffer.type() == sumType(want))
                    .orElseGet(() -> step.temporary(suffix + ".sums", Variable.DXY, sumType(want), sumRows(),
                            tile.channels()));
            step.trainAndInfer(product(step.name(suffix), tile, sums, inputSigns(suffix, step::trainAndInfer),
                    weightSigns(suffix, step::trainAndInfer)));
            return new Form.Values(sums, true);
        }

        private long sumRows() {
            return step.batch() * convolution.outPixels();
        }

        /** Sums that are pooled are float32: then their gradient passes the pooling as real numbers. */
        private ElementType sumType(Want want) {
            return onBits() && !want.pooled() ? INT16 : FLOAT32;
        }

        private Operation product(String name, Tile tile, Buffer sums, Buffer inputs, Buffer signs) {
            return DepthwiseConvolutionOperations.forward(name, convolution, inputs, signs,
                    new ChannelTile(sums, tile.begin()));
        }

        private Buffer inputSigns(String suffix, Consumer<Operation> timeline) {
            return switch (edge.value()) {
                case Value.PackedSigns(Buffer bits, _) -> bits;
                case Value.SignsOfReals(Buffer reals) -> packed(suffix + ".inputSigns", reals, timeline);
                default -> throw new AssertionError(edge.value());
            };
        }

        private Buffer weightSigns(String suffix, Consumer<Operation> timeline) {
            Buffer signs = weights.signs();
            return signs.type() == BITS ? signs : packed(suffix + ".weightSigns", signs, timeline);
        }

        private Buffer packed(String suffix, Buffer reals, Consumer<Operation> timeline) {
            Buffer bits = step.temporary(suffix, Variable.OTHER, BITS, reals.rows(), reals.columns());
            timeline.accept(ElementwiseOperations.signPack(bits.name(), reals, bits));
            return bits;
        }

        /** The signs of the input and of the weights are kept until the weights are updated, after all gradients. */
        @Override
        public Optional<ChannelSource> again() {
            return onBits() ? Optional.of(new Derived(this) {
                @Override
                public Form tile(Tile tile, Want want) {
                    String name = step.unique(".backward.again" + tile.suffix());
                    Buffer sums = step.program().temporary(name + ".sums", Variable.DXY, sumType(want), sumRows(),
                            tile.channels());
                    step.train(product(name, tile, sums, inputSigns(".backward", step::train), weights.signs()));
                    return new Form.Values(sums, true);
                }
            }) : Optional.empty();
        }

        @Override
        public void finish() {
            // nothing is left to do after the last tile
        }

        private void backward(ChannelSource gradient) {
            Buffer ofWeights = step.temporary(".backward.weightGradient", Variable.DW, FLOAT32, convolution.taps(),
                    channels());
            if (edge.needsGradient()) {
                edge.gradient(new InputGradient(gradient, ofWeights));
            } else {
                step.tiles(gradient, ".backward", tile -> weightGradient(tile, pull(gradient, tile), ofWeights));
                gradient.finish();
                weights.update(ofWeights);
            }
        }

        /** A tile of the gradient at the sums: float16 if the policy stores such gradients so, and otherwise float32. */
        private ChannelTile pull(ChannelSource gradient, Tile tile) {
            boolean halves = step.policy().gradient() == GradientFormat.FLOAT16;
            return new ChannelTile(switch (gradient.tile(tile, halves ? Want.ANY : Want.REAL)) {
                case SumGradient(Buffer values, _, _) -> values;
                case Form form -> form.values().buffer();
            }, tile.begin());
        }

        private void weightGradient(Tile tile, ChannelTile gradient, Buffer ofWeights) {
            DepthwiseConvolutionOperations.weightGradient(step.program(), ofWeights.name() + tile.suffix(),
                    convolution, inputSigns(".backward", step::train), gradient, ofWeights);
        }

        /**
         * ∂X where |X| ≤ 1, and 0 elsewhere. Pulling a tile also computes ∂W of the tile's channels. The weights are
         * updated after the last tile, because ∂X is the gradient for the weights before the update.
         */
        private final class InputGradient extends ChannelSource.Derived {
            private final Buffer ofWeights;

            /** @param gradient the gradient at the sums */
            InputGradient(ChannelSource gradient, Buffer ofWeights) {
                super(gradient);
                this.ofWeights = ofWeights;
            }

            @Override
            public Form tile(Tile tile, Want want) {
                ChannelTile gradient = pull(source, tile);
                Optional<Buffer> mask = edge.value() instanceof Value.PackedSigns signs
                        ? Optional.of(signs.straightThrough())
                        : Optional.empty();
                Buffer product = step.temporary(".backward.inputGradient" + tile.suffix(), Variable.DXY,
                        step.policy().gradient().productType(), step.batch() * convolution.pixels(), tile.channels());
                step.train(DepthwiseConvolutionOperations.inputGradient(product.name(), convolution, gradient,
                        weightSigns(".backward", step::train), mask, product));
                weightGradient(tile, gradient, ofWeights);
                return new Form.Values(product, true);
            }

            @Override
            public void finish() {
                super.finish();
                weights.update(ofWeights);
            }
        }
    }
}
