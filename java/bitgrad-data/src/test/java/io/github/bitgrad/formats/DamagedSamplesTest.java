package io.github.bitgrad.formats;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.formats.sound.SoundPreprocessing;
import io.github.bitgrad.formats.sound.SoundWindows;
import io.github.bitgrad.testing.Mutations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables, time series and recordings that are changed at random: each is refused in one sentence that names the file, or
 * read. {@code -Dbitgrad.test.mutations=10000} says how many of each.
 */
@Tag("level-independent")
class DamagedSamplesTest {
    private static final long SEED = 20261129;
    /** Far more than reading the files of this test takes, and far less than a size in them can ask for. */
    private static final long MOST_HEAP_BYTES = 128L << 20;

    @TempDir
    private Path folder;

    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws IOException;
    }

    private void eachIsRefusedOrRead(String name, byte[] whole, Reader reading) throws Exception {
        Path file = folder.resolve(name);
        reading.read(Files.write(file, whole));
        int refused = new Mutations.Survival(SEED, MOST_HEAP_BYTES, file.toString()).refused(
                random -> Mutations.of(whole, random),
                changed -> reading.read(Files.write(file, changed)));
        assertThat(refused).isBetween(Mutations.COUNT / 20, Mutations.COUNT);
    }

    private static byte[] lines(String head, String separator) {
        return (head + IntStream.range(0, 40).mapToObj(i -> "%s,%s,\"%s\"%sclass %s"
                .formatted(i / 7.0, i * i - 5, i, separator, i % 3)).collect(Collectors.joining("\n")))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void tables() throws Exception {
        eachIsRefusedOrRead("table.csv", lines("a,b,c,kind\n", ","),
                file -> Datasets.open(file.toString(), Split.TRAIN,
                        ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.2)).close());
    }

    @Test
    void timeSeries() throws Exception {
        byte[] whole = new String(lines("@problemName x\n@classLabel true\n@data\n", ":"), StandardCharsets.UTF_8)
                .replace("\"", "").getBytes(StandardCharsets.UTF_8);
        eachIsRefusedOrRead("x_TRAIN.ts", whole, file -> {
            try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN)) {
                assertThat(train.size()).isPositive();
            }
        });
    }

    @Test
    void recordings() throws Exception {
        ByteBuffer wav = ByteBuffer.allocate(2044).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(2036)
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) 1).putShort((short) 1)
                .putInt(8000).putInt(16_000).putShort((short) 2).putShort((short) 16)
                .put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2000);
        new SplittableRandom(SEED).ints(1000).forEach(value -> wav.putShort((short) value));
        Preprocessing whole = new SoundPreprocessing(24, 16, 500);
        eachIsRefusedOrRead("sound.wav", wav.array(),
                file -> assertThat(whole.read(file).getFirst().bytes()).hasSize(24 * 16));
        Preprocessing windows = new SoundPreprocessing(24, 16, 500, OptionalInt.of(3000),
                Optional.of(new SoundWindows(300, 150)));
        eachIsRefusedOrRead("windows.wav", wav.array(), file -> assertThat(windows.read(file))
                .isNotEmpty().allSatisfy(input -> assertThat(input.bytes()).hasSize(24 * 16)));
    }
}
