package io.github.bitgrad.model;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.ArrayList;
import java.util.List;

/**
 * A binary network as a sequence of layers, each a product of binary weights, batch normalisation and, but for the last,
 * the sign. The first layer takes real inputs; every other takes signs. The last layer is dense, and its units are the
 * classes.
 *
 * @param name what it is called in reports and checkpoints
 * @param input the shape of one input
 * @param layers at least one
 */
public record Network(String name, ImageShape input, List<Layer> layers) {
    /** One more and a sum of so many signs would not fit 16 bits ({@code BG_MAX_FAN_IN} of bitgrad.h). */
    public static final int MOST_FAN_IN = 32767;

    /** Rows and columns of the largest kernel: of more, one channel alone has too large a fan-in. */
    private static final int MOST_KERNEL = 181;

    /** Rows and columns of the largest window that is pooled ({@code BG_MAX_POOL} of bitgrad.h). */
    private static final int MOST_POOL = 16;

    /** A layer that networks can have. */
    public sealed interface Layer {
        /** What the layer makes of inputs of a shape. */
        LayerShape on(ImageShape input);
    }

    /**
     * Every unit sees every input.
     *
     * @param units outputs, at least one
     */
    public record Dense(int units) implements Layer {
        @Override
        public LayerShape on(ImageShape input) {
            ImageShape flat = new ImageShape(1, 1, input.values());
            return new LayerShape(flat, units, 1, 1, 0, Pooling.NONE);
        }

        @Override
        public String toString() {
            return "dense(%d)".formatted(units);
        }
    }

    /**
     * Every output pixel sees a square window of the input.
     *
     * @param channels outputs a pixel, at least one
     * @param kernel rows and columns of the window, at least one
     * @param stride input pixels from one window to the next, at least one
     * @param padding whether windows reach over the edges
     * @param pooling what is made of the output
     */
    public record Convolution(int channels, int kernel, int stride, Padding padding, Pooling pooling)
            implements
            Layer {
        @Override
        public LayerShape on(ImageShape input) {
            return new LayerShape(input, channels, kernel, stride, padding.pixels(kernel), pooling);
        }

        @Override
        public String toString() {
            return "binaryConv(%d, %d, %s, stride %d)".formatted(channels, kernel, padding, stride);
        }
    }

    /** What a window finds beyond the edges of an image. */
    public enum Padding {
        /** No window reaches beyond. */
        VALID,
        /** Zeros, (kernel − 1) / 2 on each side, so that odd kernels of stride 1 keep the shape. */
        SAME;

        int pixels(int kernel) {
            return this == SAME ? (kernel - 1) / 2 : 0;
        }
    }

    /**
     * The largest value of each square window; windows stand side by side, and what does not fill one at the right and
     * lower edge is left out. Of equal values the first counts, row by row.
     *
     * @param size rows and columns of a window; 1 where nothing is pooled
     * @param place which values are pooled
     */
    public record Pooling(int size, Place place) {
        /** No pooling. */
        public static final Pooling NONE = new Pooling(1, Place.BEFORE_NORMALISATION);

        /** Where in a layer the pooling is. */
        public enum Place {
            /** Of sums, which are then normalised: as BinaryNet has it. */
            BEFORE_NORMALISATION,
            /** Of signs, once they are normalised: as CNV has it. */
            AFTER_SIGN
        }

        /** Whether there is any. */
        public boolean any() {
            return size > 1;
        }
    }

    /**
     * A layer as a convolution of inputs of a shape. A dense layer sees its inputs as one pixel.
     *
     * @param input the shape of its inputs
     * @param channels outputs a pixel
     * @param kernel rows and columns of a window
     * @param stride input pixels from one window to the next
     * @param padding pixels of zeros on each side
     * @param pooling what is made of the output
     */
    public record LayerShape(ImageShape input, int channels, int kernel, int stride, int padding, Pooling pooling) {
        /** What kernels are told of it. */
        public ConvolutionShape convolution() {
            return new ConvolutionShape(input.height(), input.width(), input.channels(), kernel, stride, padding,
                    channels);
        }

        /** Inputs of each output: the paper's N_l. */
        public int fanIn() {
            return Math.toIntExact(convolution().fanIn());
        }

        /** The shape of the sums, before any pooling. */
        public ImageShape sums() {
            ConvolutionShape convolution = convolution();
            return new ImageShape((int) convolution.outHeight(), (int) convolution.outWidth(), channels);
        }

        /** What kernels are told of the pooling; of windows of one pixel where there is none. */
        public MaxPooling maxPooling() {
            ImageShape sums = sums();
            return new MaxPooling(sums.height(), sums.width(), channels, pooling.size());
        }

        /** The shape of the output, after any pooling. */
        public ImageShape output() {
            ImageShape sums = sums();
            return new ImageShape(sums.height() / pooling.size(), sums.width() / pooling.size(), channels);
        }
    }

