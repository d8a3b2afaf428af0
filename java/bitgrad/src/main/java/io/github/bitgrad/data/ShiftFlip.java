package io.github.bitgrad.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Moves an image by whole pixels, up to some percent of its height and of its width in each direction, every way as
 * likely, and mirrors every other image left to right. Pixels that nothing is moved to become 128: networks see bytes p
 * as (2p − 255) / 255, so this is 1/255, which is as near to zero as a byte comes.
 *
 * @param percent 0 to 100
 */
public record ShiftFlip(int percent) implements Augmentation {
    /** By up to 15 %, which is 4 of 32 pixels (Wang et al., for CIFAR-10). */
    public static final ShiftFlip DEFAULT = new ShiftFlip(15);

    private static final byte MID_GREY = (byte) 128;

    /** @throws IllegalArgumentException where the number is out of its range */
    public ShiftFlip {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException(
                    "The percent of shift-flip must be from 0 to 100, but is %s.".formatted(percent));
        }
    }

    @Override
    public String name() {
        return "shift-flip";
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
        long chance = SplitMix64.mix(seed + (image + 1L) * SplitMix64.STEP) >>> 1;
        int down = (int) (chance % (2 * mostDown + 1)) - mostDown;
        chance /= 2 * mostDown + 1;
        int right = (int) (chance % (2 * mostRight + 1)) - mostRight;
        chance /= 2 * mostRight + 1;
        shift(pixels, shape, down, right);
        if (chance % 2 == 1) {
            mirror(pixels, shape);
        }
    }

    private int mostShift(int size) {
        return (int) ((long) size * percent / 100);
    }

    /** Goes from the side that rows are moved to, so that no row is overwritten before it has been moved. */
    private static void shift(byte[] pixels, ImageShape shape, int down, int right) {
        int last = shape.height() - 1;
        for (int i = 0; i <= last; i++) {
            int row = down > 0 ? last - i : i;
            shiftRow(pixels, shape, row - down, row, right);
        }
    }

    /** Fills a row with what is to be moved there: another row, or grey where that would lie outside of the image. */
    private static void shiftRow(byte[] pixels, ImageShape shape, int from, int to, int right) {
        int rowBytes = shape.width() * shape.channels();
        int shiftBytes = Math.abs(right) * shape.channels();
        int begin = to * rowBytes;
        int end = begin + rowBytes;
        if (from < 0 || from >= shape.height()) {
            Arrays.fill(pixels, begin, end, MID_GREY);
        } else if (right >= 0) {
            System.arraycopy(pixels, from * rowBytes, pixels, begin + shiftBytes, rowBytes - shiftBytes);
            Arrays.fill(pixels, begin, begin + shiftBytes, MID_GREY);
        } else {
            System.arraycopy(pixels, from * rowBytes + shiftBytes, pixels, begin, rowBytes - shiftBytes);
            Arrays.fill(pixels, end - shiftBytes, end, MID_GREY);
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
