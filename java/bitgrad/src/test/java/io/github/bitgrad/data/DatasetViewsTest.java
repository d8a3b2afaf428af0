package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import example.Range;
import io.github.bitgrad.BitgradException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets that are made from arrays, from samples one after the other, and from other data sets. */
@Tag("level-independent")
class DatasetViewsTest {
    private static final ImageShape SHAPE = new ImageShape(1, 2, 1);
    private static final DataDescription DESCRIPTION = DataDescription.of("things", SHAPE, List.of("a", "b", "ç"));

    /** Sample i is the bytes i and 2i. */
    private static byte[][] bytes(int size) {
        return IntStream.range(0, size).mapToObj(i -> new byte[] {(byte) i, (byte) (2 * i)}).toArray(byte[][]::new);
    }

    private static Dataset things(int... labels) {
        return Dataset.of(DESCRIPTION, bytes(labels.length), labels);
    }

    /** The first byte of each sample. */
    private static int[] firsts(Dataset data) {
        return IntStream.range(0, data.size()).map(i -> data.image(i).get(ValueLayout.JAVA_BYTE, 0) & 0xff).toArray();
    }

    @Test
    void arraysAreCopied() {
        byte[][] images = bytes(3);
        int[] labels = {2, 0, 1};
        try (Dataset data = Dataset.of(DESCRIPTION, images, labels)) {
            images[1][0] = 77;
            labels[0] = 0;
            assertThat(firsts(data)).containsExactly(0, 1, 2);
            assertThat(data.labels()).containsExactly(2, 0, 1);
            assertThat(data.classNames()).containsExactly("a", "b", "ç");
            assertThat(data.preprocessing()).isEmpty();
        }
    }

