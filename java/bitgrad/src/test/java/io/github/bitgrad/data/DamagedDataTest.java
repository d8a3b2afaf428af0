package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.testing.Mutations;
import io.github.bitgrad.testing.TarArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * IDX files, archives and pickles that are changed at random: each is refused in one sentence that names the file, or
 * read. {@code -Dbitgrad.test.mutations=10000} says how many of each.
 */
@Tag("level-independent")
class DamagedDataTest {
    private static final long SEED = 20261130;
    /** Far more than reading the files of this test takes, and far less than a size in them can ask for. */
    private static final long MOST_HEAP_BYTES = 32 << 20;

    @TempDir
    private Path folder;

    private void eachIsRefusedOrRead(Path file, Path source, Function<SplittableRandom, byte[]> changed, int fewest)
            throws Exception {
        int refused = new Mutations.Survival(SEED, MOST_HEAP_BYTES, folder.toString()).refused(changed, bytes -> {
            Files.write(file, bytes);
            try (Dataset data = Datasets.open(source.toString(), Split.TRAIN)) {
                assertThat(data.image(data.size() - 1).byteSize()).isEqualTo(data.shape().values());
            }
        });
        assertThat(refused).isBetween(fewest, Mutations.COUNT);
    }

    /** Gzipped after the change, or changed after that; then most are refused for their checksum. */
    private static byte[] gzipped(byte[] whole, SplittableRandom random) {
        return random.nextBoolean()
                ? TarArchive.gzip(Mutations.of(whole, random))
                : Mutations.of(TarArchive.gzip(whole), random);
    }

    @ParameterizedTest
    @ValueSource(strings = {IdxFiles.TRAIN_IMAGES, IdxFiles.TRAIN_LABELS})
    void idxFiles(String name) throws Exception {
        Files.write(folder.resolve(IdxFiles.TRAIN_IMAGES), IdxFiles.images(60, 3, 2));
        Files.write(folder.resolve(IdxFiles.TRAIN_LABELS), IdxFiles.labels(60));
        byte[] whole = Files.readAllBytes(folder.resolve(name));
        eachIsRefusedOrRead(folder.resolve(name), folder, random -> Mutations.of(whole, random), Mutations.COUNT / 4);
        Files.delete(folder.resolve(name));
        eachIsRefusedOrRead(folder.resolve(name + ".gz"), folder, random -> gzipped(whole, random),
                Mutations.COUNT / 4);
    }

    @Test
    void archives() throws Exception {
        Map<String, byte[]> files = new TreeMap<>();
        CifarFiles.writeNoise(folder, 1, SEED);
        Files.copy(CifarFiles.train(folder, 1), folder.resolve("test_batch.bin"));
        for (String name : names()) {
            files.put("cifar-10-batches-bin/" + name + ".bin", Files.readAllBytes(folder.resolve(name + ".bin")));
        }
        Path file = folder.resolve("cifar-10-binary.tar.gz");
        byte[] whole = TarArchive.of(files);
        eachIsRefusedOrRead(file, file, random -> gzipped(whole, random), Mutations.COUNT / 4);
    }

    private static List<String> names() {
        return Stream.concat(IntStream.rangeClosed(1, 5).mapToObj("data_batch_%s"::formatted), Stream.of("test_batch"))
                .toList();
    }

    @Test
    void pickles() throws Exception {
        Path binary = Files.createDirectory(folder.resolve("binary"));
        CifarFiles.writeNoise(binary, 2, SEED);
        for (String name : names().subList(0, 5)) {
            Files.write(folder.resolve(name), pickle(binary.resolve(name + ".bin")));
        }
        Files.write(folder.resolve("batches.meta"), PickleBytes.names(Map.of()));
        byte[] whole = pickle(CifarFiles.train(binary, 3));
        eachIsRefusedOrRead(folder.resolve("data_batch_3"), folder,
                random -> Mutations.of(whole, random, new Mutations.Range(0, 300, 0)), Mutations.COUNT / 4);
    }

    private static byte[] pickle(Path binary) throws IOException {
        return PickleBytes.images(Files.readAllBytes(binary), List.of("labels"));
    }
}
