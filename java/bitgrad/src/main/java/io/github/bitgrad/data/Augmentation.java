package io.github.bitgrad.data;

import io.github.bitgrad.Described;
import io.github.bitgrad.Names;
import java.util.List;

/**
 * How images are changed at random before a network learns from them. Images that a network is tested with stay as they
 * are. An augmentation of your own implements this interface.
 */
public interface Augmentation extends Described {
    /** Leaves every image as it is. */
    Augmentation NONE = new Augmentation() {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public void change(byte[] pixels, ImageShape shape, int image, long seed) {
            // the image stays as it is
        }

        @Override
        public String toString() {
            return name();
        }
    };

    /** {@link ShiftFlip} by up to 15 %, with grey borders. */
    Augmentation SHIFT_FLIP = ShiftFlip.DEFAULT;

    /** {@link ShiftFlip} by up to 15 %, with edges repeated, as Wang et al. train on CIFAR-10. */
    Augmentation EDGE_SHIFT_FLIP = ShiftFlip.EDGES;

    /** {@link ShiftFlip} by up to 15 %, with edges repeated and never mirrored, as Wang et al. train on SVHN. */
    Augmentation EDGE_SHIFT = ShiftFlip.EDGES_WITHOUT_FLIP;

    /**
     * Changes one image where it lies. Allocates nothing. The thread that calls it is not that of the training, but
     * never two call it at the same time for one training.
     *
     * @param pixels the image, laid out as {@link Dataset#read} writes it
     * @param shape the shape of the image
     * @param image its index in the data set
     * @param seed another number in each epoch; all that is random must follow from it and from the index alone, so
     *            that a training gives the same network again
     */
    void change(byte[] pixels, ImageShape shape, int image, long seed);

    /** The augmentations that {@link #named} finds. */
    static List<Augmentation> all() {
        return List.of(NONE, SHIFT_FLIP, EDGE_SHIFT_FLIP, EDGE_SHIFT);
    }

    /** @throws IllegalArgumentException where none of {@link #all} has this name */
    static Augmentation named(String name) {
        return Names.find("augmentation", name, all());
    }
}