    @Test
    void refusesArraysThatDoNotFit() {
        assertThatThrownBy(() -> Dataset.of(DESCRIPTION, bytes(2), new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Data set things has 2 images but 3 labels: give one label for each image.");
        assertThatThrownBy(() -> Dataset.of(DESCRIPTION, new byte[][] {{1, 2}, {3}}, new int[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Image 1 of data set things has 1 bytes, but 1x2x1 has 2: give images of one shape.");
        assertThatThrownBy(() -> Dataset.of(DESCRIPTION, new float[][] {{1, 2}}, new int[1]))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("give it a preprocessing");
        assertThatThrownBy(() -> Dataset.of(DESCRIPTION, bytes(1), new int[] {-1}))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("label -1 at index 0");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(5);
            assertThatThrownBy(() -> Dataset.of(DESCRIPTION, memory, new int[2]))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage(
                            "Data set things has 2 labels and 5 bytes of images: give 2 for each image.");
        }
    }

    @Test
    void numbersBecomeBytesByThePreprocessing() {
        Preprocessing range = new Range(2, 0, 51);
        try (Dataset data = Dataset.of(DESCRIPTION.with(range), new float[][] {{1, 2}, {3, 4}},
                new int[] {1, 2})) {
            assertThat(AllImages.of(data)).containsExactly(5, 10, 15, 20);
            assertThat(data.preprocessing()).containsSame(range);
            try (Dataset mapped = data.map(new ImageShape(1, 1, 1), (_, from, to) -> to[0] = from[1])) {
                assertThat(mapped.preprocessing()).as("makes images of another shape").isEmpty();
            }
        }
    }

    @Test
    void memoryIsReadInPlace() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(6);
            try (Dataset data = Dataset.of(DESCRIPTION, memory, new int[] {0, 1, 2})) {
                memory.set(ValueLayout.JAVA_BYTE, 2, (byte) 200);
                assertThat(firsts(data)).containsExactly(0, 200, 0);
            }
            assertThat(memory.scope().isAlive()).isTrue();
        }
    }

    /** Enough for several pieces of memory, and from an array that is written over again. */
    @Test
    void samplesComeOneAfterTheOther() {
        int size = 5000;
        ImageShape shape = new ImageShape(10, 30, 1);
        byte[] bytes = new byte[300];
        Iterator<Sample> samples = IntStream.range(0, size).mapToObj(i -> {
            Arrays.fill(bytes, (byte) i);
            return new Sample(bytes, i % 3);
        }).iterator();
        try (Dataset data = Dataset.of(DataDescription.of("stream", shape, 3), samples)) {
            assertThat(data.size()).isEqualTo(size);
            for (int i = 0; i < size; i++) {
                assertThat(data.image(i).get(ValueLayout.JAVA_BYTE, 299)).isEqualTo((byte) i);
                assertThat(data.label(i)).isEqualTo(i % 3);
            }
        }
        assertThatThrownBy(() -> Dataset.of(DESCRIPTION, List.<Sample>of().iterator()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Data set things cannot have 0 images: give at least 1.");
    }

    @Test
    void aSubsetReadsItsSamplesInItsOrder() {
        try (Dataset data = things(0, 1, 2, 0); Dataset some = data.subset(3, 1, 1)) {
            assertThat(firsts(some)).containsExactly(3, 1, 1);
            assertThat(some.labels()).containsExactly(0, 1, 1);
            assertThat(some.classNames()).isEqualTo(data.classNames());
            assertThatThrownBy(() -> data.subset(4)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(data::subset).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aSplitGivesEachClassItsShare() {
        int[] labels = IntStream.range(0, 1000).map(i -> i % 10 == 0 ? 2 : i % 2).toArray();
        try (Dataset data = things(labels); TrainAndTest parts = data.split(0.2, 7);
                TrainAndTest again = data.split(0.2, 7); TrainAndTest other = data.split(0.2, 8)) {
            assertThat(parts.train().size()).isEqualTo(800);
            assertThat(counts(parts.test())).containsExactly(80, 100, 20);
            assertThat(counts(parts.train())).containsExactly(320, 400, 80);
            assertThat(AllImages.of(again.test())).isEqualTo(AllImages.of(parts.test()));
            assertThat(AllImages.of(other.test())).isNotEqualTo(AllImages.of(parts.test()));
        }
        StratifiedSplit split = StratifiedSplit.of(labels, 3, 0.2, 7);
        assertThat(IntStream.concat(Arrays.stream(split.train()), Arrays.stream(split.test())).sorted().toArray())
                .as("every sample, once").isEqualTo(IntStream.range(0, 1000).toArray());
        assertThat(split.test()).isSorted();
    }

    private static int[] counts(Dataset data) {
        int[] counts = new int[data.classes()];
        Arrays.stream(data.labels()).forEach(label -> counts[label]++);
        return counts;
    }

    /** Every sample must be as likely as any other to be tested with, wherever it is. */
    @Test
    void aSplitHasNoFavourites() {
        int[] tested = new int[30];
        for (int seed = 0; seed < 6000; seed++) {
            for (int index : StratifiedSplit.of(new int[30], 1, 0.1, seed).test()) {
                tested[index]++;
            }
        }
        assertThat(Arrays.stream(tested).boxed()).allMatch(count -> count > 500 && count < 700); // 600 on average, deviation 23
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.5, 2, Double.NaN})
    void refusesFractionsThatAreNone(double fraction) {
        try (Dataset data = things(0, 1, 2)) {
            assertThatThrownBy(() -> data.split(fraction, 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The fraction that is split off must be between 0 and 1, but is %s.", fraction);
        }
    }

    @Test
    void refusesToTestWithNothing() {
        try (Dataset data = things(0, 1, 2)) {
            assertThatThrownBy(() -> data.split(0.9, 1)).isInstanceOf(IllegalArgumentException.class).hasMessage(
                    "A fraction of 0.9 splits nothing off 3 samples in 3 classes: choose a larger one.");
        }
    }

    @Test
    void rareClassesAreBalanced() {
        try (Dataset data = things(0, 0, 2, 0, 0, 2, 0); Dataset balanced = data.balanced()) {
            assertThat(counts(balanced)).as("a class without samples stays empty").containsExactly(5, 0, 5);
            int[] firsts = firsts(balanced);
            for (int i = 0; i < firsts.length; i++) {
                assertThat(balanced.label(i)).isEqualTo(data.label(firsts[i]));
            }
            assertThat(Arrays.stream(firsts).distinct().count()).as("all samples are there").isEqualTo(7);
            assertThat(Arrays.stream(firsts).filter(first -> first == 2).count()).isEqualTo(3);
        }
    }

    @Test
    void dataSetsAreJoined() {
        try (Dataset one = things(0, 1); Dataset two = things(2, 1, 0).subset(2, 0);
                Dataset both = one.concat(two); Dataset twice = one.concat(one)) {
            assertThat(firsts(both)).containsExactly(0, 1, 2, 0);
            assertThat(both.labels()).containsExactly(0, 1, 0, 2);
            assertThat(firsts(twice)).containsExactly(0, 1, 0, 1);
            try (Dataset other = Dataset.create("other", SHAPE, 3, 1, (_, _) -> {
            })) {
                assertThatThrownBy(() -> one.concat(other)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("join images of one shape with the same class names");
            }
        }
    }

    @Test
    void imagesAreMapped() {
        ImageShape wide = new ImageShape(1, 3, 1);
        try (Dataset data = things(0, 1, 2); Dataset mapped = data.map(wide, (index, from, to) -> {
            to[0] = from[1];
            to[1] = from[0];
            to[2] = (byte) (10 * index);
        })) {
            assertThat(mapped.shape()).isEqualTo(wide);
            assertThat(AllImages.of(mapped)).containsExactly(0, 0, 0, 2, 1, 10, 4, 2, 20);
            assertThat(mapped.labels()).isEqualTo(data.labels());
        }
    }

    /** Whatever is closed first: files stay open while anybody reads them, and are closed once. */
    @Test
    void filesAreClosedWithTheLastDataSetThatReadsThem() {
        for (int order = 0; order < 6; order++) {
            AtomicInteger closed = new AtomicInteger();
            Dataset data = Dataset.of(new ImageSource() {
                @Override
                public void read(int index, byte[] pixels) {
                    pixels[0] = (byte) index;
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            }, DESCRIPTION, 3, _ -> {
            });
            List<Dataset> all = List.of(data, data.subset(1), data.concat(data));
            int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            for (int i = 0; i < 3; i++) {
                assertThat(closed).hasValue(0);
                all.get(orders[order][i]).close();
                all.get(orders[order][i]).close();
                for (int left = i + 1; left < 3; left++) {
                    assertThat(firsts(all.get(orders[order][left]))).isNotEmpty();
                }
            }
            assertThat(closed).hasValue(1);
            assertThatThrownBy(() -> data.subset(0)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("Already closed");
        }
    }

    @Test
    void classesHaveNames() {
        assertThat(DataDescription.of("n", SHAPE, 3).classNames()).containsExactly("0", "1", "2");
        assertThatThrownBy(() -> DataDescription.of("n", SHAPE, List.of("a", "b", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Data set n has two classes named a: give each its own name.");
        assertThatThrownBy(() -> DataDescription.of("n", SHAPE, List.of("a", " ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Data set n has a class whose name has 0 characters: give each class a name of 1 to 1000.");
        try (Dataset one = things(0); Dataset other = Dataset.of(
                DataDescription.of("others", SHAPE, List.of("a", "c", "b")), bytes(1), new int[1])) {
            assertThatThrownBy(() -> new TrainAndTest(one, other)).isInstanceOf(BitgradException.class).hasMessage(
                    "Class 1 is named b in the training images of things but c in the test images of others: take both from the same data set.");
        }
    }

    /** Labels of two bytes, which differ in the upper one only. */
    @Test
    void theDigestKnowsManyClasses() {
        DataDescription many = DataDescription.of("many", SHAPE, 1000);
        try (Dataset one = Dataset.of(many, bytes(1), new int[] {5});
                Dataset other = Dataset.of(many, bytes(1), new int[] {5 + 256})) {
            assertThat(one.digest()).isNotEqualTo(other.digest());
        }
    }
}
