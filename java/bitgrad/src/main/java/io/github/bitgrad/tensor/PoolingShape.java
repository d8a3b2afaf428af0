package io.github.bitgrad.tensor;

/**
 * The geometry of pooling: the shape of the images, and the windows whose values become one.
 * Windows lie side by side, beginning at the upper left corner. Pixels at the right and lower edge that do not fill a
 * window are left out.
 *
 * @param height rows of pixels of an image before pooling
 * @param width pixels in a row of an image before pooling
 * @param channels channels of a pixel
 * @param windowHeight rows of pixels in a window
 * @param windowWidth pixels in a row of a window
 */
public record PoolingShape(long height, long width, long channels, long windowHeight, long windowWidth) {
    public PoolingShape {
        if (channels < 1 || windowHeight < 1 || windowHeight > height || windowWidth < 1 || windowWidth > width) {
            throw new IllegalArgumentException("There is no pooling of %sx%sx%s images by windows of %sx%s."
                    .formatted(height, width, channels, windowHeight, windowWidth));
        }
    }

    /** Pooling by square windows. */
    public PoolingShape(long height, long width, long channels, long size) {
        this(height, width, channels, size, size);
    }

    /** This pooling, of pixels with another number of channels. */
    public PoolingShape withChannels(long count) {
        return new PoolingShape(height, width, count, windowHeight, windowWidth);
    }

    /** The number of pixels of an image before pooling. */
    public long pixels() {
        return height * width;
    }

    /** The number of pixels of an image after pooling: one for each window. */
    public long pooledPixels() {
        return height / windowHeight * (width / windowWidth);
    }

    /**
     * The number of bits that the position of an element in a window takes. Each of these bits is stored in a bit
     * matrix of its own.
     */
    public int argmaxPlanes() {
        return Long.SIZE - Long.numberOfLeadingZeros(windowHeight * windowWidth - 1);
    }
}