    public Network {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("Network %s has no layers; it needs at least one.".formatted(name));
        }
        if (!(layers.getLast() instanceof Dense)) {
            throw new IllegalArgumentException(
                    "Network %s ends with %s, but its last layer must be dense, with one unit a class."
                            .formatted(name, layers.getLast()));
        }
        shapes(name, input, layers);
    }

    /** The shapes of layers one after another, each of which must fit the output of the one before. */
    private static List<LayerShape> shapes(String name, ImageShape input, List<Layer> layers) {
        List<LayerShape> shapes = new ArrayList<>();
        ImageShape at = input;
        for (int i = 0; i < layers.size(); i++) {
            String where = where(i + 1, name);
            Layer layer = layers.get(i);
            switch (layer) {
                case Dense dense -> requireDense(where, dense);
                case Convolution convolution -> requireConvolution(where, convolution, at);
            }
            LayerShape shape = layer.on(at);
            long fanIn = shape.convolution().fanIn();
            if (fanIn > MOST_FAN_IN) {
                throw new IllegalArgumentException("%s has a fan-in of %d; at most %d is possible."
                        .formatted(where, fanIn, MOST_FAN_IN));
            }
            if (shape.pooling().any()) {
                requirePooling(where, shape);
            }
            shapes.add(shape);
            at = shape.output();
        }
        return shapes;
    }

    private static String where(int layer, String network) {
        return "Layer %d of network %s".formatted(layer, network);
    }

    private static void requireDense(String where, Dense dense) {
        if (dense.units() <= 0) {
            throw new IllegalArgumentException("%s has %d units; it needs at least one.".formatted(where,
                    dense.units()));
        }
    }

    private static void requireConvolution(String where, Convolution convolution, ImageShape input) {
        if (convolution.channels() <= 0 || convolution.kernel() <= 0 || convolution.stride() <= 0) {
            throw new IllegalArgumentException("%s is %s; channels, kernel and stride must each be at least one."
                    .formatted(where, convolution));
        }
        if (convolution.kernel() > MOST_KERNEL) {
            throw new IllegalArgumentException("%s has a kernel of %dx%d; at most %dx%d is possible.".formatted(where,
                    convolution.kernel(), convolution.kernel(), MOST_KERNEL, MOST_KERNEL));
        }
        requireWindow(where, convolution.pooling().size(), 1);
        long padding = convolution.padding().pixels(convolution.kernel());
        if (convolution.kernel() > Math.min(input.height(), input.width()) + 2 * padding) {
            throw new IllegalArgumentException(
                    ("%s has a kernel of %dx%d, larger than its %s input with %d pixels of padding; "
                            + "choose a smaller kernel, or pool less before it.")
                            .formatted(where, convolution.kernel(), convolution.kernel(), input, padding));
        }
    }

    private static void requireWindow(String where, int size, int least) {
        if (size < least || size > MOST_POOL) {
            throw new IllegalArgumentException("%s pools windows of %dx%d; 2 to %d is possible.".formatted(where, size,
                    size, MOST_POOL));
        }
    }

    private static void requirePooling(String where, LayerShape shape) {
        if (shape.pooling().size() > Math.min(shape.sums().height(), shape.sums().width())) {
            throw new IllegalArgumentException(
                    "%s pools windows of %dx%d, larger than its %s output; choose a smaller window."
                            .formatted(where, shape.pooling().size(), shape.pooling().size(), shape.sums()));
        }
    }

    /** The shapes of all layers, in order. */
    public List<LayerShape> shapes() {
        return shapes(name, input, layers);
    }

    /** The classes that it tells apart: the units of its last layer. */
    public int classes() {
        return shapes().getLast().channels();
    }

    /** Starts a network of one layer after another. */
    public static Builder sequential(String name, ImageShape input) {
        return new Builder(name, input);
    }

    /** Collects layers. */
    public static final class Builder {
        private final String name;
        private final ImageShape input;
        private final List<Layer> layers = new ArrayList<>();

        private Builder(String name, ImageShape input) {
            this.name = name;
            this.input = input;
        }

        /** Adds a layer in which every unit sees every input, normalised and, but for the last layer, made a sign. */
        public Builder dense(int units) {
            return layer(new Dense(units));
        }

        /** Adds a convolution of stride 1, normalised and made a sign. */
        public Builder binaryConv(int channels, int kernel, Padding padding) {
            return binaryConv(channels, kernel, padding, 1);
        }

        /** Adds a convolution, normalised and made a sign. */
        public Builder binaryConv(int channels, int kernel, Padding padding, int stride) {
            return layer(new Convolution(channels, kernel, stride, padding, Pooling.NONE));
        }

        /** Adds max pooling to the convolution before. */
        public Builder maxPool(int size, Pooling.Place place) {
            if (layers.isEmpty() || !(layers.getLast() instanceof Convolution last) || last.pooling().any()) {
                throw new IllegalArgumentException(
                        "Network %s cannot pool after layer %d; pool once, directly after a convolution."
                                .formatted(name, layers.size()));
            }
            requireWindow(where(layers.size(), name), size, 2);
            layers.removeLast();
            return layer(new Convolution(last.channels(), last.kernel(), last.stride(), last.padding(),
                    new Pooling(size, place)));
        }

        /** Adds a layer. */
        public Builder layer(Layer layer) {
            layers.add(layer);
            return this;
        }

        public Network build() {
            return new Network(name, input, layers);
        }
    }
}
