package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The images that came last, for trainings that get their images one by one. */
final class RecentImages {
    private final byte[][] images;
    private final int[] labels;
    private int count;
    private int next;

    /**
     * @param most how many images are kept
     * @param bytes the bytes of an image
     */
    RecentImages(int most, int bytes) {
        images = new byte[most][bytes];
        labels = new int[most];
    }

    /** Keeps an image in place of the oldest one. */
    void add(MemorySegment from, long offset, int label) {
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, images[next], 0, images[next].length);
        labels[next] = label;
        next = (next + 1) % images.length;
        count = Math.min(count + 1, images.length);
    }

    /** Writes the images to the first rows of a batch, beginning with the newest. If there are too few, they repeat. */
    void write(CompiledNetwork.Batch batch) {
        for (int row = 0; row < images.length; row++) {
            int index = Math.floorMod(next - 1 - row % count, images.length);
            MemorySegment.copy(images[index], 0, batch.pixels().segment(), ValueLayout.JAVA_BYTE,
                    (long) row * images[index].length, images[index].length);
            batch.labels().segment().setAtIndex(ValueLayout.JAVA_INT, row, labels[index]);
        }
    }
}
