package io.github.bitgrad.tensor;

/**
 * The geometry of a convolution, as {@code struct bg_convolution} of bitgrad.h has it. An image is a matrix of pixels,
 * row by row, and a pixel is a row of channels. The weights are a matrix [outChannels, fanIn]: for each output channel
 * the taps of its kernel row by row, and for each tap the input channels.
 *
 * @param height rows of pixels of an input image
 * @param width pixels in a row of an input image
 * @param channels channels of an input pixel
 * @param kernelHeight rows of taps
 * @param kernelWidth taps in a row
 * @param strideHeight rows of input pixels from one row of output pixels to the next
 * @param strideWidth input pixels from one output pixel of a row to the next
 * @param paddingHeight rows of zeros above the image, and the number of rows of zeros below it; less than kernelHeight
 * @param paddingWidth zeros at the beginning of each row of the image, and the number of zeros at its end; less than
 *            kernelWidth
 * @param outChannels channels of an output pixel
 */
public record ConvolutionShape(long height, long width, long channels, long kernelHeight, long kernelWidth,
        long strideHeight, long strideWidth, long paddingHeight, long paddingWidth, long outChannels) {
    public ConvolutionShape {
        if (channels < 1 || outChannels < 1 || !isAxis(height, kernelHeight, strideHeight, paddingHeight)
                || !isAxis(width, kernelWidth, strideWidth, paddingWidth)) {
            throw new IllegalArgumentException(
                    "There is no convolution of %sx%sx%s images with kernel %sx%s, stride %sx%s, padding %sx%s and %s channels."
                            .formatted(height, width, channels, kernelHeight, kernelWidth, strideHeight, strideWidth,
                                    paddingHeight, paddingWidth, outChannels));
        }
    }

    /** A convolution with the same kernel, stride and padding on both axes. */
    public ConvolutionShape(long height, long width, long channels, long kernel, long stride, long padding,
            long outChannels) {
        this(height, width, channels, kernel, kernel, stride, stride, padding, padding, outChannels);
    }

    private static boolean isAxis(long size, long kernel, long stride, long padding) {
        return size >= 1 && kernel >= 1 && stride >= 1 && padding >= 0 && padding < kernel
                && kernel <= size + 2 * padding;
    }

    /** This convolution with another number of output channels. */
    public ConvolutionShape withOutChannels(long count) {
        return new ConvolutionShape(height, width, channels, kernelHeight, kernelWidth, strideHeight, strideWidth,
                paddingHeight, paddingWidth, count);
    }

    /** The number of pixels of an input image. */
    public long pixels() {
        return height * width;
    }

    /** The number of rows of pixels of an output image. */
    public long outHeight() {
        return (height + 2 * paddingHeight - kernelHeight) / strideHeight + 1;
    }

    /** The number of pixels in a row of an output image. */
    public long outWidth() {
        return (width + 2 * paddingWidth - kernelWidth) / strideWidth + 1;
    }

    /** The number of pixels of an output image. */
    public long outPixels() {
        return outHeight() * outWidth();
    }

    /** The number of input pixels that each output pixel is computed from. */
    public long taps() {
        return kernelHeight * kernelWidth;
    }

    /** The number of input values that each output value is computed from: N_l in the paper (Wang et al.). */
    public long fanIn() {
        return taps() * channels;
    }
}
