package io.github.bitgrad.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Moves an image by whole pixels, up to some percent of its height and of its width in each direction, every way as
 * likely, and may mirror every other image left to right.
 *
 * @param percent 0 to 100
 * @param border what pixels become that nothing is moved to
 * @param flips whether every other image is mirrored
 */
public record ShiftFlip(int percent, Border border, boolean flips) implements Augmentation {
    /** What pixels become that nothing is moved to. */
    public enum Border {
        /**
         * 128: networks see bytes p as (2p − 255) / 255, so this is 1/255, which is as near to zero as a byte comes.
         */
        GREY,
        /** The pixel of the image that is nearest. */
        EDGE
    }

    /** By up to 15 %, which is 4 of 32 pixels, with grey borders. */
    public static final ShiftFlip DEFAULT = new ShiftFlip(15);

    /** By up to 15 %, with edges repeated (Wang et al., for CIFAR-10). */
    public static final ShiftFlip EDGES = new ShiftFlip(15, Border.EDGE, true);

    /** By up to 15 %, with edges repeated and never mirrored (Wang et al., for SVHN). */
    public static final ShiftFlip EDGES_WITHOUT_FLIP = new ShiftFlip(15, Border.EDGE, false);

    private static final byte MID_GREY = (byte) 128;

    /** @throws IllegalArgumentException where the number is out of its range */
    public ShiftFlip {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException(
                    "The percent of a shift must be from 0 to 100, but is %s.".formatted(percent));
        }
    }

    /** With grey borders, and mirrored. */
    public ShiftFlip(int percent) {
        this(percent, Border.GREY, true);
    }

    @Override
    public String name() {
        return (border == Border.EDGE ? "edge-shift" : "shift") + (flips ? "-flip" : "");
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = new LinkedHashMap<>();
        numbers.put("percent", percent);
        return numbers;
    }

    @Override
    public void change(byte[] pixels, ImageShape shape, int image, long seed) {
        int mostDown = mostShift(shape.height());
        int mostRight = mostShift(shape.width());
        long chance = SplitMix64.ofImage(seed, image) >>> 1;
        int down = (int) (chance % (2 * mostDown + 1)) - mostDown;
        chance /= 2 * mostDown + 1;
        int right = (int) (chance % (2 * mostRight + 1)) - mostRight;
        chance /= 2 * mostRight + 1;
        shift(pixels, shape, down, right);
        if (flips && chance % 2 == 1) {
            mirror(pixels, shape);
        }
    }

    private int mostShift(int size) {
        int most = (int) ((long) size * percent / 100);
        return border == Border.EDGE ? Math.min(most, size - 1) : most; // so that an edge is left to be repeated
    }

    /** Goes from the side that rows are moved to, so that no row is overwritten before it has been moved. */
    private void shift(byte[] pixels, ImageShape shape, int down, int right) {
        int last = shape.height() - 1;
        int rowBytes = shape.width() * shape.channels();
        for (int i = 0; i <= last; i++) {
            int row = down > 0 ? last - i : i;
            int from = row - down;
            if (from >= 0 && from <= last) {
                shiftRow(pixels, shape, from, row, right);
            } else if (border == Border.EDGE) { // the row that was filled before is the edge, or repeats it
                int before = down > 0 ? row + 1 : row - 1;
                System.arraycopy(pixels, before * rowBytes, pixels, row * rowBytes, rowBytes);
            } else {
                Arrays.fill(pixels, row * rowBytes, (row + 1) * rowBytes, MID_GREY);
            }
        }
    }

    /** Fills a row with another row of the image. */
    private void shiftRow(byte[] pixels, ImageShape shape, int from, int to, int right) {
        int channels = shape.channels();
        int rowBytes = shape.width() * channels;
        int shiftBytes = Math.abs(right) * channels;
        int begin = to * rowBytes;
        int end = begin + rowBytes;
        if (right >= 0) {
            System.arraycopy(pixels, from * rowBytes, pixels, begin + shiftBytes, rowBytes - shiftBytes);
            fill(pixels, begin, begin + shiftBytes, begin + shiftBytes, channels);
        } else {
            System.arraycopy(pixels, from * rowBytes + shiftBytes, pixels, begin, rowBytes - shiftBytes);
            fill(pixels, end - shiftBytes, end, end - shiftBytes - channels, channels);
        }
    }

    /** Fills the bytes that nothing was moved to; the pixel of the edge begins at {@code edge}. */
    private void fill(byte[] pixels, int begin, int end, int edge, int channels) {
        if (border == Border.GREY) {
            Arrays.fill(pixels, begin, end, MID_GREY);
        } else {
            for (int pixel = begin; pixel < end; pixel += channels) {
                System.arraycopy(pixels, edge, pixels, pixel, channels);
            }
        }
    }

    private static void mirror(byte[] pixels, ImageShape shape) {
        int channels = shape.channels();
        int rowBytes = shape.width() * channels;
        for (int row = 0; row < shape.height(); row++) {
            int left = row * rowBytes;
            int right = left + rowBytes - channels;
            for (; left < right; left += channels, right -= channels) {
                for (int channel = 0; channel < channels; channel++) {
                    byte value = pixels[left + channel];
                    pixels[left + channel] = pixels[right + channel];
                    pixels[right + channel] = value;
                }
            }
        }
    }
}
