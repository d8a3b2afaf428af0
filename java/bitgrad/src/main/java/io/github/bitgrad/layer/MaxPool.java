package io.github.bitgrad.layer;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.ImageSource;
import io.github.bitgrad.compile.Images;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Total;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.MaxPoolOperations;
import io.github.bitgrad.step.MaxPoolPackedOperations;
import io.github.bitgrad.step.MaxPoolWindowsOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.PooledGradient;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import io.github.bitgrad.tensor.WindowShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Max pooling: the largest value of each window, for each channel. Pixels at the right and lower edge that do not fill a
 * window are left out, and padding is never the largest. Of equal values, the first one in the order of rows gets the
 * gradient; a pixel in several windows gets the sum of their gradients. The input is sums, real values, or signs. Windows
 * that overlap or have padding pool sums to real values, and cannot pool signs.
 *
 * @param height rows of a window, from 1 to 16
 * @param width pixels in each row of a window, from 1 to 16
 * @param strideHeight input rows from a window to the next window below it, at least 1
 * @param strideWidth input pixels from a window to the next window on its right, at least 1
 * @param paddingHeight rows of padding above the image, and also below it; less than height
 * @param paddingWidth pixels of padding on the left of the image, and also on its right; less than width
 */
public record MaxPool(int height, int width, int strideHeight, int strideWidth, int paddingHeight, int paddingWidth)
        implements
        Layer {
    static final LayerKind KIND = LayerKind.of("maxPool", Windows.NUMBERS, numbers -> of(Windows.of(numbers)));

    /**
     * Max pooling in windows that lie side by side, beginning at the upper left corner. Use {@link #stride} and
     * {@link #padding} to change this.
     *
     * @param height rows of a window, from 1 to 16
     * @param width pixels in each row of a window, from 1 to 16
     */
    public MaxPool(int height, int width) {
        this(height, width, height, width, 0, 0);
    }

    private static MaxPool of(Windows windows) {
        return new MaxPool(windows.height(), windows.width(), windows.strideHeight(), windows.strideWidth(),
                windows.paddingHeight(), windows.paddingWidth());
    }

    /**
     * This pooling with another stride.
     *
     * @param rows from a window to the next window below it
     * @param pixels from a window to the next window on its right
     */
    public MaxPool stride(int rows, int pixels) {
        return new MaxPool(height, width, rows, pixels, paddingHeight, paddingWidth);
    }

    /**
     * This pooling with another padding.
     *
     * @param rows of padding above the image, and also below it
     * @param pixels of padding on the left of the image, and also on its right
     */
    public MaxPool padding(int rows, int pixels) {
        return new MaxPool(height, width, strideHeight, strideWidth, rows, pixels);
    }

    private Windows windows() {
        return new Windows(height, width, strideHeight, strideWidth, paddingHeight, paddingWidth);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return windows().numbers();
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return windows().shape(this, Bitgrad.BG_MAX_POOL(), Layer.single(inputs));
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        WindowShape windows = windows().on(input.shape());
        return switch (input.value()) {
            case Value.PackedSigns signs -> packedSigns(step, input, pooling(step, windows), signs);
            case Value.SignsOfReals(Buffer reals) -> signsOfReals(step, input, pooling(step, windows), reals);
            case Value.Reals(ChannelSource source) -> reals(step, input, windows, source, Value.Reals::new);
            case Value.ScaledSums(ChannelSource sums, Buffer scales) -> reals(step, input, windows, sums,
                    pooled -> new Value.ScaledSums(pooled, scales));
            case Value.Pixels _ -> throw new IllegalArgumentException(
                    "%s cannot pool the network's input; put a convolution before it.".formatted(step.name("")));
        };
    }

    /** @param value makes the output of the source that computes it */
    private static Forward reals(StepBuilder step, Edge input, WindowShape windows, ChannelSource source,
            Function<ChannelSource, Value> value) {
        if (step.policy().products() == Products.BLAS && windows.sideBySide()) {
            return wholeReals(step, input, pooling(step, windows), source, value);
        }
        return source.byImages()
                .map(images -> new PooledImages(step, input, windows, source, images).forward(value))
                .orElseGet(() -> new Pooled(step, input, windows, source, argmax(step, windows)).forward(value));
    }

    /** Windows that lie side by side. */
    private static PoolingShape pooling(StepBuilder step, WindowShape windows) {
        if (!windows.sideBySide()) {
            throw new IllegalArgumentException(
                    ("%s pools signs in windows that overlap or have padding; pool real values or sums, or choose "
                            + "windows side by side.").formatted(step.name("")));
        }
        return new PoolingShape(windows.height(), windows.width(), windows.channels(), windows.windowHeight(),
                windows.windowWidth());
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return PaperTerms.pooled(Layer.single(inputs).values());
    }

    @Override
    public String toString() {
        return "maxPool(%s)".formatted(windows());
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
     * Pools one tile of channels at a time. If windows lie side by side, int16 sums [pixels of the batch, channels of
     * the tile] become int16 [windows of the batch, channels of the tile]. Everything else becomes float32. The position
     * of each window's largest value is kept in a few bits.
     */
    private static class Pooled extends ChannelSource.Derived {
        private final StepBuilder step;
        private final Edge input;
        private final WindowShape windows;
        /** The positions of the largest values; as {@link MaxPoolPackedOperations} fills it if the windows pool integers. */
        private final Buffer argmax;
        /** Whether the pooled values are float32, once a tile was pulled. */
        private boolean real;

        Pooled(StepBuilder step, Edge input, WindowShape windows, ChannelSource source, Buffer argmax) {
            super(source);
            this.step = step;
            this.input = input;
            this.windows = windows;
            this.argmax = argmax;
        }

        Forward forward(Function<ChannelSource, Value> value) {
            return new Forward(value.apply(this), this::backward);
        }

        @Override
        public Form tile(Tile tile, Want want) {
            Form pulled = source.tile(tile, Want.POOLED);
            if (pulled instanceof Form.Product product && windows.sideBySide()) {
                return new Form.Product(() -> pool(tile, product.values().buffer()),
                        (thresholds, signs) -> pooledSigns(product, thresholds, signs));
            }
            return pool(tile, pulled.values().buffer());
        }

        /**
         * The matrix of all channels. Where there are tiles, it is put together from them, so that the values before
         * pooling need not exist as a whole.
         */
        @Override
        public Form whole(Want want) {
            return new Total(step, ".forward", Variable.DXY, step::trainAndInfer).of(List.of(this), want);
        }

        /** The values before pooling again, and then their largest ones. */
        @Override
        public Optional<ChannelSource> again() {
            return source.again().map(unpooled -> new ChannelSource.Derived(unpooled) {
                @Override
                public Form tile(Tile tile, Want want) {
                    Buffer values = unpooled.tile(tile, Want.POOLED).values().buffer();
                    String name = step.unique(".backward.again.pool" + tile.suffix());
                    Buffer pooled = pooled(name + ".sums", values, tile);
                    step.train(operation(name, values, pooled, tile));
                    return new Form.Values(pooled, true);
                }
            });
        }

        /** The sign of the largest sum of a window is +1 exactly if one of the signs is. */
        private void pooledSigns(Form.Product product, Buffer thresholds, Buffer signs) {
            Buffer unpooled = step.temporary(".forward.unpooledSigns", Variable.X, ElementType.BITS,
                    step.batch() * windows.pixels(), windows.channels());
            product.signs().compute(thresholds, unpooled);
            step.infer(MaxPoolPackedOperations.maxPoolSigns(step.name(".forward.pool"), pooling(step, windows),
                    unpooled, signs));
        }

        private Form.Values pool(Tile tile, Buffer values) {
            real = !poolsIntegers(values);
            String name = step.unique((real ? ".forward.maxPool" : ".forward.pool") + tile.suffix());
            Buffer pooled = pooled(name + ".sums", values, tile);
            step.train(real
                    ? MaxPoolWindowsOperations.maxPool(name, windows.withChannels(tile.channels()),
                            new ChannelTile(values, tile.begin()), pooled, argmax)
                    : MaxPoolPackedOperations.maxPool(name, pooling(step, windows).withChannels(tile.channels()),
                            values, pooled, tile.begin(), argmax));
            step.infer(operation(name, values, pooled, tile));
            return new Form.Values(pooled, true);
        }

        /** Pools a tile without its positions. */
        private Operation operation(String name, Buffer values, Buffer pooled, Tile tile) {
            return poolsIntegers(values)
                    ? MaxPoolPackedOperations.maxPool(name, pooling(step, windows).withChannels(tile.channels()),
                            values, pooled)
                    : MaxPoolWindowsOperations.maxPool(name, windows.withChannels(tile.channels()), values, pooled);
        }

        private boolean poolsIntegers(Buffer values) {
            return values.type() == ElementType.INT16 && windows.sideBySide();
        }

        private Buffer pooled(String name, Buffer values, Tile tile) {
            return step.program().temporary(name, Variable.DXY,
                    poolsIntegers(values) ? ElementType.INT16 : ElementType.FLOAT32, step.batch() * windows.windows(),
                    tile.channels());
        }

        private void backward(ChannelSource gradient) {
            if (real) {
                input.gradient(unpooled(step.policy().tiled() ? new InTiles(step, gradient) : gradient));
            } else {
                input.gradient(gradientOfSums(gradient));
            }
        }

        /**
         * With a tiled policy, the gradient keeps one row for each window, and the product finds the pixel of a row by
         * its position. Otherwise normalisation spreads the gradient over the pixels.
         */
        private ChannelSource gradientOfSums(ChannelSource gradient) {
            return new ChannelSource.Whole(gradient.channels()) {
                @Override
                protected Form make(Want want) {
                    boolean tiled = step.policy().tiled();
                    Want spread = Want.spread(pooling(step, windows), argmax);
                    if (gradient.whole(tiled ? Want.ANY : spread) instanceof SumGradient sums) {
                        return tiled
                                ? new SumGradient(sums.buffer(), sums.scale(), Optional.of(new PooledGradient.OfSums(
                                        windows.windowHeight(), windows.windowWidth(), argmax)))
                                : sums;
                    }
                    throw new IllegalArgumentException(
                            ("%s pools sums; with products on bits, batch normalisation must follow, and must not be the "
                                    + "network's last layer; change the network, or train by the standard algorithm.")
                                    .formatted(step.name("")));
                }
            };
        }

        /** The gradient before pooling: each pixel gets the sum of the gradients of the windows that selected it. */
        private ChannelSource unpooled(ChannelSource gradient) {
            return new ChannelSource.Derived(gradient) {
                @Override
                public Form tile(Tile tile, Want want) {
                    Buffer values = step.float32(gradient.tile(tile, Want.REAL).values()).buffer();
                    String name = step.unique(".backward.maxPool" + tile.suffix());
                    Buffer pixels = step.program().temporary(name, Variable.DY, ElementType.FLOAT32,
                            step.batch() * windows.pixels(), tile.channels());
                    step.train(MaxPoolWindowsOperations.maxPoolBackward(name, windows.withChannels(tile.channels()),
                            new ChannelTile(values, tile.begin()), argmax, pixels));
                    return new Form.Values(pixels, true);
                }
            };
        }
    }

    /**
     * Pools all channels of some images at a time, so that the values before pooling never exist as a whole: float32 or
     * int16 [pixels of the images, channels] become float32 [windows of the images, channels].
     */
    private static final class PooledImages extends ChannelSource.Whole {
        private final StepBuilder step;
        private final Edge input;
        private final WindowShape windows;
        private final ChannelSource source;
        private final ImageSource unpooled;
        /** The positions of the largest values: bits [batch · planes · windows, channels]. */
        private final Buffer argmax;

        PooledImages(StepBuilder step, Edge input, WindowShape windows, ChannelSource source, ImageSource unpooled) {
            super(source.channels());
            this.step = step;
            this.input = input;
            this.windows = windows;
            this.source = source;
            this.unpooled = unpooled;
            argmax = argmax(step, windows);
        }

        /** If there is enough memory, the forward pass pools tiles of channels, whose values it computes only once. */
        Forward forward(Function<ChannelSource, Value> value) {
            ChannelSource output = step.byImages(".forward.images") ? this : new Pooled(step, input, windows, source,
                    argmax) {
                @Override
                public Optional<ChannelSource> again() {
                    return PooledImages.this.again();
                }
            };
            return new Forward(value.apply(output), gradient -> input.gradient(new Gradient(gradient)));
        }

        @Override
        protected Form make(Want want) {
            Buffer pooled = pooled(".forward.pooled", step.batch());
            for (Images images : groups(new Images(0, step.batch()))) {
                Buffer values = unpooled.images(images, true);
                Buffer part = images.of(pooled, windows.windows());
                String name = step.unique(".forward.maxPool.images");
                step.train(MaxPoolWindowsOperations.maxPool(name, windows, new ChannelTile(values, 0), part,
                        positions(images)));
                step.infer(MaxPoolWindowsOperations.maxPool(name, windows, values, part));
            }
            return new Form.Values(pooled, true);
        }

        @Override
        public void finish() {
            source.finish();
        }

        private Buffer pooled(String suffix, long images) {
            return step.program().temporary(step.unique(suffix), Variable.DXY, ElementType.FLOAT32,
                    images * windows.windows(), channels());
        }

        private Buffer positions(Images images) {
            return images.of(argmax, windows.argmaxPlanes() * windows.windows());
        }

        /** Some images in groups of as few as an operation is worth starting for. */
        private List<Images> groups(Images images) {
            List<Images> groups = Images.groups(step.batch(), windows.pixels() * channels(), 1);
            long size = groups.isEmpty() ? images.count() : groups.getFirst().count();
            return Images.groups(images.count(), size).stream()
                    .map(group -> new Images(images.begin() + group.begin(), images.begin() + group.end())).toList();
        }

        /** The values before pooling again, and then their largest ones. */
        @Override
        public Optional<ChannelSource> again() {
            return source.again().flatMap(ChannelSource::byImages).map(Again::new);
        }

        private final class Again extends ChannelSource.Whole {
            private final ImageSource values;

            Again(ImageSource values) {
                super(PooledImages.this.channels());
                this.values = values;
            }

            @Override
            public Optional<ImageSource> byImages() {
                return Optional.of((images, _) -> {
                    Buffer pooled = pooled(".backward.again.pooled", images.count());
                    for (Images group : groups(images)) {
                        Buffer part = new Images(group.begin() - images.begin(), group.end() - images.begin())
                                .of(pooled, windows.windows());
                        step.train(MaxPoolWindowsOperations.maxPool(step.unique(".backward.again.maxPool"), windows,
                                values.images(group, false), part));
                    }
                    return pooled;
                });
            }

            @Override
            protected Form make(Want want) {
                return new Form.Values(byImages().orElseThrow().images(new Images(0, step.batch()), false), true);
            }
        }

        /** The gradient before pooling: each pixel gets the sum of the gradients of the windows that selected it. */
        private final class Gradient extends ChannelSource.Whole {
            private final ChannelSource gradient;
            /** The gradient at the windows of the batch, once it was pulled. */
            private final List<Buffer> ofWindows = new ArrayList<>(1);

            Gradient(ChannelSource gradient) {
                super(gradient.channels());
                this.gradient = gradient;
            }

            @Override
            public Optional<ImageSource> byImages() {
                return Optional.of((images, _) -> {
                    if (ofWindows.isEmpty()) {
                        ofWindows.add(step.float32(gradient.whole(Want.REAL).values()).buffer());
                    }
                    String name = step.unique(".backward.maxPool");
                    Buffer pixels = step.program().temporary(name, Variable.DY, ElementType.FLOAT32,
                            images.count() * windows.pixels(), channels());
                    step.train(MaxPoolWindowsOperations.maxPoolBackward(name, windows,
                            new ChannelTile(images.of(ofWindows.getFirst(), windows.windows()), 0), positions(images),
                            pixels));
                    return pixels;
                });
            }

            @Override
            protected Form make(Want want) {
                return new Form.Values(byImages().orElseThrow().images(new Images(0, step.batch()), false), true);
            }
        }
    }

    /**
     * Where the largest values of windows are, in a few bits each: bits [batch · planes · windows, channels]. Plane b of
     * an image holds bit b of its positions; a window of four elements needs two planes.
     */
    private static Buffer argmax(StepBuilder step, WindowShape windows) {
        return step.program().temporary(step.unique(".argmax"), Variable.POOL_MASKS, ElementType.BITS,
                windows.argmaxPlanes() * step.batch() * windows.windows(), windows.channels());
    }

    /**
     * Pools float32 [pixels of the batch, channels] to float32 [windows of the batch, channels]. The position of each
     * window's largest value is kept in a byte.
     */
    private static Forward wholeReals(StepBuilder step, Edge input, PoolingShape pooling, ChannelSource source,
            Function<ChannelSource, Value> value) {
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
        return new Forward(value.apply(output), gradient -> input.gradient(unpooled(step, pooling, gradient,
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
