package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.util.function.Supplier;

/**
 * Both parts of a data set, which have the same shape of images and the same classes. Closing this object
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
        for (int label = 0; label < train.classes(); label++) {
            String one = train.classNames().get(label);
            String other = test.classNames().get(label);
            if (!one.equals(other)) {
                throw new BitgradException(("Class %s is named %s in the training images of %s but %s in the test "
                        + "images of %s: take both from the same data set.").formatted(label, Names.printable(one),
                                train.name(), Names.printable(other), test.name()));
            }
        }
    }

    /**
     * Makes both parts, and closes what was made if that fails.
     *
     * @param train makes the training part
     * @param test makes the test part
     * @throws BitgradException where the parts differ in shape or classes
     */
    public static TrainAndTest of(Supplier<Dataset> train, Supplier<Dataset> test) {
        Dataset one = train.get();
        Dataset other = null;
        try {
            other = test.get();
            return new TrainAndTest(one, other);
        } catch (Throwable failure) {
            one.close();
            if (other != null) {
                other.close();
            }
            throw failure;
        }
    }

    /** {@return one of both parts} */
    public Dataset part(Split split) {
        return split == Split.TRAIN ? train : test;
    }

    @Override
    public void close() {
        try (train; test) {
            // Closing both is all there is to do, and this closes the second even when the first fails.
        }
    }
}
