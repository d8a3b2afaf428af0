package io.github.bitgrad.bench;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.model.Network;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Pictures that benchmarks of classification use. How long a picture takes does not depend on what it shows. */
public final class RandomPictures {
    private static final long SEED = 1;

    private RandomPictures() {
    }

    /** Pictures with the shape of a network's input, and labels that take turns. The caller closes them. */
    public static Dataset of(Network network, int count) {
        return Dataset.create("random pictures", network.input(), network.classes(), count, (images, labels) -> {
            SplittableRandom random = new SplittableRandom(SEED);
            for (long i = 0; i < images.byteSize(); i++) {
                images.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            for (int i = 0; i < count; i++) {
                labels.set(i, (i % network.classes()));
            }
        });
    }
}
