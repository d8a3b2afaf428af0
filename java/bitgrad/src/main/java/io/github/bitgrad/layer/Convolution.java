package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;

/**
 * The geometry of a convolution, and how it is described: every output pixel is computed from a window of input pixels.
 * The image lies within a border of zeros, its padding.
 *
 * @param <C> the kind of convolution
 */
public interface Convolution<C extends Convolution<C>> extends Layer {
    /** Channels of an output pixel, at least 1. */
    int channels();

    /** Rows of a window, at least 1. */
    int kernelHeight();

    /** Pixels in each row of a window, at least 1. */
    int kernelWidth();

    /** Input rows from a window to the next window below it, at least 1. */
    int strideHeight();

    /** Input pixels from a window to the next window on its right, at least 1. */
    int strideWidth();

    /** Rows of zeros above the image, and also below it; less than the rows of a window. */
    int paddingHeight();

    /** Pixels of zeros on the left of the image, and also on its right; less than the pixels in a row of a window. */
    int paddingWidth();

    /** A convolution of this kind with this geometry, and with the channels of this one. */
    C with(int kernelHeight, int kernelWidth, int strideHeight, int strideWidth, int paddingHeight, int paddingWidth);

    /** A name of the kind in messages, such as {@code binaryConv}. */
    String label();

    /**
     * This convolution with another kernel.
     *
     * @param height rows of the kernel
     * @param width columns of the kernel
     */
    default C kernel(int height, int width) {
        return with(height, width, strideHeight(), strideWidth(), paddingHeight(), paddingWidth());
    }

    /**
     * This convolution with another stride.
     *
     * @param height rows from a window to the next window below it
     * @param width pixels from a window to the next window on its right
     */
    default C stride(int height, int width) {
        return with(kernelHeight(), kernelWidth(), height, width, paddingHeight(), paddingWidth());
    }

    /**
     * This convolution with another padding.
     *
     * @param height rows of zeros above the image, and also below it
     * @param width pixels of zeros on the left of the image, and also on its right
     */
    default C padding(int height, int width) {
        return with(kernelHeight(), kernelWidth(), strideHeight(), strideWidth(), height, width);
    }

    /**
     * This convolution with a padding of (kernel − 1) / 2. With an odd kernel and a stride of 1, the output has the
     * height and the width of the input. Call this after {@link #kernel}.
     */
    default C same() {
        return padding((kernelHeight() - 1) / 2, (kernelWidth() - 1) / 2);
    }

    @Override
    default Numbers numbers() {
        return Numbers.NONE.and("channels", channels()).and("kernelHeight", kernelHeight())
                .and("kernelWidth", kernelWidth()).and("strideHeight", strideHeight())
                .and("strideWidth", strideWidth()).and("paddingHeight", paddingHeight())
                .and("paddingWidth", paddingWidth());
    }

    @Override
    default Optional<Layer> withOutputs(int channels) {
        return Optional.of(kind().layer(numbers().and("channels", channels)));
    }

    /** The geometry for images of this shape. */
    default ConvolutionShape convolution(ImageShape input) {
        return new ConvolutionShape(input.height(), input.width(), input.channels(), kernelHeight(), kernelWidth(),
                strideHeight(), strideWidth(), paddingHeight(), paddingWidth(), channels());
    }

    @Override
    default ImageShape shape(List<ImageShape> inputs) {
        ImageShape input = Layer.single(inputs);
        if (Math.min(channels(), Math.min(Math.min(kernelHeight(), kernelWidth()),
                Math.min(strideHeight(), strideWidth()))) < 1) {
            throw new IllegalArgumentException(
                    "%s is impossible: channels, kernel and stride must each be at least one.".formatted(this));
        }
        if (Math.min(paddingHeight(), paddingWidth()) < 0 || paddingHeight() >= kernelHeight()
                || paddingWidth() >= kernelWidth()) {
            throw new IllegalArgumentException(
                    "%s is impossible: padding must be at least 0 and less than the kernel.".formatted(this));
        }
        if (kernelHeight() > input.height() + 2L * paddingHeight()
                || kernelWidth() > input.width() + 2L * paddingWidth()) {
            throw new IllegalArgumentException(
                    "%s has a kernel larger than its padded %s input; choose a smaller kernel, or pool less before it."
                            .formatted(this, input));
        }
        ConvolutionShape convolution = convolution(input);
        return new ImageShape((int) convolution.outHeight(), (int) convolution.outWidth(), channels());
    }

    /** This convolution as messages write it. */
    default String described() {
        return "%s(%s, %sx%s, stride %sx%s, padding %sx%s)".formatted(label(), channels(), kernelHeight(),
                kernelWidth(), strideHeight(), strideWidth(), paddingHeight(), paddingWidth());
    }
}
