package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.testing.TarArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CIFAR-100, CIFAR in the archive that is downloaded, and CIFAR for Python. */
@Tag("level-independent")
class CifarVariantsTest {
    private static final long SEED = 20261129;
    private static final int HUNDRED_BYTES = 2 + 3 * 32 * 32;

    @TempDir
    private Path folder;

    /** Record i has the coarse class i mod 20 and the fine class 99 − i. */
    private static byte[] hundred(int count) {
        byte[] records = new byte[count * HUNDRED_BYTES];
        new SplittableRandom(SEED).nextBytes(records);
        for (int i = 0; i < count; i++) {
            records[i * HUNDRED_BYTES] = (byte) (i % 20);
            records[i * HUNDRED_BYTES + 1] = (byte) (99 - i);
        }
        return records;
    }

    @Test
    void fineOrCoarseClassesAreRead() throws IOException {
        byte[] records = hundred(30);
        Files.write(folder.resolve("train.bin"), records);
        Files.write(folder.resolve("test.bin"), hundred(3));
        Files.writeString(folder.resolve("fine_label_names.txt"),
                IntStream.range(0, 100).mapToObj("fine %s\n"::formatted).collect(Collectors.joining()));
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.train().classNames()).hasSize(100).startsWith("fine 0", "fine 1");
            assertThat(data.train().labels()).startsWith(99, 98, 97);
            byte[] image = new byte[3072];
            data.train().read(29, image);
            int plane = 29 * HUNDRED_BYTES + 2;
            assertThat(image).startsWith(records[plane], records[plane + 1024], records[plane + 2048])
                    .endsWith(records[plane + 1023], records[plane + 2047], records[plane + 3071]);
        }
        ReadingOptions coarse = ReadingOptions.NONE.with(ReadingOptions.SERIES, "coarse");
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST, coarse)) {
            assertThat(test.classes()).isEqualTo(20);
            assertThat(test.labels()).containsExactly(0, 1, 2);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(), coarse.with(ReadingOptions.SERIES, "rough")))
                .isInstanceOf(BitgradException.class).hasMessage(
                        "The classes of CIFAR-100 in %s are fine or coarse, not rough: name one of them.", folder);
    }

    private static byte[] archive(Map<String, byte[]> files) {
        return TarArchive.gzip(TarArchive.of(files));
    }

    /** The files of CIFAR-10, the last ones first. */
    private Map<String, byte[]> ten() throws IOException {
        CifarFiles.writeNoise(folder, 3, SEED);
        Files.copy(CifarFiles.train(folder, 2), folder.resolve("test_batch.bin"));
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("cifar-10-batches-bin/", new byte[0]);
        files.put("cifar-10-batches-bin/readme.html", new byte[700]);
        files.put("cifar-10-batches-bin/test_batch.bin", Files.readAllBytes(folder.resolve("test_batch.bin")));
        for (int number = 5; number > 0; number--) {
            files.put("cifar-10-batches-bin/data_batch_%s.bin".formatted(number),
                    Files.readAllBytes(CifarFiles.train(folder, number)));
        }
        return files;
    }

    @Test
    void theArchiveGivesTheImagesOfTheFolder() throws IOException {
        Path file = Files.write(folder.resolve("cifar-10-binary.tar.gz"), archive(ten()));
        try (TrainAndTest data = Datasets.open(folder.toString());
                TrainAndTest packed = Datasets.open(file.toString())) {
            assertThat(packed.train().digest()).isEqualTo(data.train().digest());
            assertThat(packed.test().digest()).isEqualTo(data.test().digest());
            assertThat(packed.train().classNames()).isEqualTo(data.train().classNames());
        }
    }

    @Test
    void anArchiveThatCannotBeReadIsOneSentence() throws IOException {
        Map<String, byte[]> files = ten();
        Path file = folder.resolve("x.tar.gz");
        byte[] whole = archive(files);
        for (int part = 0; part < 10; part++) {
            Files.write(file, Arrays.copyOf(whole, whole.length * part / 10));
            assertThatThrownBy(() -> Datasets.open(file.toString())).as("%s tenths", part)
                    .isInstanceOf(BitgradException.class).hasMessageMatching("\\Q" + file
                            + "\\E is not an undamaged archive \\(.*\\): download it again\\.");
        }
        files.remove("cifar-10-batches-bin/data_batch_4.bin");
        Files.write(file, archive(files));
        assertThatThrownBy(() -> Datasets.open(file.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("data_batch_4.bin is missing in %s: download the archive again.", file);
        Files.write(file, archive(Map.of("photos/1.jpg", new byte[10])));
        assertThatThrownBy(() -> Datasets.open(file.toString())).isInstanceOf(BitgradException.class).hasMessage(
                "%s holds no data set that can be read from an archive: unpack it, and give the folder.", file);
    }

    @Test
    void anArchiveOfTheVersionForPythonIsSaid() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("cifar/data_batch_1", new byte[100]);
        files.put("cifar/batches.meta", new byte[100]);
        Path file = Files.write(folder.resolve("cifar-10-python.tar.gz"), archive(files));
        assertThatThrownBy(() -> Datasets.open(file.toString())).isInstanceOf(BitgradException.class).hasMessage(
                "%s holds CIFAR's version for Python, which is not read from an archive: unpack it, and give the folder.",
                file);
    }

    /** Both versions of one data set have the same images, in the same order. */
    @Test
    void theVersionForPythonGivesTheImagesOfTheBinaryOne() throws IOException {
        Path binary = Files.createDirectory(folder.resolve("binary"));
        Path python = Files.createDirectory(folder.resolve("python"));
        CifarFiles.writeNoise(binary, 3, SEED);
        Files.copy(CifarFiles.train(binary, 2), binary.resolve("test_batch.bin"));
        for (String name : List.of("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5",
                "test_batch")) {
            Files.write(python.resolve(name),
                    PickleBytes.images(Files.readAllBytes(binary.resolve(name + ".bin")), List.of("labels")));
        }
        Files.write(python.resolve("batches.meta"), PickleBytes.names(Map.of("label_names", List.of("airplane"))));
        try (TrainAndTest one = Datasets.open(binary.toString());
                TrainAndTest other = Datasets.open(python.toString())) {
            assertThat(other.train().digest()).isEqualTo(one.train().digest());
            assertThat(other.test().digest()).isEqualTo(one.test().digest());
            assertThat(other.train().classNames()).isEqualTo(one.train().classNames());
        }
        Files.delete(python.resolve("data_batch_4"));
        assertThatThrownBy(() -> Datasets.open(python.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("%s is missing: put it there.", python.resolve("data_batch_4"));
    }

    @Test
    void hundredClassesForPythonHaveNames() throws IOException {
        Files.write(folder.resolve("train"), PickleBytes.images(hundred(30), List.of("coarse_labels", "fine_labels")));
        Files.write(folder.resolve("test"), PickleBytes.images(hundred(3), List.of("coarse_labels", "fine_labels")));
        List<String> fine = IntStream.range(0, 100).mapToObj("fine %s"::formatted).toList();
        Files.write(folder.resolve("meta"), PickleBytes.names(Map.of("fine_label_names", fine,
                "coarse_label_names", fine.subList(0, 20))));
        try (TrainAndTest data = Datasets.open(folder.toString())) {
            assertThat(data.train().classNames()).isEqualTo(fine);
            assertThat(data.train().labels()).startsWith(99, 98, 97).hasSize(30);
        }
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST,
                ReadingOptions.NONE.with(ReadingOptions.SERIES, "coarse"))) {
            assertThat(test.classNames()).isEqualTo(fine.subList(0, 20));
            assertThat(test.labels()).containsExactly(0, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cposix\nsystem\n(U\u0002lstR. | it names a function that is not numpy's",
        "I1\n. | it has the step 73",
        "}. | there is no array where one is needed", "]. | there is no dictionary where one is needed",
        "}(U\u0004data]u. | there is no array", "( | it is cut off", "e | a mark is missing", ". | a value is missing",
        ")]a. | there is no list where one", "T\u00ff\u00ff\u00ff\u00ff | a size is negative",
        "\u0080\u0005 | its protocol is newer",
        "T\u00ff\u00ff\u00ff\u007f | it is cut off", "}]]s. | a key is not a text"})
    void otherPicklesAreRefused(String pickleAndFault) throws IOException {
        String[] parts = pickleAndFault.split(" \\| ");
        Files.write(folder.resolve("batches.meta"), PickleBytes.names(Map.of()));
        for (String name : List.of("data_batch_1", "test_batch")) {
            Files.write(folder.resolve(name), parts[0].getBytes(StandardCharsets.ISO_8859_1));
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(), Split.TEST)).isInstanceOf(BitgradException.class)
                .hasMessageStartingWith("%s is not a file of CIFAR's version for Python (%s".formatted(
                        folder.resolve("test_batch"), parts[1]))
                .hasMessageEndingWith("): put a whole, unchanged copy there.");
    }
}
