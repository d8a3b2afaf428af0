package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * Where the windows of a convolution lie. Every output pixel is computed from one window of input pixels. The image lies
 * within a border of zeros, its padding.
 *
 * @param kernelHeight rows of a window, at least 1
 * @param kernelWidth pixels in each row of a window, at least 1
 * @param strideHeight input rows from a window to the next window below it, at least 1
 * @param strideWidth input pixels from a window to the next window on its right, at least 1
 * @param paddingHeight rows of zeros above the image, and also below it; less than kernelHeight
 * @param paddingWidth pixels of zeros on the left of the image, and also on its right; less than kernelWidth
 */
public record ConvolutionGeometry(int kernelHeight, int kernelWidth, int strideHeight, int strideWidth,
        int paddingHeight, int paddingWidth) {
    /** The names of the numbers in files. */
    static final List<String> NUMBERS = List.of("kernelHeight", "kernelWidth", "strideHeight", "strideWidth",
            "paddingHeight", "paddingWidth");

    /** A window of one pixel at every pixel. */
    public static final ConvolutionGeometry PIXEL = new ConvolutionGeometry(1, 1, 1, 1, 0, 0);

    /** The geometry that a file describes. Its kernel is one pixel, its stride 1 and its padding 0 unless they are given. */
    static ConvolutionGeometry of(Numbers numbers) {
        return new ConvolutionGeometry(numbers.whole("kernelHeight", 1), numbers.whole("kernelWidth", 1),
                numbers.whole("strideHeight", 1), numbers.whole("strideWidth", 1), numbers.whole("paddingHeight", 0),
                numbers.whole("paddingWidth", 0));
    }

    /** The given numbers, and those that describe this geometry. */
    Numbers after(Numbers numbers) {
        return numbers.and("kernelHeight", kernelHeight).and("kernelWidth", kernelWidth)
                .and("strideHeight", strideHeight).and("strideWidth", strideWidth)
                .and("paddingHeight", paddingHeight).and("paddingWidth", paddingWidth);
    }

    /**
     * Checks that a layer can have this geometry.
     *
     * @param channels channels of an output pixel
     * @param input the shape of one input image
     * @throws IllegalArgumentException if it cannot; the message is one sentence
     */
    void require(Layer layer, int channels, ImageShape input) {
        if (Math.min(channels, Math.min(Math.min(kernelHeight, kernelWidth), Math.min(strideHeight, strideWidth)))
                < 1) {
            throw new IllegalArgumentException(
                    "%s is impossible: channels, kernel and stride must each be at least one.".formatted(layer));
        }
        if (Math.min(paddingHeight, paddingWidth) < 0 || paddingHeight >= kernelHeight
                || paddingWidth >= kernelWidth) {
            throw new IllegalArgumentException(
                    "%s is impossible: padding must be at least 0 and less than the kernel.".formatted(layer));
        }
        if (kernelHeight > input.height() + 2L * paddingHeight || kernelWidth > input.width() + 2L * paddingWidth) {
            throw new IllegalArgumentException(
                    "%s has a kernel larger than its padded %s input; choose a smaller kernel, or pool less before it."
                            .formatted(layer, input));
        }
    }

    @Override
    public String toString() {
        return "%sx%s, stride %sx%s, padding %sx%s".formatted(kernelHeight, kernelWidth, strideHeight, strideWidth,
                paddingHeight, paddingWidth);
    }
}
