package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
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

    private static byte[] archive(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] header = new byte[512];
            byte[] name = file.getKey().getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, header, 0, name.length);
            byte[] size = String.format(Locale.ROOT, "%011o", file.getValue().length)
                    .getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(size, 0, header, 124, size.length);
            header[156] = (byte) (file.getKey().endsWith("/") ? '5' : '0');
            tar.writeBytes(header);
            tar.writeBytes(Arrays.copyOf(file.getValue(), (file.getValue().length + 511) / 512 * 512));
        }
        tar.writeBytes(new byte[1024]);
        return IdxFiles.gzip(tar.toByteArray());
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

    @ParameterizedTest
    @ValueSource(strings = {"data_batch_1 batches.meta", "train meta"})
    void theVersionForPythonIsSaid(String names) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : names.split(" ")) {
            Files.write(folder.resolve(name), new byte[100]);
            files.put("cifar/" + name, new byte[100]);
        }
        String sentence =
                " holds CIFAR's version for Python, which is not read: download the binary version, such as cifar-10-binary.tar.gz.";
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessage(folder + sentence);
        Path file = Files.write(folder.resolve("cifar-10-python.tar.gz"), archive(files));
        assertThatThrownBy(() -> Datasets.open(file.toString())).isInstanceOf(BitgradException.class)
                .hasMessage(file + sentence);
    }
}
