package io.github.bitgrad.data;

import static io.github.bitgrad.data.IdxFiles.IMAGES_MAGIC;
import static io.github.bitgrad.data.IdxFiles.LABELS_MAGIC;
import static io.github.bitgrad.data.IdxFiles.TEST_IMAGES;
import static io.github.bitgrad.data.IdxFiles.TEST_LABELS;
import static io.github.bitgrad.data.IdxFiles.TRAIN_IMAGES;
import static io.github.bitgrad.data.IdxFiles.TRAIN_LABELS;
import static io.github.bitgrad.data.IdxFiles.idx;
import static io.github.bitgrad.data.IdxFiles.images;
import static io.github.bitgrad.data.IdxFiles.labels;
import static io.github.bitgrad.data.IdxFiles.write;
import static io.github.bitgrad.testing.TarArchive.gzip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.NativeMemory;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class IdxFolderTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeGoodFiles() throws IOException {
        IdxFiles.writeAll(folder);
    }

    @AfterEach
    void nothingStaysOpen() throws IOException {
        OpenFiles.assertNoneIn(folder);
    }

    private void fails(String message, Object... arguments) {
        assertThatThrownBy(() -> Datasets.open(folder.toString()).close()).isInstanceOf(BitgradException.class)
                .hasMessage(message.formatted(arguments));
    }

    @ParameterizedTest
    @CsvSource({"-idx, ''", ".idx, ''", "-idx, .gz", ".idx, .gz"})
    void readsEverySpelling(String separator, String ending) throws IOException {
        for (String name : new String[] {TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS}) {
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            Files.delete(folder.resolve(name));
            write(folder.resolve(name.replace("-idx", separator) + ending), bytes);
        }
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            Dataset train = data.train();
            assertThat(train.name()).isEqualTo(folder.toString());
            assertThat(train.shape()).isEqualTo(new ImageShape(3, 2, 1));
            assertThat(train.classes()).isEqualTo(10);
            assertThat(train.size()).isEqualTo(5);
            assertThat(AllImages.of(train))
                    .isEqualTo(Arrays.copyOfRange(images(5, 3, 2), 16, 16 + 30));
            assertThat(train.labels()).containsExactly(9, 8, 7, 6, 5);
            assertThat(data.test().size()).isEqualTo(3);
            assertThat(data.test().labels()).containsExactly(9, 8, 7);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".gz"})
    void readsWhatFillsTheBufferManyTimes(String ending) throws IOException {
        byte[] pixels = new byte[300 * 28 * 28];
        new Random(7).nextBytes(pixels);
        Files.delete(folder.resolve(TEST_IMAGES));
        write(folder.resolve(TEST_IMAGES + ending), idx(pixels, IMAGES_MAGIC, 300, 28, 28));
        write(folder.resolve(TEST_LABELS), labels(300));
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(AllImages.of(test)).isEqualTo(pixels);
        }
    }

    @Test
    void keepsImagesInMemoryOnlyWhereTheyAreGzipped() throws IOException {
        write(folder.resolve(TEST_IMAGES), images(3000, 28, 28));
        write(folder.resolve(TEST_LABELS), labels(3000));
        long before = NativeMemory.bytes();
        try (Dataset _ = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(NativeMemory.bytes() - before).isBetween(3000L, 3000 + 64L);
        }
        Files.delete(folder.resolve(TEST_IMAGES));
        write(folder.resolve(TEST_IMAGES + ".gz"), images(3000, 28, 28));
        try (Dataset _ = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(NativeMemory.bytes() - before).isGreaterThan(3000L * 28 * 28);
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    /** Images whose rows begin or end with zeros, consist of them, or have none; the last row and column too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 28, 255, 256, 300})
    void keepsGzippedImagesWithoutTheZerosAtTheEndsOfRows(int columns) throws IOException {
        int rows = 9;
        int count = 300;
        byte[] pixels = new byte[count * rows * columns];
        Random random = new Random(columns);
        for (int row = 0; row < count * rows; row++) {
            int begin = random.nextInt(columns + 1);
            int end = random.nextInt(columns + 1);
            for (int column = begin; column < end; column++) {
                pixels[row * columns + column] = (byte) random.nextInt(); // now and then 0
            }
        }
        Files.delete(folder.resolve(TEST_IMAGES));
        write(folder.resolve(TEST_IMAGES + ".gz"), idx(pixels, IMAGES_MAGIC, count, rows, columns));
        write(folder.resolve(TEST_LABELS), labels(count));
        long before = NativeMemory.bytes();
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(AllImages.of(test)).isEqualTo(pixels);
            byte[] image = new byte[rows * columns];
            Arrays.fill(image, (byte) 7);
            test.read(count - 1, image); // overwrites all of it
            assertThat(image).isEqualTo(Arrays.copyOfRange(pixels, pixels.length - image.length, pixels.length));
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    /** Black images take two bytes for each row. */
    @Test
    void aBlackGroundTakesNoMemory() throws IOException {
        int count = 40_000;
        Files.delete(folder.resolve(TEST_IMAGES));
        write(folder.resolve(TEST_IMAGES + ".gz"), idx(new byte[count * 28 * 28], IMAGES_MAGIC, count, 28, 28));
        write(folder.resolve(TEST_LABELS), labels(count));
        long before = NativeMemory.bytes();
        try (Dataset _ = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(NativeMemory.bytes() - before).isLessThan(count * 2L * 28 + count + (2 << 20));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 45, 47})
    void noticesAnotherSizeWhenAnImageIsWanted(int bytes) throws IOException {
        Path file = folder.resolve(TRAIN_IMAGES);
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN)) {
            Files.write(file, Arrays.copyOf(images(5, 3, 2), bytes));
            assertThatThrownBy(() -> train.image(0)).isInstanceOf(BitgradException.class)
                    .hasMessage("%s changed while it was read: try again when nothing writes to it.", file);
        }
    }

    @Test
    void readsOnePartWithoutTheOther() throws IOException {
        Files.delete(folder.resolve(TRAIN_IMAGES));
        Files.delete(folder.resolve(TRAIN_LABELS));
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST)) {
            assertThat(test.size()).isEqualTo(3);
        }
        fails("%s is missing: put it there, as it is or with .gz.", folder.resolve(TRAIN_IMAGES));
    }

    @ParameterizedTest
    @ValueSource(strings = {TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS})
    void refusesAMissingFile(String name) throws IOException {
        Files.delete(folder.resolve(name));
        fails("%s is missing: put it there, as it is or with .gz.", folder.resolve(name));
    }

    @Test
    void refusesImagesThatAreCutOff() throws IOException {
        Path file = folder.resolve(TRAIN_IMAGES);
        Files.write(file, Arrays.copyOf(images(5, 3, 2), 45));
        fails("%s is cut off (expected 46 bytes, found 45): put a whole, unchanged copy there.", file);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 7})
    void refusesAHeaderThatIsCutOff(int length) throws IOException {
        Path file = folder.resolve(TEST_LABELS);
        Files.write(file, Arrays.copyOf(labels(3), length));
        fails("%s is cut off (expected at least 8 bytes, found %s): put a whole copy there.", file, length);
    }

    @Test
    void refusesBytesAfterTheData() throws IOException {
        Path file = folder.resolve(TEST_LABELS);
        Files.write(file, Arrays.copyOf(labels(3), 13));
        fails("%s goes on after its data (expected 11 bytes, found 13): put a whole, unchanged copy there.", file);
    }

    @Test
    void refusesGzippedDataThatIsTooShortOrTooLong() throws IOException {
        Path file = folder.resolve(TRAIN_IMAGES + ".gz");
        Files.delete(folder.resolve(TRAIN_IMAGES));
        write(file, Arrays.copyOf(images(5, 3, 2), 45));
        fails("%s is cut off (expected 46 unpacked bytes, found 45): put a whole, unchanged copy there.", file);
        write(file, Arrays.copyOf(images(5, 3, 2), 47));
        fails("%s goes on after its data (expected 46 unpacked bytes, found 47): put a whole, unchanged copy there.",
                file);
        write(file, Arrays.copyOf(images(5, 3, 2), 10));
        fails("%s is cut off (expected at least 16 unpacked bytes, found 10): put a whole copy there.", file);
    }

    @Test
    void refusesAGzipFileThatIsCutOffAnywhere() throws IOException {
        Path file = folder.resolve(TRAIN_LABELS + ".gz");
        Files.delete(folder.resolve(TRAIN_LABELS));
        byte[] whole = gzip(labels(5));
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Datasets.open(folder.toString())).as("%s bytes", length)
                    .isInstanceOf(BitgradException.class).hasMessageStartingWith(file.toString())
                    .hasMessageContaining("is cut off");
        }
        Files.write(file, new byte[0]);
        fails("%s is a gzip file that is cut off: put a whole copy there.", file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));
        fails("%s is a gzip file that is cut off: put a whole copy there.", file);
    }

    @Test
    void refusesAGzipFileThatIsDamagedOrNone() throws IOException {
        Path file = folder.resolve(TRAIN_LABELS + ".gz");
        Files.delete(folder.resolve(TRAIN_LABELS));
        byte[] damaged = gzip(labels(5));
        damaged[damaged.length - 8] ^= 1;
        Files.write(file, damaged);
        fails("%s is not an undamaged gzip file (Corrupt GZIP trailer): put a whole copy there.", file);
        Files.write(file, labels(5));
        fails("%s has .gz in its name but is not gzipped: take .gz out of its name.", file);
        Files.writeString(file, "<!DOCTYPE html><title>404</title>");
        fails("%s is a web page, and not what its name promises: download the file itself.", file);
        Files.writeString(file, "no gzip file");
        fails("%s is not an undamaged gzip file (Not in GZIP format): put a whole copy there.", file);
    }

    @Test
    void refusesAGzipFileWithoutItsEnding() throws IOException {
        Path file = folder.resolve(TRAIN_IMAGES);
        Files.write(file, gzip(images(5, 3, 2)));
        fails("%s starts with 0x1f8b0800 where an IDX file of images has 0x00000803: "
                + "it is gzipped, so add .gz to its name.", file);
    }

    @Test
    void refusesTheWrongMagicNumber() throws IOException {
        Path file = folder.resolve(TEST_IMAGES);
        Files.write(file, labels(30));
        fails("%s starts with 0x00000801 where an IDX file of images has 0x00000803: put the right file there.", file);
        Files.write(file, images(3, 3, 2));
        file = folder.resolve(TEST_LABELS);
        Files.write(file, idx(new byte[3], 0x00000d01, 3));
        fails("%s holds floats of 32 bits, but an IDX file of labels holds unsigned bytes or integers of 32 bits: "
                + "convert it.", file);
        Files.write(file, labels(3));
        file = folder.resolve(TEST_IMAGES);
        Files.write(file, idx(new byte[72], 0x00000d03, 3, 3, 2));
        fails("%s holds floats of 32 bits, but an IDX file of images holds unsigned bytes: convert it.", file);
        Files.writeString(file, "<html>");
        fails("%s is a web page, and not what its name promises: download the file itself.", file);
    }

    @ParameterizedTest
    @CsvSource({"0, 28, 28, 0x28x28", "5, 0, 28, 5x0x28", "5, 28, 0, 5x28x0", "-1, 28, 28, 4294967295x28x28",
        "1, -2, -2, 1x4294967294x4294967294", "1, 65536, 65536, 1x65536x65536"})
    void refusesDimensionsThatCannotBe(int count, int height, int width, String shown) throws IOException {
        Path file = folder.resolve(TRAIN_IMAGES);
        Files.write(file, idx(new byte[30], IMAGES_MAGIC, count, height, width));
        fails("%s has dimensions %s, but each must be at least 1 and one image at most 2147483647 bytes: "
                + "put an undamaged copy there.", file, shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".gz"})
    void refusesAnAbsurdSizeBeforeAnyMemoryIsTaken(String ending) throws IOException {
        int most = Integer.MAX_VALUE;
        Files.delete(folder.resolve(TRAIN_IMAGES));
        Path file = folder.resolve(TRAIN_IMAGES + ending);
        write(file, idx(new byte[100], IMAGES_MAGIC, most, most, 1));
        // More than any machine's address space: an attempt to have it would end in another message.
        fails("%s is cut off (expected 4611686014132420625%s bytes, found 116): put a whole, unchanged copy there.",
                file, ending.isEmpty() ? "" : " unpacked");
    }

    @Test
    void refusesMoreOrFewerLabelsThanImages() throws IOException {
        Path labels = folder.resolve(TRAIN_LABELS);
        Files.write(labels, labels(4));
        fails("%s has 5 images but %s has 4 labels: take both from the same download.", folder.resolve(TRAIN_IMAGES),
                labels);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 128, 255})
    void refusesALabelThatIsNoClass(int label) throws IOException {
        Path file = folder.resolve(TEST_LABELS);
        Files.write(file, idx(new byte[] {9, 0, (byte) label}, LABELS_MAGIC, 3));
        fails("%s has label %s at index 2: use a data set whose labels are 0 to 9.", file, label);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 47, 256, 5000})
    void theTrainingLabelsTellTheClasses(int classes) throws IOException {
        boolean bytes = classes <= 256;
        ByteBuffer labels = ByteBuffer.allocate(bytes ? 5 : 20);
        for (int label : new int[] {0, classes - 1, 1, 0, 1}) {
            if (bytes) {
                labels.put((byte) label);
            } else {
                labels.putInt(label);
            }
        }
        Files.write(folder.resolve(TRAIN_LABELS), idx(labels.array(), bytes ? LABELS_MAGIC : 0xc01, 5));
        Files.write(folder.resolve(TEST_LABELS), idx(new byte[] {1, 0, 1}, LABELS_MAGIC, 3));
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.train().classes()).isEqualTo(classes);
            assertThat(data.train().labels()).containsExactly(0, classes - 1, 1, 0, 1);
            assertThat(data.test().classes()).isEqualTo(classes);
        }
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST, ReadingOptions.NONE
                .forNetwork(DataDescription.numbers(classes), Optional.empty()))) {
            assertThat(test.classes()).as("those of the network").isEqualTo(classes);
        }
    }

    /** QMNIST has several integers for each image, of which the first is the class. */
    @Test
    void otherNamesAndLabelsAreRead() throws IOException {
        for (String name : new String[] {TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS}) {
            Files.delete(folder.resolve(name));
        }
        for (String part : new String[] {"train", "test"}) {
            write(folder.resolve("qmnist-%s-images-idx3-ubyte.gz".formatted(part)), images(2, 3, 2));
            ByteBuffer labels = ByteBuffer.allocate(24).putInt(3).putInt(77).putInt(-1).putInt(1).putInt(78).putInt(-1);
            write(folder.resolve("qmnist-%s-labels-idx2-int.gz".formatted(part)), idx(labels.array(), 0xc02, 2, 3));
        }
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.test().labels()).containsExactly(3, 1);
            assertThat(data.test().classes()).isEqualTo(4);
            assertThat(AllImages.of(data.test())).isEqualTo(Arrays.copyOfRange(images(2, 3, 2), 16, 28));
        }
    }

    @Test
    void imagesMayHaveColours() throws IOException {
        byte[] pixels = new byte[5 * 2 * 3 * 3];
        new Random(1).nextBytes(pixels);
        for (String ending : new String[] {"", ".gz"}) {
            Files.deleteIfExists(folder.resolve(TRAIN_IMAGES));
            write(folder.resolve("train-images-idx4-ubyte" + ending), idx(pixels, 0x804, 5, 2, 3, 3));
            try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN)) {
                assertThat(train.shape()).isEqualTo(new ImageShape(2, 3, 3));
                assertThat(AllImages.of(train)).isEqualTo(pixels);
            }
            Files.delete(folder.resolve("train-images-idx4-ubyte" + ending));
        }
    }

    /** Several data sets in one folder, whose images lie on their side. */
    @Test
    void emnistIsTurnedUprightAndHasNames() throws IOException {
        for (String name : new String[] {TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS}) {
            Files.delete(folder.resolve(name));
        }
        for (String set : new String[] {"emnist-letters", "emnist-digits"}) {
            for (String part : new String[] {"train", "test"}) {
                write(folder.resolve("%s-%s-images-idx3-ubyte.gz".formatted(set, part)),
                        idx(new byte[] {1, 2, 3, 4, 5, 6}, IMAGES_MAGIC, 1, 2, 3));
                write(folder.resolve("%s-%s-labels-idx1-ubyte.gz".formatted(set, part)),
                        idx(new byte[] {2}, LABELS_MAGIC, 1));
            }
        }
        Files.writeString(folder.resolve("emnist-letters-mapping.txt"), "1 65 97\n2 66 98\n3 67 99\n");
        fails("Folder %s holds several data sets (emnist-digits, emnist-letters): say the series that is wanted.",
                folder);
        ReadingOptions letters = ReadingOptions.NONE.with(ReadingOptions.SERIES, "emnist-letters");
        try (TrainAndTest data = Datasets.open(folder.toString(), letters)) {
            assertThat(data.train().classNames()).containsExactly("0", "A", "B");
            assertThat(data.train().shape()).isEqualTo(new ImageShape(3, 2, 1));
            assertThat(AllImages.of(data.train())).containsExactly(1, 4, 2, 5, 3, 6);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(), letters.with(ReadingOptions.SERIES, "kmnist")))
                .isInstanceOf(BitgradException.class).hasMessage(
                        "Folder %s has no data set named kmnist: it has emnist-digits, emnist-letters.", folder);
    }

    @Test
    void refusesTestImagesOfAnotherShape() throws IOException {
        Files.write(folder.resolve(TEST_IMAGES), images(3, 2, 3));
        fails("The training images of %s are 3x2x1 in 10 classes but the test images of %s are 2x3x1 in 10 classes: "
                + "take both from the same data set.", folder, folder);
    }

    @Test
    void refusesAFolderInPlaceOfAFile() throws IOException {
        Path file = folder.resolve(TRAIN_LABELS);
        Files.delete(file);
        Files.createDirectory(file);
        fails("%s is not a file: put the file itself there.", file);
        write(folder.resolve(TRAIN_LABELS + ".gz"), labels(5));
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN)) {
            assertThat(train.size()).as("a file goes before a folder").isEqualTo(5);
        }
    }

    @Test
    void refusesAFileThatMayNotBeRead() throws IOException {
        Path file = folder.resolve(TRAIN_LABELS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "root may read everything");
        fails("%s may not be read: change its permissions.", file);
    }

    @Test
    void refusesAFileThatFailsWhenRead() throws IOException {
        Path file = folder.resolve(TRAIN_LABELS);
        Files.delete(file);
        // The first page of a process is never mapped, so that reading it is an error of the device.
        Files.createSymbolicLink(file, Path.of("/proc/self/mem"));
        fails("%s cannot be read (Input/output error): check the disk or put another copy there.", file);
        Files.delete(file);
    }
}
