package io.github.bitgrad.data;

import io.github.bitgrad.Names;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of one image, stored row by row with the channels of a pixel side by side (HWC).
 *
 * @param height rows, at least 1
 * @param width pixels of a row, at least 1
 * @param channels values of a pixel, at least 1; {@link #values()} must fit an {@code int}
 */
public record ImageShape(int height, int width, int channels) {
    private static final Pattern PATTERN = Pattern.compile("(\\d{1,9})x(\\d{1,9})(?:x(\\d{1,9}))?");
    private static final int COLOURS = 3;

    /** @throws IllegalArgumentException where a number is out of its range */
    public ImageShape {
        // Dividing keeps the test itself from overflowing.
        if (height < 1 || width < 1 || channels < 1 || width > Integer.MAX_VALUE / height
                || channels > Integer.MAX_VALUE / (height * width)) {
            throw new IllegalArgumentException("An image of %sx%sx%s cannot be: give at least 1 each and at most %s"
                    .formatted(height, width, channels, Integer.MAX_VALUE) + " values in all.");
        }
    }

    /**
     * Reads a shape as {@link #toString} writes it. Without the channels, there are 3.
     *
     * @param text such as {@code 28x28x1} or {@code 32x32}: height, width and channels
     * @throws IllegalArgumentException where it is no shape
     */
    public static ImageShape parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not the shape of an image: give one such as 32x32x3."
                    .formatted(Names.printable(text)));
        }
        return new ImageShape(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)),
                matcher.group(3) == null ? COLOURS : Integer.parseInt(matcher.group(3)));
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
