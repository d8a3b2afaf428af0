package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class DemoDigitsTest {
    private static Dataset train;
    private static Dataset test;

    @BeforeAll
    static void generate() {
        train = DemoDigits.generate(Split.TRAIN);
        test = DemoDigits.generate(Split.TEST);
    }

    @AfterAll
    static void close() {
        train.close();
        test.close();
    }

    /** The same everywhere. A change of these numbers is a change of every published result on the demo. */
    @Test
    void isTheSameOnEveryPlatform() {
        assertThat(checksum(train)).as("training set").isEqualTo(1007786622L);
        assertThat(checksum(test)).as("test set").isEqualTo(418734541L);
    }

    private static long checksum(Dataset data) {
        CRC32 checksum = new CRC32();
        checksum.update(AllImages.of(data));
        Arrays.stream(data.labels()).forEach(checksum::update);
        return checksum.getValue();
    }

    @Test
    void hasAsManyOfEveryDigit() {
        assertThat(countsByLabel(train)).containsOnly(600).hasSize(10);
        assertThat(countsByLabel(test)).containsOnly(100).hasSize(10);
    }

    private static int[] countsByLabel(Dataset data) {
        int[] counts = new int[data.classes()];
        for (int index = 0; index < data.size(); index++) {
            counts[data.label(index)]++;
        }
        return counts;
    }

    @Test
    void isAnotherWithAnotherSeed() {
        try (Dataset again = DemoDigits.generate(Split.TEST, 1); Dataset other = DemoDigits.generate(Split.TEST, 2)) {
            assertThat(AllImages.of(again)).isEqualTo(AllImages.of(test));
            Set<ByteBuffer> images = images(test);
            images.retainAll(images(other));
            assertThat(images).isEmpty();
        }
    }

    @Test
    void neverShowsAnImageTwice() {
        Set<ByteBuffer> images = images(train);
        images.addAll(images(test));
        assertThat(images).hasSize(7000);
    }

    private static Set<ByteBuffer> images(Dataset data) {
        Set<ByteBuffer> images = new HashSet<>();
        for (int index = 0; index < data.size(); index++) {
            images.add(data.image(index).asByteBuffer());
        }
        return images;
    }

    /** Each digit drawn inside the frame and on a dark ground: the ink is some of the image and not most of it. */
    @Test
    void drawsWithinTheFrame() {
        double ink = 0;
        double ring = 0;
        for (int index = 0; index < test.size(); index++) {
            MemorySegment image = test.image(index);
            for (int pixel = 0; pixel < 28 * 28; pixel++) {
                int value = Byte.toUnsignedInt(image.get(ValueLayout.JAVA_BYTE, pixel));
                int row = pixel / 28;
                int column = pixel % 28;
                ink += value;
                ring += row == 0 || row == 27 || column == 0 || column == 27 ? value : 0;
            }
        }
        assertThat(ink / (255.0 * 28 * 28 * test.size())).isBetween(0.08, 0.16);
        assertThat(ring / ink).isLessThan(0.05);
    }

    /**
     * As hard as it is meant to be: the nearest class mean, which knows no strokes, gets most of it right and far from
     * all.
     */
    @Test
    void isNeitherTrivialNorHopeless() {
        double[][] means = new double[10][28 * 28];
        for (int index = 0; index < train.size(); index++) {
            double[] mean = means[train.label(index)];
            MemorySegment image = train.image(index);
            for (int pixel = 0; pixel < mean.length; pixel++) {
                mean[pixel] += Byte.toUnsignedInt(image.get(ValueLayout.JAVA_BYTE, pixel)) / 600.0;
            }
        }
        int right = 0;
        for (int index = 0; index < test.size(); index++) {
            byte[] image = test.image(index).toArray(ValueLayout.JAVA_BYTE);
            right += nearest(means, image) == test.label(index) ? 1 : 0;
        }
        assertThat(right).isBetween(700, 850);
    }

    private static int nearest(double[][] means, byte[] image) {
        int best = -1;
        double least = Double.MAX_VALUE;
        for (int digit = 0; digit < means.length; digit++) {
            double distance = 0;
            for (int pixel = 0; pixel < image.length; pixel++) {
                double difference = Byte.toUnsignedInt(image[pixel]) - means[digit][pixel];
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                best = digit;
            }
        }
        return best;
    }
}
