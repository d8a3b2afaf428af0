package io.github.bitgrad.data;

import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * A data set that is quick to make and to learn, for tests: 8x8 images of four classes, told by which of four stripes
 * is brighter, under noise.
 */
public final class Stripes {
    public static final ImageShape SHAPE = new ImageShape(8, 8, 1);
    public static final int CLASSES = 4;

    private Stripes() {
    }

    /** So many images, each pixel any byte, for the caller to close. */
    public static Dataset noisy(int size, long seed) {
        return create(size, seed, 255);
    }

    /**
     * The same in black and white only: the network's inputs are −1 and +1, so that every product of theirs is a sum of
     * whole numbers and exact in any order.
     */
    public static Dataset blackAndWhite(int size, long seed) {
        return create(size, seed, 1);
    }

    private static Dataset create(int size, long seed, int levels) {
        SplittableRandom random = new SplittableRandom(seed);
        return Dataset.create("stripes", SHAPE, CLASSES, size, (images, labels) -> {
            for (int image = 0; image < size; image++) {
                int label = random.nextInt(CLASSES);
                labels.set(image, label);
                for (int pixel = 0; pixel < SHAPE.values(); pixel++) {
                    boolean bright = pixel % SHAPE.width() / 2 == label;
                    double value = Math.clamp(0.4 + (bright ? 0.3 : 0) + random.nextDouble(-0.4, 0.4), 0, 1);
                    images.set(ValueLayout.JAVA_BYTE, (long) image * SHAPE.values() + pixel,
                            (byte) (Math.round(value * levels) * 255 / levels));
                }
            }
        });
    }
}
