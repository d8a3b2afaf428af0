package io.github.bitgrad.data;

/**
 * The shape of one image, stored row by row with the channels of a pixel side by side (HWC).
 *
 * @param height rows, at least 1
 * @param width pixels of a row, at least 1
 * @param channels values of a pixel, at least 1; {@link #values()} must fit an {@code int}
 */
public record ImageShape(int height, int width, int channels) {
    /** @throws IllegalArgumentException where a number is out of its range */
    public ImageShape {
        // Dividing keeps the test itself from overflowing.
        if (height < 1 || width < 1 || channels < 1 || width > Integer.MAX_VALUE / height
                || channels > Integer.MAX_VALUE / (height * width)) {
            throw new IllegalArgumentException("An image of %sx%sx%s cannot be: give at least 1 each and at most %s"
                    .formatted(height, width, channels, Integer.MAX_VALUE) + " values in all.");
        }
    }

    /** {@return the number of pixels in one image: height · width} */
    public int pixels() {
        return height * width;
    }

    /** {@return the number of values in one image: height · width · channels} */
    public int values() {
        return height * width * channels;
    }

    /** {@return the shape as messages have it, for example {@code 28x28x1}} */
    @Override
    public String toString() {
        return height + "x" + width + "x" + channels;
    }
}
