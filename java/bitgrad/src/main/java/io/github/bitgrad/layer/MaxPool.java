package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.MaxPoolOperations;
import io.github.bitgrad.step.MaxPoolPackedOperations;
import io.github.bitgrad.step.PooledGradient;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Max pooling: the largest value of each window, for each channel. Windows lie side by side, beginning at the upper
 * left corner. Pixels at the right and lower edge that do not fill a window are left out. Of equal values, the first
 * one in the order of rows gets the gradient. The input is sums before their normalisation, or signs.
 *
 * @param height rows of a window, from 1 to 16
 * @param width pixels in each row of a window, from 1 to 16
 */
public record MaxPool(int height, int width) implements Layer {
    static final LayerKind KIND = LayerKind.of("maxPool",
            numbers -> new MaxPool(numbers.whole("height"), numbers.whole("width")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("height", height).and("width", width);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Windows.shape(this, height, width, Layer.single(inputs));
    }

    private PoolingShape pooling(ImageShape input) {
        return new PoolingShape(input.height(), input.width(), input.channels(), height, width);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        PoolingShape pooling = pooling(input.shape());
        return switch (input.value()) {
            case Value.PackedSigns signs -> packedSigns(step, input, pooling, signs);
            case Value.SignsOfReals(Buffer reals) -> signsOfReals(step, input, pooling, reals);
            case Value.Reals(ChannelSource source) -> switch (step.policy().products()) {
                case BITS -> new PackedSums(step, input, pooling, source).forward();
                case BLAS -> reals(step, input, pooling, source);
            };
            case Value.Pixels _ -> throw new IllegalArgumentException(
                    "%s cannot pool the network's input; put a convolution before it.".formatted(step.name("")));
        };
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return PaperTerms.pooled(Layer.single(inputs).values());
    }

    @Override
    public String toString() {
        return "maxPool(%sx%s)".formatted(height, width);
    }

    private static Buffer pooled(StepBuilder step, String suffix, Variable variable, ElementType type,
            PoolingShape pooling) {
        return step.temporary(suffix, variable, type, step.batch() * pooling.pooledPixels(), pooling.channels());
    }

    /**
     * Pools packed signs, bits [pixels of the batch, channels]. The output is bits [windows of the batch, channels]:
     * the sign of a window is +1 if one of its signs is +1.
     */
    private static Forward packedSigns(StepBuilder step, Edge input, PoolingShape pooling, Value.PackedSigns signs) {
        Buffer output = pooled(step, ".pooledSigns", Variable.X, ElementType.BITS, pooling);
        Buffer straightThrough = pooled(step, ".pooledStraightThrough", Variable.X, ElementType.BITS, pooling);
        String name = step.name(".forward.pool");
        step.train(MaxPoolPackedOperations.maxPoolSigns(name, pooling, signs.bits(), signs.straightThrough(), output,
                straightThrough));
        step.infer(MaxPoolPackedOperations.maxPoolSigns(name, pooling, signs.bits(), output));
        return new Forward(new Value.PackedSigns(output, straightThrough), gradient -> input.gradient(
                new ChannelSource.Derived(gradient) {
                    @Override
                    public boolean ofWindows() {
                        return true;
                    }

                    @Override
                    public Form tile(Tile tile, Want want) {
                        return new Form.AtPooledSigns(gradient.tile(tile, Want.ANY).values().buffer(), output, pooling);
                    }
                }));
    }

    /**
     * Pools integer sums, one tile of channels at a time: int16 [pixels of the batch, channels of the tile] become
     * int16 [windows of the batch, channels of the tile]. The position of each window's largest sum is kept in a few
     * bits.
     */
    private static final class PackedSums extends ChannelSource.Derived {
        private final StepBuilder step;
        private final Edge input;
        private final PoolingShape pooling;
        /**
         * The position of each window's largest sum: bits [planes · windows of the batch, all channels]. Plane b holds
         * bit b of the positions; a window of four elements needs two planes.
         */
        private final Buffer argmax;

        PackedSums(StepBuilder step, Edge input, PoolingShape pooling, ChannelSource source) {
            super(source);
            this.step = step;
            this.input = input;
            this.pooling = pooling;
            argmax = step.temporary(".argmax", Variable.POOL_MASKS, ElementType.BITS,
                    pooling.argmaxPlanes() * step.batch() * pooling.pooledPixels(), pooling.channels());
        }

        Forward forward() {
            return new Forward(new Value.Reals(this), this::backward);
        }

        @Override
        public Form tile(Tile tile, Want want) {
            String suffix = ".forward.pool" + tile.suffix();
            PoolingShape part = pooling.withChannels(tile.channels());
            Form pulled = source.tile(tile, Want.POOLED);
            if (pulled instanceof Form.Product product) {
                return new Form.Product(() -> pool(suffix, part, tile, product.values()),
                        (thresholds, signs) -> pooledSigns(product, thresholds, signs));
            }
            return pool(suffix, part, tile, pulled);
        }

        /** The sums before pooling again, and then their largest ones. */
        @Override
        public Optional<ChannelSource> again() {
            return source.again().map(unpooled -> new ChannelSource.Derived(unpooled) {
                @Override
                public Form tile(Tile tile, Want want) {
                    PoolingShape part = pooling.withChannels(tile.channels());
                    String suffix = ".backward.again.pool" + tile.suffix();
                    Buffer pooled = MaxPool.pooled(step, suffix + ".sums", Variable.DXY, ElementType.INT16, part);
                    step.train(MaxPoolPackedOperations.maxPool(step.name(suffix), part,
                            sums(unpooled.tile(tile, Want.POOLED)), pooled));
                    return new Form.Values(pooled, true);
                }
            });
        }

        /** The sign of the largest sum of a window is +1 exactly if one of the signs is. */
        private void pooledSigns(Form.Product product, Buffer thresholds, Buffer signs) {
            Buffer unpooled = step.temporary(".forward.unpooledSigns", Variable.X, ElementType.BITS,
                    step.batch() * pooling.pixels(), pooling.channels());
            product.signs().compute(thresholds, unpooled);
            step.infer(MaxPoolPackedOperations.maxPoolSigns(step.name(".forward.pool"), pooling, unpooled, signs));
        }

        private Form.Values pool(String suffix, PoolingShape part, Tile tile, Form unpooled) {
            Buffer sums = sums(unpooled);
            Buffer pooled = MaxPool.pooled(step, suffix + ".sums", Variable.DXY, ElementType.INT16, part);
            step.train(MaxPoolPackedOperations.maxPool(step.name(suffix), part, sums, pooled, tile.begin(), argmax));
            step.infer(MaxPoolPackedOperations.maxPool(step.name(suffix), part, sums, pooled));
            return new Form.Values(pooled, true);
        }

        private Buffer sums(Form form) {
            if (form instanceof Form.Values(Buffer values, _) && values.type() == ElementType.INT16) {
                return values;
            }
            throw new IllegalArgumentException(
                    ("%s pools real values, which products on bits do not support; pool sums before their "
                            + "normalisation, pool signs, or train by the standard algorithm.")
                            .formatted(step.name("")));
        }

        /**
         * With a tiled policy, the gradient keeps one row for each window, and the product finds the pixel of a row by
         * its position. Otherwise normalisation spreads the gradient over the pixels.
         */
        private void backward(ChannelSource gradient) {
            input.gradient(new ChannelSource.Whole(gradient.channels()) {
                @Override
                protected Form make(Want want) {
                    boolean tiled = step.policy().tiled();
                    if (gradient.whole(tiled ? Want.ANY : Want.spread(pooling, argmax)) instanceof SumGradient sums) {
                        return tiled
                                ? new SumGradient(sums.buffer(), sums.scale(), Optional.of(new PooledGradient.OfSums(
                                        pooling.windowHeight(), pooling.windowWidth(), argmax)))
                                : sums;
                    }
                    throw new IllegalArgumentException(
                            ("%s pools sums; with products on bits, batch normalisation must follow, and must not be the "
                                    + "network's last layer; change the network, or train by the standard algorithm.")
                                    .formatted(step.name("")));
                }
            });
        }
    }

    /**
     * Pools float32 [pixels of the batch, channels] to float32 [windows of the batch, channels]. The position of each
     * window's largest value is kept in a byte.
     */
    private static Forward reals(StepBuilder step, Edge input, PoolingShape pooling, ChannelSource source) {
        Buffer argmax = argmax(step, pooling);
        ChannelSource output = new ChannelSource.Whole(source.channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.temporary(".forward.sums", Variable.DXY, ElementType.FLOAT32,
                        step.batch() * pooling.pixels(), pooling.channels());
                Buffer unpooled = step.float32(source.whole(Want.into(values)).values()).buffer();
                Buffer pooled = want.into()
                        .orElseGet(() -> pooled(step, ".pooled", Variable.X, ElementType.FLOAT32, pooling));
                String name = step.name(".forward.pool");
                step.train(MaxPoolOperations.maxPool(name, pooling, unpooled, pooled, argmax));
                step.infer(MaxPoolOperations.maxPool(name, pooling, unpooled, pooled));
                return new Form.Values(pooled, true);
            }
        };
        return new Forward(new Value.Reals(output), gradient -> input.gradient(unpooled(step, pooling, gradient,
                argmax)));
    }

