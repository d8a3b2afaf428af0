package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class DatasetTest {
    private static final ImageShape SHAPE = new ImageShape(2, 3, 4);

    /** Three images whose bytes count up from 0, labels 2, 0, 1. */
    private static Dataset counting() {
        return Dataset.create("counting", SHAPE, 3, 3, (images, labels) -> {
            for (int index = 0; index < images.byteSize(); index++) {
                images.set(ValueLayout.JAVA_BYTE, index, (byte) index);
            }
            labels.set(0, 2);
            labels.set(2, 1);
        });
    }

    @Test
    void laysOneImageARow() {
        try (Dataset data = counting()) {
            assertThat(data.labels()).containsExactly(2, 0, 1);
            assertThat(data.image(2).byteSize()).isEqualTo(24);
            assertThat(data.image(2).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 48);
            byte[] pixels = new byte[26];
            Arrays.fill(pixels, (byte) 77);
            data.read(1, pixels);
            assertThat(pixels).startsWith(24, 25, 26).endsWith(46, 47, 77, 77);
            assertThat(data.label(0)).isEqualTo(2);
            assertThat(data.label(2)).isEqualTo(1);
        }
    }

    @Test
    void labelsAreUnsigned() {
        try (Dataset data = Dataset.create("many classes", SHAPE, 65_535, 1,
                (images, labels) -> labels.set(0, 65_534))) {
            assertThat(data.label(0)).isEqualTo(65_534);
        }
    }

    @Test
    void cannotBeWrittenOnceItExists() {
        try (Dataset data = counting()) {
            data.labels()[0] = 0;
            assertThat(data.label(0)).isEqualTo(2);
            data.image(0).fill((byte) 77);
            assertThat(data.image(0).get(ValueLayout.JAVA_BYTE, 1)).as("image 0, of which a copy was changed")
                    .isEqualTo((byte) 1);
        }
    }

    /** Whatever a thread is doing at that moment, it gets whole images or learns that there are none any more. */
    @Test
    void filesThatAreClosedWhileThreadsReadThemAreSaidToBeClosed(@TempDir Path folder) throws Exception {
        CifarFiles.writeNoise(folder, 20, 1);
        for (int time = 0; time < 50; time++) {
            Dataset data = Datasets.open(folder.toString(), Split.TRAIN);
            CountDownLatch reading = new CountDownLatch(2);
            try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
                List<Future<?>> readers = new ArrayList<>();
                for (int reader = 0; reader < 2; reader++) {
                    readers.add(executor.submit(() -> {
                        byte[] pixels = new byte[CifarFiles.SHAPE.values()];
                        assertThatThrownBy(() -> {
                            for (int index = 0;; index = (index + 1) % data.size()) {
                                data.read(index, pixels);
                                reading.countDown();
                            }
                        }).isInstanceOf(IllegalStateException.class).hasMessage("Already closed");
                    }));
                }
                assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();
                data.close();
                data.close();
                for (Future<?> reader : readers) {
                    reader.get(60, TimeUnit.SECONDS);
                }
            }
        }
    }

    @Test
    void hasNoImageOutsideItsSize() {
        try (Dataset data = counting()) {
            assertThatThrownBy(() -> data.image(3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.image(-1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.label(3)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void readsOnlyWhereThereIsRoom() {
        try (Dataset data = counting()) {
            byte[] small = new byte[23];
            assertThatThrownBy(() -> data.read(0, small)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(small).containsOnly(0);
        }
    }

    @Test
    void closingFreesTheMemory() {
        List<MemorySegment> seen = new ArrayList<>();
        Dataset data = Dataset.create("seen", SHAPE, 3, 3, (images, labels) -> seen.add(images));
        assertThat(seen).allMatch(memory -> memory.scope().isAlive());
        data.close();
        data.close();
        assertThat(seen).hasSize(1).noneMatch(memory -> memory.scope().isAlive());
        assertThatThrownBy(() -> data.image(0)).isInstanceOf(IllegalStateException.class)
                .hasMessage("Already closed");
        assertThatThrownBy(() -> data.label(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesALabelThatIsNoClassAndFreesTheMemory() {
        List<MemorySegment> seen = new ArrayList<>();
        assertThatThrownBy(() -> Dataset.create("wrong", SHAPE, 3, 3, (images, labels) -> {
            seen.add(images);
            labels.set(1, 3);
        })).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Data set wrong has label 3 at index 1: labels must be 0 to 2.");
        assertThat(seen).hasSize(1).noneMatch(images -> images.scope().isAlive());
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0 classes: give it 1 to 65535.", "65536, 1, 65536 classes: give it 1 to 65535.",
        "-1, 1, -1 classes: give it 1 to 65535.", "10, 0, 0 images: give at least 1.",
        "10, -5, -5 images: give at least 1."})
    void refusesNumbersThatCannotBe(int classes, int size, String what) {
        assertThatThrownBy(() -> Dataset.create("odd", SHAPE, classes, size, (images, labels) -> {
        })).isInstanceOf(IllegalArgumentException.class).hasMessage("Data set odd cannot have %s", what);
    }

    @Test
    void saysHowMuchMemoryWasNotToBeHad() {
        ImageShape huge = new ImageShape(Integer.MAX_VALUE, 1, 1);
        assertThatThrownBy(() -> Dataset.create("huge", huge, 10, Integer.MAX_VALUE, (images, labels) -> {
        })).isInstanceOf(BitgradException.class).hasMessage("Data set huge needs 4611686014132420609 bytes of memory, "
                + "more than there is: take a smaller one.");
    }

    @Test
    void pairsOnlyWhatIsAlike() {
        try (Dataset three = counting();
                Dataset four = Dataset.create("four", SHAPE, 4, 1, (images, labels) -> {
                })) {
            assertThatThrownBy(() -> new TrainAndTest(three, four)).isInstanceOf(BitgradException.class)
                    .hasMessage(
                            "The training images of counting are 2x3x4 in 3 classes but the test images of four are "
                                    + "2x3x4 in 4 classes: take both from the same data set.");
        }
    }

    @Test
    void aShapeCountsItsValues() {
        assertThat(SHAPE.values()).isEqualTo(24);
        assertThat(new ImageShape(Integer.MAX_VALUE, 1, 1).values()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 0, 1", "1, 1, 0", "-1, -1, 1", "65536, 32768, 1", "32768, 32768, 2", "65536, 65536, 1"})
    void aShapeMustHaveValuesAndFitAnInt(int height, int width, int channels) {
        assertThatThrownBy(() -> new ImageShape(height, width, channels)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "An image of %sx%sx%s cannot be: give at least 1 each and at most 2147483647 values in all.",
                        height, width, channels);
    }

    /** So many images that not all of them are read for it. */
    @Test
    void theDigestTellsDataSetsApart() {
        int size = 20_000;
        Set<String> digests = new HashSet<>();
        for (int kind = 0; kind < 4; kind++) {
            int changed = kind;
            Dataset dataset = Dataset.create("digits", new ImageShape(1, 2, 1), 10, size, (images, labels) -> {
                images.set(ValueLayout.JAVA_BYTE, changed == 1 ? 0 : 1, (byte) 1);
                if (changed == 2) {
                    labels.set(size - 1, 1);
                } else if (changed == 3) {
                    images.asSlice(size).fill((byte) 7);
                }
            });
            assertThat(digests.add(dataset.digest().orElseThrow())).isTrue();
            dataset.close();
            assertThat(dataset.digest()).get().isIn(digests);
        }
        Dataset closed = Dataset.create("closed", new ImageShape(1, 2, 1), 10, 1, (images, labels) -> {
        });
        closed.close();
        assertThat(closed.digest()).isEmpty();
    }
}
