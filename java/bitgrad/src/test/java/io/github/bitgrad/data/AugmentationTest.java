package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("level-independent")
class AugmentationTest {
    private static final long SEED = 20261123;
    /** 15 % of it are, rounded down, 1 row and 4 columns. */
    private static final ImageShape SHAPE = new ImageShape(7, 32, 3);
    private static final int IMAGES = 7;
    private static final int WAYS = 3 * 9 * 2;

    private static Dataset images;

    /** What was done to an image. */
    private record Way(int down, int right, boolean mirrored) {
        /** With the nearest pixel of the image where nothing is moved to. */
        byte[] appliedWithEdges(byte[] image) {
            byte[] changed = new byte[image.length];
            for (int at = 0; at < image.length; at++) {
                int row = Math.clamp(at / 3 / SHAPE.width() - down, 0, SHAPE.height() - 1);
                int column = Math.clamp(at / 3 % SHAPE.width() - right, 0, SHAPE.width() - 1);
                int place = at / 3 % SHAPE.width();
                changed[(at / 3 / SHAPE.width() * SHAPE.width() + (mirrored ? SHAPE.width() - 1 - place : place)) * 3
                        + at % 3] = image[(row * SHAPE.width() + column) * 3 + at % 3];
            }
            return changed;
        }

        static List<Way> all() {
            return IntStream.range(0, WAYS).mapToObj(i -> new Way(i / 18 - 1, i / 2 % 9 - 4, i % 2 == 1)).toList();
        }

        byte[] applied(byte[] image) {
            byte[] changed = new byte[image.length];
            Arrays.fill(changed, (byte) 128);
            for (int at = 0; at < image.length; at++) {
                int row = at / 3 / SHAPE.width() + down;
                int column = at / 3 % SHAPE.width() + right;
                if (row >= 0 && row < SHAPE.height() && column >= 0 && column < SHAPE.width()) {
                    int place = mirrored ? SHAPE.width() - 1 - column : column;
                    changed[(row * SHAPE.width() + place) * 3 + at % 3] = image[at];
                }
            }
            return changed;
        }
    }

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Dataset.create("noise", SHAPE, 2, IMAGES, (pixels, labels) -> {
            SplittableRandom random = new SplittableRandom(SEED);
            for (long at = 0; at < pixels.byteSize(); at++) {
                pixels.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
        });
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static List<Augmentation> augmentations() {
        return Augmentation.all();
    }

    private static byte[] original(int image) {
        return images.image(image).toArray(ValueLayout.JAVA_BYTE);
    }

    private static List<Byte> list(byte[] bytes) {
        return IntStream.range(0, bytes.length).mapToObj(i -> bytes[i]).toList();
    }

    /** What an image becomes. */
    private static byte[] changed(Augmentation augmentation, int image, long seed) {
        byte[] pixels = original(image);
        augmentation.change(pixels, SHAPE, image, seed);
        return pixels;
    }

    private static Way way(int image, long seed) {
        byte[] changed = changed(Augmentation.SHIFT_FLIP, image, seed);
        List<Way> ways =
                Way.all().stream().filter(way -> Arrays.equals(way.applied(original(image)), changed)).toList();
        assertThat(ways).as("ways that make image %s what seed %s makes it", image, seed).hasSize(1);
        return ways.getFirst();
    }

    @Test
    void noneLeavesImagesAsTheyAre() {
        for (int image = 0; image < IMAGES; image++) {
            assertThat(changed(Augmentation.NONE, image, SEED)).isEqualTo(original(image));
        }
    }

    @Test
    void shiftFlipGoesEveryWayAndEachAboutAsOften() {
        int draws = 40 * WAYS;
        Map<Way, Integer> counts = new HashMap<>();
        for (int draw = 0; draw < draws; draw++) {
            counts.merge(way(draw % IMAGES, SEED + draw / IMAGES), 1, Integer::sum);
        }
        assertThat(counts.keySet()).containsExactlyInAnyOrderElementsOf(Way.all());
        // 40 expected, of a standard deviation of 6.3
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(10, 70));
        int mirrored = Way.all().stream().filter(Way::mirrored).mapToInt(counts::get).sum();
        assertThat(mirrored).isBetween(draws / 2 - 120, draws / 2 + 120); // of 23
    }

    @ParameterizedTest
    @MethodSource("augmentations")
    void chanceFollowsFromSeedAndIndexAlone(Augmentation augmentation) {
        byte[] first = changed(augmentation, 3, SEED);
        changed(augmentation, 4, SEED + 1);
        assertThat(changed(augmentation, 3, SEED)).isEqualTo(first);
    }

    @Test
    void everyImageAndEverySeedHasItsOwnChance() {
        assertThat(IntStream.range(0, IMAGES).mapToObj(image -> way(image, SEED)).distinct().count()).isGreaterThan(4);
        assertThat(IntStream.range(0, IMAGES).mapToObj(epoch -> way(0, SEED + epoch)).distinct().count())
                .isGreaterThan(4);
    }

    /** Goes the ways of shift-flip, only with other borders. */
    @Test
    void edgesAreRepeated() {
        for (int image = 0; image < IMAGES; image++) {
            for (long seed = 0; seed < 40; seed++) {
                Way way = way(image, seed);
                assertThat(changed(Augmentation.EDGE_SHIFT_FLIP, image, seed)).as("%s", way)
                        .isEqualTo(way.appliedWithEdges(original(image)));
                assertThat(changed(Augmentation.EDGE_SHIFT, image, seed)).as("%s", way)
                        .isEqualTo(new Way(way.down, way.right, false).appliedWithEdges(original(image)));
            }
        }
    }

    @Test
    void anEdgeIsLeftHoweverFarAnImageIsMoved() {
        for (long seed = 0; seed < 100; seed++) {
            byte[] changed = changed(new ShiftFlip(100, ShiftFlip.Border.EDGE, false), 2, seed);
            assertThat(list(original(2))).containsAll(list(changed));
        }
    }

    @Test
    void anImageOfOnePixelStaysWhereItIs() {
        for (int seed = 0; seed < 10; seed++) {
            byte[] dot = {9};
            Augmentation.SHIFT_FLIP.change(dot, new ImageShape(1, 1, 1), 0, seed);
            assertThat(dot).containsExactly(9);
        }
    }

    @Test
    void shiftFlipGoesAsFarAsItIsToldTo() {
        assertThat(ShiftFlip.DEFAULT).isEqualTo(new ShiftFlip(15)).isEqualTo(Augmentation.SHIFT_FLIP);
        for (int seed = 0; seed < 20; seed++) {
            List<Byte> left = list(changed(new ShiftFlip(0), 2, seed));
            assertThat(left).isIn(list(original(2)),
                    list(new Way(0, 0, true).applied(original(2))));
        }
        assertThat(changed(new ShiftFlip(100), 2, SEED)).isNotEqualTo(original(2));
        assertThatThrownBy(() -> new ShiftFlip(101)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The percent of a shift must be from 0 to 100, but is 101.");
        assertThatThrownBy(() -> new ShiftFlip(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void dataSetsKnowWhatSuitsThem(@TempDir Path folder) throws IOException {
        assertThat(images.augmentation()).isEqualTo(Augmentation.NONE);
        IdxFiles.writeAll(folder);
        for (String digits : new String[] {Datasets.DEMO, folder.toString()}) {
            try (Dataset train = Datasets.open(digits, Split.TRAIN)) {
                assertThat(train.augmentation()).isEqualTo(Augmentation.NONE);
            }
        }
    }
}
