package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;

/**
 * Both parts of a data set, alike in image shape and number of classes. Closing it closes both.
 *
 * @param train what a model learns from; owned
 * @param test what it is judged by; owned
 */
public record TrainAndTest(Dataset train, Dataset test) implements AutoCloseable {
    /** Takes both parts, or raises {@link BitgradException} when they differ, and then they stay the caller's. */
    public TrainAndTest {
        if (!train.shape().equals(test.shape()) || train.classes() != test.classes()) {
            throw new BitgradException(("The training images of %s are %s in %d classes but the test images of %s are "
                    + "%s in %d classes: take both from the same data set.").formatted(train.name(), train.shape(),
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
