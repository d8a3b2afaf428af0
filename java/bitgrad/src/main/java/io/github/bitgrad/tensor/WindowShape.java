package io.github.bitgrad.tensor;

/**
 * The geometry of windows that may overlap, and may reach into padding around the image.
 *
 * @param height rows of pixels of an image
 * @param width pixels in a row of an image
 * @param channels channels of a pixel
 * @param windowHeight rows of pixels in a window
 * @param windowWidth pixels in a row of a window
 * @param strideHeight rows of pixels from a window to the next window below it
 * @param strideWidth pixels from a window to the next window on its right
 * @param paddingHeight rows of padding above the image, and also below it; less than windowHeight
 * @param paddingWidth pixels of padding on the left of the image, and also on its right; less than windowWidth
 */
public record WindowShape(long height, long width, long channels, long windowHeight, long windowWidth,
        long strideHeight, long strideWidth, long paddingHeight, long paddingWidth) {
    public WindowShape {
        if (channels < 1 || Math.min(strideHeight, strideWidth) < 1 || Math.min(paddingHeight, paddingWidth) < 0
                || paddingHeight >= windowHeight || paddingWidth >= windowWidth
                || windowHeight > height + 2 * paddingHeight || windowWidth > width + 2 * paddingWidth) {
            throw new IllegalArgumentException(
                    "There are no windows of %sx%s in %sx%sx%s images with strides of %sx%s and a padding of %sx%s."
                            .formatted(windowHeight, windowWidth, height, width, channels, strideHeight, strideWidth,
                                    paddingHeight, paddingWidth));
        }
    }

    /** These windows, on pixels with another number of channels. */
    public WindowShape withChannels(long count) {
        return new WindowShape(height, width, count, windowHeight, windowWidth, strideHeight, strideWidth,
                paddingHeight, paddingWidth);
    }

    /** The number of pixels of an image. */
    public long pixels() {
        return height * width;
    }

    /** The number of rows of windows in an image. */
    public long rows() {
        return (height + 2 * paddingHeight - windowHeight) / strideHeight + 1;
    }

    /** The number of windows in a row of windows. */
    public long columns() {
        return (width + 2 * paddingWidth - windowWidth) / strideWidth + 1;
    }

    /** The number of windows in an image. */
    public long windows() {
        return rows() * columns();
    }

    /** Whether the windows lie side by side, and within the image. */
    public boolean sideBySide() {
        return strideHeight == windowHeight && strideWidth == windowWidth && paddingHeight == 0 && paddingWidth == 0;
    }

    /**
     * The number of bits that the position of an element in a window takes. Each of these bits is stored in a bit
     * matrix of its own.
     */
    public int argmaxPlanes() {
        return Long.SIZE - Long.numberOfLeadingZeros(windowHeight * windowWidth - 1);
    }
}
