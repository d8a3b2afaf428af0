package io.github.bitgrad.data;

import io.github.bitgrad.Names;
import java.util.Arrays;

/** What chance does to an image before a network learns from it. Images that judge a network stay as they are. */
public enum Augmentation {
    /** Nothing. */
    NONE("none") {
        @Override
        public void change(byte[] pixels, ImageShape shape, int image, long seed) {
            // the image stays as it is
        }
    },
    /**
     * Moves the image by whole pixels, up to {@value #SHIFT_PERCENT} % of its height and of its width in each direction
     * (4 of 32 pixels), every way as likely, and mirrors every other one left to right (Wang et al., for CIFAR-10). Where
     * nothing is moved to, pixels become 128: networks see bytes p as (2p − 255) / 255, so this is 1/255, as near to
     * nothing as a byte comes.
     */
    SHIFT_FLIP("shift-flip") {
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
    };

    /** The paper's 15 %. */
    private static final int SHIFT_PERCENT = 15;
    private static final byte MID_GREY = (byte) 128;

    private final String label;

    Augmentation(String label) {
        this.label = label;
    }

    /**
     * Changes one image where it lies. Allocates nothing.
     *
     * @param pixels the image, laid out as {@link Dataset#read} writes it
     * @param shape its shape
     * @param image its index in the data set
     * @param seed what chance follows from, with the index alone: another in each epoch
     */
    public abstract void change(byte[] pixels, ImageShape shape, int image, long seed);

    private static int mostShift(int size) {
        return (int) ((long) size * SHIFT_PERCENT / 100);
    }

    /** Row by row, beginning where rows are moved to, so that none is overwritten before it has been moved. */
    private static void shift(byte[] pixels, ImageShape shape, int down, int right) {
        int last = shape.height() - 1;
        for (int i = 0; i <= last; i++) {
            int row = down > 0 ? last - i : i;
            shiftRow(pixels, shape, row - down, row, right);
        }
    }

    /** Moves a row that may be outside of the image, and then is grey. */
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

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Augmentation named(String name) {
        return Names.find("augmentation", name, values());
    }
}
