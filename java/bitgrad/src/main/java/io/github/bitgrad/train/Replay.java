package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.ImageShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Puts samples of a replay memory into batches, behind the new images. Allocates nothing. One thread may use this object
 * at a time.
 */
final class Replay {
    private final ReplayMemory memory;
    private final int images;
    private final boolean behindFrozen;
    private final ImageShape shape;
    private final long seed;
    private final byte[] image;

    /**
     * @param memory where samples are from
     * @param images how many of them each batch gets, at least 1
     * @param behindFrozen whether samples are signs behind frozen nodes, not images
     * @param shape the shape of the network's input
     * @param seed the number that the choice of samples follows from
     */
    Replay(ReplayMemory memory, int images, boolean behindFrozen, ImageShape shape, long seed) {
        this.memory = memory;
        this.images = images;
        this.behindFrozen = behindFrozen;
        this.shape = shape;
        this.seed = seed;
        image = new byte[shape.values()];
    }

    /** How many samples each batch gets. */
    int images() {
        return images;
    }

    /**
     * Writes samples that are chosen at random, and their labels, behind the new images of a batch. The memory must not
     * be empty.
     *
     * @param number of the batch; another batch gets other samples
     * @param augmentation changes samples that are images
     */
    void write(long number, Augmentation augmentation, CompiledNetwork.Batch batch) {
        MemorySegment labels = batch.labels().segment();
        long first = batch.labels().columns() - images;
        for (int row = 0; row < images; row++) {
            long random = RandomStream.REPLAY.number(seed, number * images + row);
            int index = (int) Math.unsignedMultiplyHigh(random, memory.size());
            labels.setAtIndex(ValueLayout.JAVA_INT, first + row, memory.label(index));
            if (behindFrozen) {
                memory.read(index, batch.frozen().get().replayed().get(), images, row);
            } else {
                memory.read(index, image);
                augmentation.change(image, shape, index, random);
                MemorySegment.copy(image, 0, batch.pixels().segment(), ValueLayout.JAVA_BYTE,
                        (first + row) * image.length, image.length);
            }
        }
    }
}
