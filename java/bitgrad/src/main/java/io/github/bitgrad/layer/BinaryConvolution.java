package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

/**
 * A convolution by binary weights: every output pixel sees a window of input pixels. It takes signs, or 8-bit inputs where it
 * is the first layer, and gives their sums, which are to be normalised.
 *
 * @param channels of an output pixel, at least one
 * @param kernelHeight rows of a window, at least one
 * @param kernelWidth pixels in each row of a window, at least one
 * @param strideHeight input rows from one window to the next below, at least one
 * @param strideWidth input pixels from one window to the next on the right, at least one
 * @param paddingHeight rows of zeros above and below the image; fewer than the window has
 * @param paddingWidth pixels of zeros on the left and the right of the image; fewer than the window has
 */
public record BinaryConvolution(int channels, int kernelHeight, int kernelWidth, int strideHeight, int strideWidth,
        int paddingHeight, int paddingWidth) implements Layer {
    static final LayerKind KIND = LayerKind.of("binaryConvolution",
            numbers -> new BinaryConvolution(numbers.whole("channels"), numbers.whole("kernelHeight"),
                    numbers.whole("kernelWidth"), numbers.whole("strideHeight"), numbers.whole("strideWidth"),
                    numbers.whole("paddingHeight"), numbers.whole("paddingWidth")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("channels", channels).and("kernelHeight", kernelHeight).and("kernelWidth", kernelWidth)
                .and("strideHeight", strideHeight).and("strideWidth", strideWidth).and("paddingHeight", paddingHeight)
                .and("paddingWidth", paddingWidth);
    }

    /** A convolution to so many channels by a kernel of one pixel, stride 1, without padding: where others begin. */
    public static BinaryConvolution of(int channels) {
        return new BinaryConvolution(channels, 1, 1, 1, 1, 0, 0);
    }

    /** The same with a kernel of so many rows and columns. */
    public BinaryConvolution kernel(int height, int width) {
        return new BinaryConvolution(channels, height, width, strideHeight, strideWidth, paddingHeight, paddingWidth);
    }

    /** The same with a stride of so many rows down and so many pixels to the right. */
    public BinaryConvolution stride(int height, int width) {
        return new BinaryConvolution(channels, kernelHeight, kernelWidth, height, width, paddingHeight, paddingWidth);
    }

    /** The same with so many rows of zeros above and below, and so many pixels of zeros on the left and the right. */
    public BinaryConvolution padding(int height, int width) {
        return new BinaryConvolution(channels, kernelHeight, kernelWidth, strideHeight, strideWidth, height, width);
    }

    /** The same with as much padding as keeps the image's shape where kernels are odd and the stride is 1. */
    public BinaryConvolution same() {
        return padding((kernelHeight - 1) / 2, (kernelWidth - 1) / 2);
    }

    private ConvolutionShape convolution(ImageShape input) {
        return new ConvolutionShape(input.height(), input.width(), input.channels(), kernelHeight, kernelWidth,
                strideHeight, strideWidth, paddingHeight, paddingWidth, channels);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape input = Layer.single(inputs);
        if (Math.min(channels, Math.min(Math.min(kernelHeight, kernelWidth), Math.min(strideHeight, strideWidth)))
                < 1) {
            throw new IllegalArgumentException(
                    "%s is none: channels, kernel and stride must each be at least one.".formatted(this));
        }
        if (Math.min(paddingHeight, paddingWidth) < 0 || paddingHeight >= kernelHeight
                || paddingWidth >= kernelWidth) {
            throw new IllegalArgumentException(
                    "%s is none: padding must be at least 0 and less than the kernel.".formatted(this));
        }
        if (kernelHeight > input.height() + 2L * paddingHeight || kernelWidth > input.width() + 2L * paddingWidth) {
            throw new IllegalArgumentException(
                    "%s has a kernel larger than its padded %s input; choose a smaller kernel, or pool less before it."
                            .formatted(this, input));
        }
        long fanIn = (long) kernelHeight * kernelWidth * input.channels();
        BinaryProducts.requireFanIn(this, fanIn);
        ConvolutionShape convolution = convolution(input);
        return new ImageShape((int) convolution.outHeight(), (int) convolution.outWidth(), channels);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input);
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return BinaryProducts.paperTerms(convolution(Layer.single(inputs)));
    }

    @Override
    public String toString() {
        return "binaryConv(%d, %dx%d, stride %dx%d, padding %dx%d)".formatted(channels, kernelHeight, kernelWidth,
                strideHeight, strideWidth, paddingHeight, paddingWidth);
    }
}
