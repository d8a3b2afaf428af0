package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.NativeMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class CifarFolderTest {
    private static final int RECORD_BYTES = 3073;
    /** Records of each training file; the test file has 2. */
    private static final int[] TRAIN_RECORDS = {1, 4, 2, 1, 3};

    @TempDir
    private Path folder;

    @BeforeEach
    void writeGoodFiles() throws IOException {
        int image = 0;
        for (int file = 0; file < TRAIN_RECORDS.length; file++) {
            Files.write(train(file + 1), records(image, TRAIN_RECORDS[file]));
            image += TRAIN_RECORDS[file];
        }
        Files.write(test(), records(100, 2));
    }

    @AfterEach
    void nothingStaysOpen() throws IOException {
        OpenFiles.assertNoneIn(folder);
    }

    private Path train(int number) {
        return folder.resolve("data_batch_" + number + ".bin");
    }

    private Path test() {
        return folder.resolve("test_batch.bin");
    }

    /** Images numbered from {@code first}, as the format's description has them. */
    private static byte[] records(int first, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * RECORD_BYTES);
        for (int image = first; image < first + count; image++) {
            bytes.put((byte) (image % 10));
            for (int channel = 0; channel < 3; channel++) {
                for (int row = 0; row < 32; row++) {
                    for (int column = 0; column < 32; column++) {
                        bytes.put(pixel(image, row, column, channel));
                    }
                }
            }
        }
        return bytes.array();
    }

    private static byte pixel(int image, int row, int column, int channel) {
        return (byte) (image * 17 + channel * 80 + row * 3 + column * 5);
    }

    private void fails(String message, Object... arguments) {
        assertThatThrownBy(() -> Datasets.open(folder.toString()).close()).isInstanceOf(BitgradException.class)
                .hasMessage(message.formatted(arguments));
    }

    @Test
    void readsAllFilesInOrderWithTheChannelsOfAPixelSideBySide() {
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.train().size()).isEqualTo(11);
            assertThat(data.test().size()).isEqualTo(2);
            requireImages(data.train(), 0);
            requireImages(data.test(), 100);
        }
    }

    private void requireImages(Dataset data, int first) {
        assertThat(data.name()).isEqualTo(folder.toString());
        assertThat(data.shape()).isEqualTo(new ImageShape(32, 32, 3));
        assertThat(data.classes()).isEqualTo(10);
        assertThat(data.augmentation()).isEqualTo(Augmentation.SHIFT_FLIP);
        for (int index = 0; index < data.size(); index++) {
            assertThat(data.label(index)).as("label %s", index).isEqualTo((first + index) % 10);
            byte[] expected = new byte[3072];
            for (int at = 0; at < expected.length; at++) {
                expected[at] = pixel(first + index, at / 3 / 32, at / 3 % 32, at % 3);
            }
            assertThat(data.image(index).toArray(ValueLayout.JAVA_BYTE)).as("image %s", index).isEqualTo(expected);
        }
    }

    @Test
    void keepsNoImageInMemory() throws IOException {
        CifarFiles.writeBlack(folder, 5000);
        long bytes = 25_000L * RECORD_BYTES;
        long offHeapBefore = NativeMemory.bytes();
        long residentBefore = NativeMemory.residentBytes();
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN)) {
            byte[] pixels = new byte[3072];
            for (int index = 0; index < train.size(); index++) {
                train.read(index, pixels);
            }
            assertThat(NativeMemory.bytes() - offHeapBefore).as("off-heap memory, which holds labels")
                    .isBetween((long) train.size(), train.size() + 64L);
            // mapped files would be in it; what else the JVM does meanwhile takes a part of that
            assertThat(NativeMemory.residentBytes() - residentBefore).as("growth of the process")
                    .isLessThan(bytes / 2);
        }
    }

    private void changed(Dataset data, int index, Path file) {
        assertThatThrownBy(() -> data.image(index)).isInstanceOf(BitgradException.class)
                .hasMessage("%s changed while it was read: try again when nothing writes to it.", file);
    }

    /** Image 3 is the third of the four in file 2. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2 * RECORD_BYTES + 7, 4 * RECORD_BYTES - 1, 4 * RECORD_BYTES + 1, 5 * RECORD_BYTES})
    void noticesAnotherSizeWhenAnImageIsWanted(int bytes) throws IOException {
        try (Dataset data = Datasets.open(folder.toString(), Split.TRAIN)) {
            Files.write(train(2), Arrays.copyOf(records(1, 4), bytes));
            changed(data, 3, train(2));
            assertThat(data.image(0).get(ValueLayout.JAVA_BYTE, 0)).as("an image of another file")
                    .isEqualTo(pixel(0, 0, 0, 0));
        }
    }

    @Test
    void noticesOtherLabelsWhenAnImageIsWanted() throws IOException {
        try (Dataset data = Datasets.open(folder.toString(), Split.TRAIN)) {
            Files.write(train(2), records(2, 4));
            changed(data, 3, train(2));
        }
    }

    /** Downloads that are updated are put in the place of the old ones, which those who have them open still read. */
    @Test
    void readsTheFilesThatItOpenedThoughOthersTakeTheirNames() throws IOException {
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            Path other = Files.write(folder.resolve("other"), records(7, 4));
            Files.move(other, train(2), StandardCopyOption.REPLACE_EXISTING);
            Files.delete(test());
            requireImages(data.train(), 0);
            requireImages(data.test(), 100);
        }
    }

    @Test
    void readsOnAfterAThreadWasInterrupted() {
        try (Dataset data = Datasets.open(folder.toString(), Split.TEST)) {
            Thread.currentThread().interrupt();
            data.image(1);
            assertThat(Thread.interrupted()).as("an interruption is kept").isTrue();
            requireImages(data, 100);
        }
    }

    @Test
    void anyNumberOfThreadsReadWhatTheyAskFor() {
        try (Dataset data = Datasets.open(folder.toString(), Split.TRAIN)) {
            IntStream.range(0, 20_000).parallel().forEach(i -> {
                int index = i * 7 % data.size();
                assertThat(data.image(index).get(ValueLayout.JAVA_BYTE, 3071)).isEqualTo(pixel(index, 31, 31, 2));
            });
        }
    }

    @Test
    void isClosed() {
        Dataset data = Datasets.open(folder.toString(), Split.TEST);
        data.close();
        data.close();
        assertThatThrownBy(() -> data.image(0)).isInstanceOf(IllegalStateException.class)
                .hasMessage("Already closed");
    }

    @Test
    void readsOnePartWithoutTheOther() throws IOException {
        Files.delete(train(3));
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(test.size()).isEqualTo(2);
        }
        fails("%s is missing: put it there.", train(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"data_batch_1.bin", "data_batch_5.bin", "test_batch.bin"})
    void refusesAMissingFile(String name) throws IOException {
        Files.delete(folder.resolve(name));
        fails("%s is missing: put it there.", folder.resolve(name));
    }

    @ParameterizedTest
    @CsvSource({"data_batch_2.bin, 0", "data_batch_2.bin, 1", "data_batch_2.bin, 3072", "data_batch_2.bin, 12291",
        "data_batch_5.bin, 3074", "test_batch.bin, 6145", "test_batch.bin, 6147"})
    void refusesASizeThatIsNoNumberOfRecords(String name, int bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, Arrays.copyOf(records(0, 4), bytes));
        fails("%s is cut off or has bytes too many (expected 3073 bytes for each of 1 to 429496729 images, found %s): "
                + "put a whole, unchanged copy there.", file, bytes);
    }

    /** More than any memory: an attempt to have it would end in another message. */
    @Test
    void refusesAnAbsurdSizeBeforeAnyMemoryIsTaken() throws IOException {
        long bytes = 429496730L * RECORD_BYTES;
        try (RandomAccessFile file = new RandomAccessFile(test().toFile(), "rw")) {
            file.setLength(bytes); // of holes, which take no room on the disk
        }
        fails("%s is cut off or has bytes too many (expected 3073 bytes for each of 1 to 429496729 images, found %s): "
                + "put a whole, unchanged copy there.", test(), bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 128, 255})
    void refusesALabelThatIsNoClass(int label) throws IOException {
        byte[] wrong = records(0, 4);
        wrong[2 * RECORD_BYTES] = (byte) label;
        Files.write(train(4), wrong);
        fails("%s has label %s at index 2: use a data set whose labels are 0 to 9.", train(4), label);
    }

    @Test
    void refusesAFolderInPlaceOfAFile() throws IOException {
        Files.delete(test());
        Files.createDirectory(test());
        fails("%s is not a file: put the file itself there.", test());
    }

    @Test
    void refusesAFileThatMayNotBeRead() throws IOException {
        Files.setPosixFilePermissions(train(1), PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(train(1)), "root may read everything");
        fails("%s may not be read: change its permissions.", train(1));
    }
}
