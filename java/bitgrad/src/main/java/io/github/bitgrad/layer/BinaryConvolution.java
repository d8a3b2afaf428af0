package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

/**
 * A convolution with binary weights: every output pixel is computed from a window of input pixels. The input is signs,
 * or the network's 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param channels channels of an output pixel, at least 1
 * @param kernelHeight rows of a window, at least 1
 * @param kernelWidth pixels in each row of a window, at least 1
 * @param strideHeight input rows from a window to the next window below it, at least 1
 * @param strideWidth input pixels from a window to the next window on its right, at least 1
 * @param paddingHeight rows of zeros above the image, and also below it; less than kernelHeight
 * @param paddingWidth pixels of zeros on the left of the image, and also on its right; less than kernelWidth
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

    /**
     * A convolution with a kernel of one pixel, stride 1 and no padding. Use {@link #kernel}, {@link #stride},
     * {@link #padding} and {@link #same} to change this.
     *
     * @param channels channels of an output pixel
     */
    public static BinaryConvolution of(int channels) {
        return new BinaryConvolution(channels, 1, 1, 1, 1, 0, 0);
    }

    /**
     * This convolution with another kernel.
     *
     * @param height rows of the kernel
     * @param width columns of the kernel
     */
    public BinaryConvolution kernel(int height, int width) {
        return new BinaryConvolution(channels, height, width, strideHeight, strideWidth, paddingHeight, paddingWidth);
    }

    /**
     * This convolution with another stride.
     *
     * @param height rows from a window to the next window below it
     * @param width pixels from a window to the next window on its right
     */
    public BinaryConvolution stride(int height, int width) {
        return new BinaryConvolution(channels, kernelHeight, kernelWidth, height, width, paddingHeight, paddingWidth);
    }

    /**
     * This convolution with another padding.
     *
     * @param height rows of zeros above the image, and also below it
     * @param width pixels of zeros on the left of the image, and also on its right
     */
    public BinaryConvolution padding(int height, int width) {
        return new BinaryConvolution(channels, kernelHeight, kernelWidth, strideHeight, strideWidth, height, width);
    }

    /**
     * This convolution with a padding of (kernel − 1) / 2. With an odd kernel and a stride of 1, the output has the
     * height and the width of the input. Call this after {@link #kernel}.
     */
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
                    "%s is impossible: channels, kernel and stride must each be at least one.".formatted(this));
        }
        if (Math.min(paddingHeight, paddingWidth) < 0 || paddingHeight >= kernelHeight
                || paddingWidth >= kernelWidth) {
            throw new IllegalArgumentException(
                    "%s is impossible: padding must be at least 0 and less than the kernel.".formatted(this));
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
        return "binaryConv(%s, %sx%s, stride %sx%s, padding %sx%s)".formatted(channels, kernelHeight, kernelWidth,
                strideHeight, strideWidth, paddingHeight, paddingWidth);
    }
}
