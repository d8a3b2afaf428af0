package io.github.bitgrad.tensor;

/**
 * Images and the windows on them of which the largest value is taken: side by side from the upper left, what does not
 * fill one left out.
 *
 * @param height of an image, in pixels
 * @param width likewise
 * @param channels of a pixel
 * @param size rows and columns of a window
 */
public record MaxPooling(long height, long width, long channels, long size) {
    public MaxPooling {
        if (channels < 1 || size < 1 || size > Math.min(height, width)) {
            throw new IllegalArgumentException("There is no pooling of %dx%dx%d images by windows of %dx%d."
                    .formatted(height, width, channels, size, size));
        }
    }

    /** The same of pixels with another number of channels. */
    public MaxPooling withChannels(long count) {
        return new MaxPooling(height, width, count, size);
    }

    /** Pixels of an image. */
    public long pixels() {
        return height * width;
    }

    /** Pixels of an image once it is pooled. */
    public long pooledPixels() {
        return height / size * (width / size);
    }

    /** Bit matrices that hold, together, which of the values of a window was taken. */
    public int argmaxPlanes() {
        return Long.SIZE - Long.numberOfLeadingZeros(size * size - 1);
    }
}