    /**
     * Pools the signs of float32 [pixels of the batch, channels]. The result is ±1 as float32 [windows of the batch,
     * channels], and the position of each window's largest sign is kept in a byte.
     */
    private static Forward signsOfReals(StepBuilder step, Edge input, PoolingShape pooling, Buffer reals) {
        Buffer argmax = argmax(step, pooling);
        Buffer pooled = pooled(step, ".pooled", Variable.X, ElementType.FLOAT32, pooling);
        String name = step.name(".forward.pool");
        step.train(MaxPoolOperations.maxPoolSigns(name, pooling, reals, pooled, argmax));
        step.infer(MaxPoolOperations.maxPoolSigns(name, pooling, reals, pooled));
        return new Forward(new Value.SignsOfReals(pooled), gradient -> input.gradient(unpooled(step, pooling, gradient,
                argmax)));
    }

    /** The position of each window's largest element: uint8 [windows of the batch, channels]. */
    private static Buffer argmax(StepBuilder step, PoolingShape pooling) {
        return pooled(step, ".argmax", Variable.POOL_MASKS, ElementType.UINT8, pooling);
    }

    /**
     * The gradient before pooling: float32 [pixels of the batch, channels]. A selected element gets the gradient of its
     * window; all other elements get 0.
     */
    private static ChannelSource unpooled(StepBuilder step, PoolingShape pooling, ChannelSource gradient,
            Buffer argmax) {
        return new ChannelSource.Whole(gradient.channels()) {
            @Override
            protected Form make(Want want) {
                Buffer values = step.float32(gradient.whole(Want.REAL).values()).buffer();
                Buffer unpooled = step.temporary(".backward.pool", Variable.DY, ElementType.FLOAT32,
                        step.batch() * pooling.pixels(), pooling.channels());
                step.train(MaxPoolOperations.maxPoolBackward(unpooled.name(), pooling, values, argmax, unpooled));
                return new Form.Values(unpooled, true);
            }
        };
    }
}
