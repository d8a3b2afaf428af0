package io.github.bitgrad.tensor;

/**
 * The geometry of max pooling: images, and windows on them whose largest values are taken. Windows stand side by side
 * from the upper left corner; pixels that do not fill a window are left out.
 *
 * @param height of an image, in pixels
 * @param width of an image, in pixels
 * @param channels of a pixel
 * @param windowHeight rows of pixels in a window
 * @param windowWidth pixels in a row of a window
 */
public record MaxPooling(long height, long width, long channels, long windowHeight, long windowWidth) {
    public MaxPooling {
        if (channels < 1 || windowHeight < 1 || windowHeight > height || windowWidth < 1 || windowWidth > width) {
            throw new IllegalArgumentException("There is no pooling of %dx%dx%d images by windows of %dx%d."
                    .formatted(height, width, channels, windowHeight, windowWidth));
        }
    }

    /** Pooling by square windows. */
    public MaxPooling(long height, long width, long channels, long size) {
        this(height, width, channels, size, size);
    }

    /** This pooling, of pixels with another number of channels. */
    public MaxPooling withChannels(long count) {
        return new MaxPooling(height, width, count, windowHeight, windowWidth);
    }

    /** Pixels of an image. */
    public long pixels() {
        return height * width;
    }

    /** Pixels of an image once it is pooled: one for each window. */
    public long pooledPixels() {
        return height / windowHeight * (width / windowWidth);
    }

    /** Bit matrices that hold, together, the number of the element that was taken from each window. */
    public int argmaxPlanes() {
        return Long.SIZE - Long.numberOfLeadingZeros(windowHeight * windowWidth - 1);
    }
}
