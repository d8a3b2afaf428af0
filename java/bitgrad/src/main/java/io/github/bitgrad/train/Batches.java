package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
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
    private final Optional<Replay> replay;
    /** The epoch that the order is of, from 1. */
    private int epoch;
    private long augmentationSeed;

    /**
     * @param imagesInStep the images of a step that are from the data set; an epoch has as many whole steps as it has
     *            images for
     * @param parts the number of batches of a step
     * @param replay puts earlier samples behind those of the data set, if there are any
     */
    Batches(Dataset dataset, Augmentation augmentation, int imagesInStep, int parts, long seed,
            Optional<Replay> replay) {
        this.dataset = dataset;
        this.augmentation = augmentation;
        batch = imagesInStep / parts;
        inEpoch = dataset.size() / imagesInStep * parts;
        this.seed = seed;
        this.replay = replay;
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
     * @param to the buffers that are filled
     */
    void write(long number, CompiledNetwork.Batch to) {
        write(number, to.pixels().segment(), to.labels().segment());
        if (replay.isPresent()) {
            replay.get().write(number, augmentation, to);
        }
    }

    /**
     * Writes the images of the data set only.
     *
     * @param pixels uint8 [images, values of an image]
     * @param labels int32 [images]
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
