package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;

/**
 * Both parts of a data set, which have the same shape of images and the same number of classes. Closing this object
 * closes both.
 *
 * @param train the images that a network learns from
 * @param test the images that it is tested with
 */
public record TrainAndTest(Dataset train, Dataset test) implements AutoCloseable {
    /**
     * Takes both parts, to close them.
     *
     * @throws BitgradException where they differ in shape or classes; then they stay the caller's to close
     */
    public TrainAndTest {
        if (!train.shape().equals(test.shape()) || train.classes() != test.classes()) {
            throw new BitgradException(("The training images of %s are %s in %s classes but the test images of %s are "
                    + "%s in %s classes: take both from the same data set.").formatted(train.name(), train.shape(),
                            train.classes(), test.name(), test.shape(), test.classes()));
        }
    }

    @Override
    public void close() {
        try (train; test) {
            // Closing both is all there is to do, and this closes the second even when the first fails.
        }
    }
}
