package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchesTest {
    private static final long SEED = 20261123;
    private static final int SIZE = 53;
    private static final int BATCH = 10;
    private static final int BYTES = Stripes.SHAPE.values();

    private static Dataset images;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(SIZE, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static List<Augmentation> augmentations() {
        return Augmentation.all();
    }

    /** A row of a batch: an image and its class. */
    private record Row(List<Byte> pixels, int label) {
    }

    private static Batches batches(Augmentation augmentation, long seed) {
        return new Batches(images, augmentation, BATCH, 1, seed, Optional.empty());
    }

    private static List<Row> batch(Batches batches, long number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate((long) BATCH * BYTES);
            MemorySegment labels = arena.allocate(BATCH * 4L, 4);
            batches.write(number, pixels, labels);
            List<Row> rows = new ArrayList<>();
            for (int row = 0; row < BATCH; row++) {
                rows.add(row(pixels.asSlice((long) row * BYTES, BYTES),
                        labels.getAtIndex(ValueLayout.JAVA_INT, row)));
            }
            return rows;
        }
    }

    private static Row row(MemorySegment pixels, int label) {
        List<Byte> bytes = new ArrayList<>();
        for (byte value : pixels.toArray(ValueLayout.JAVA_BYTE)) {
            bytes.add(value);
        }
        return new Row(bytes, label);
    }

    private static List<Row> epoch(Batches batches, int epoch) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < batches.inEpoch(); i++) {
            rows.addAll(batch(batches, (long) (epoch - 1) * batches.inEpoch() + i));
        }
        return rows;
    }

    @Test
    void anEpochHasImagesWithTheirLabelsNoneTwiceInAnOrderOfItsOwn() {
        Batches batches = batches(Augmentation.NONE, SEED);
        Row[] all = new Row[SIZE];
        Arrays.setAll(all, i -> row(images.image(i), images.label(i)));
        assertThat(batches.inEpoch()).isEqualTo(5);
        List<Row> first = epoch(batches, 1);
        List<Row> second = epoch(batches, 2);
        assertThat(first).doesNotHaveDuplicates().hasSize(50).isSubsetOf(all).isNotEqualTo(second);
        assertThat(second).doesNotHaveDuplicates().hasSize(50).isSubsetOf(all);
        assertThat(first).isNotEqualTo(Arrays.asList(all).subList(0, 50));
        assertThat(epoch(batches(Augmentation.NONE, SEED + 1), 1)).isNotEqualTo(first);
    }

    /** So that a training can go on where it was interrupted. */
    @ParameterizedTest
    @MethodSource("augmentations")
    void aBatchFollowsFromSeedAndNumberAlone(Augmentation augmentation) {
        Batches batches = batches(augmentation, SEED);
        List<List<Row>> inOrder = new ArrayList<>();
        for (long number = 0; number < 13; number++) {
            inOrder.add(batch(batches, number));
        }
        for (int number : new int[] {12, 7, 0}) {
            assertThat(batch(batches(augmentation, SEED), number)).as("batch %s", number)
                    .isEqualTo(inOrder.get(number));
        }
        assertThat(batch(batches(augmentation, SEED + 1), 7)).isNotEqualTo(inOrder.get(7));
    }

    @Test
    void anAugmentationIsAnotherInEachEpochAndOfEachSeed() {
        try (Dataset one = Stripes.noisy(1, SEED)) {
            List<Row> seen = new ArrayList<>();
            for (int number = 0; number < 20; number++) {
                for (long seed = SEED; seed < SEED + 2; seed++) {
                    seen.add(single(new Batches(one, Augmentation.SHIFT_FLIP, 1, 1, seed, Optional.empty()), number));
                }
            }
            // 9 shifts by a pixel at most, mirrored or not: all 18 ways are not to be expected in 40
            assertThat(seen.stream().distinct().count()).isBetween(10L, 18L);
        }
    }

    private static Row single(Batches batches, int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(BYTES);
            MemorySegment labels = arena.allocate(4, 4);
            batches.write(number, pixels, labels);
            return row(pixels, labels.get(ValueLayout.JAVA_INT, 0));
        }
    }
}
