package io.github.bitgrad.data;

import io.github.bitgrad.Names;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What chance does to an image before a network learns from it. Images that judge a network stay as they are. */
public enum Augmentation {
    /** Nothing. */
    NONE("none") {
        @Override
        public void copy(Dataset dataset, int image, long seed, MemorySegment to, long offset) {
            long bytes = dataset.shape().values();
            MemorySegment.copy(dataset.images(), image * bytes, to, offset, bytes);
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
        public void copy(Dataset dataset, int image, long seed, MemorySegment to, long offset) {
            ImageShape shape = dataset.shape();
            int mostDown = mostShift(shape.height());
            int mostRight = mostShift(shape.width());
            long chance = SplitMix64.mix(seed + (image + 1L) * SplitMix64.STEP) >>> 1;
            int down = (int) (chance % (2 * mostDown + 1)) - mostDown;
            chance /= 2 * mostDown + 1;
            int right = (int) (chance % (2 * mostRight + 1)) - mostRight;
            chance /= 2 * mostRight + 1;
            boolean mirrored = chance % 2 == 1;
            for (int row = 0; row < shape.height(); row++) {
                for (int column = 0; column < shape.width(); column++) {
                    int fromColumn = (mirrored ? shape.width() - 1 - column : column) - right;
                    copyPixel(dataset, image, row - down, fromColumn, to,
                            offset + ((long) row * shape.width() + column) * shape.channels());
                }
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
     * Copies one image, as chance has changed it. Allocates nothing.
     *
     * @param dataset where it is from
     * @param image its index there
     * @param seed what chance follows from, with the index alone: another in each epoch
     * @param to memory that can be written
     * @param offset bytes from there to the copy, which is laid out as {@link Dataset#image}
     */
    public abstract void copy(Dataset dataset, int image, long seed, MemorySegment to, long offset);

    private static int mostShift(int size) {
        return (int) ((long) size * SHIFT_PERCENT / 100);
    }

    /** Copies the pixel of a place that may be outside of the image, and then is grey. */
    private static void copyPixel(Dataset dataset, int image, int row, int column, MemorySegment to, long offset) {
        ImageShape shape = dataset.shape();
        boolean inside = 0 <= row && row < shape.height() && 0 <= column && column < shape.width();
        long from = (((long) image * shape.height() + row) * shape.width() + column) * shape.channels();
        for (int channel = 0; channel < shape.channels(); channel++) {
            byte value = inside ? dataset.images().get(ValueLayout.JAVA_BYTE, from + channel) : MID_GREY;
            to.set(ValueLayout.JAVA_BYTE, offset + channel, value);
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
