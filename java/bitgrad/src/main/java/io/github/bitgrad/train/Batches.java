package io.github.bitgrad.train;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The batches that a network takes, by their number: those of the steps of a training, or the parts of these. Images
 * come in a random order, another one in each epoch, and as the augmentation has changed them. The contents of a batch
 * follow from the seed and the number of the batch alone.
 */
final class Batches {
    private final Dataset dataset;
    private final Augmentation augmentation;
    private final int batch;
    private final int inEpoch;
    private final long seed;
    private final int[] order;
    private final byte[] image;
    /** The epoch that the order is of, from 1. */
    private int epoch;
    private long augmentationSeed;

    /**
     * @param imagesInStep the images of a step; an epoch has as many whole steps as it has images for
     * @param parts the number of batches of a step
     */
    Batches(Dataset dataset, Augmentation augmentation, int imagesInStep, int parts, long seed) {
        this.dataset = dataset;
        this.augmentation = augmentation;
        batch = imagesInStep / parts;
        inEpoch = dataset.size() / imagesInStep * parts;
        this.seed = seed;
        order = new int[dataset.size()];
        image = new byte[dataset.shape().values()];
    }

    /** How many batches an epoch has. */
    int inEpoch() {
        return inEpoch;
    }

    /**
     * Writes a batch. Allocates memory only for the first batch of an epoch. One thread may call this at a time.
     *
     * @param number of the batch, counted from 0 over all epochs
     * @param pixels uint8 [batch, values of an image]
     * @param labels int32 [batch]
     */
    void write(long number, MemorySegment pixels, MemorySegment labels) {
        begin((int) (number / inEpoch()) + 1);
        int first = (int) (number % inEpoch()) * batch;
        for (int row = 0; row < batch; row++) {
            dataset.expect(order[first + row]);
        }
        for (int row = 0; row < batch; row++) {
            int index = order[first + row];
            dataset.read(index, image);
            augmentation.change(image, dataset.shape(), index, augmentationSeed);
            MemorySegment.copy(image, 0, pixels, ValueLayout.JAVA_BYTE, (long) row * image.length, image.length);
            labels.setAtIndex(ValueLayout.JAVA_INT, row, dataset.label(index));
        }
    }

    private void begin(int wanted) {
        if (epoch != wanted) {
            epoch = wanted;
            shuffle(order, RandomStream.SHUFFLE.begin(seed, epoch));
            augmentationSeed = RandomStream.AUGMENTATION.begin(seed, epoch).nextLong();
        }
    }

    /** Fills in the indices of all images in a random order (Fisher and Yates). */
    private static void shuffle(int[] order, SplittableRandom random) {
        Arrays.setAll(order, i -> i);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int image = order[i];
            order[i] = order[j];
            order[j] = image;
        }
    }
}
