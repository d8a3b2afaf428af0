package io.github.bitgrad.formats.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class SeriesFormatTest {
    private static final String HEAD = "# a comment\n@problemName Waves\n@classLabel true up down\n@data\n";

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** 20 series of 16 steps in two channels: the first one rises or falls. */
    private static String waves(int length) {
        return HEAD + IntStream.range(0, 20).mapToObj(i -> IntStream.range(0, length)
                .mapToObj(step -> Double.toString((i % 2 == 0 ? step : -step) + Math.sin(i)))
                .collect(Collectors.joining(",")) + ":" + "1,".repeat(length - 1) + "1:" + (i % 2 == 0 ? "up" : "down"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void seriesAreReadWithTheirClassesAndLearned() throws IOException {
        write("Waves_TRAIN.ts", waves(16));
        write("Waves_TEST.ts", waves(12));
        try (TrainAndTest waves = Datasets.open(folder.toString());
                Trainer trainer = Trainer.suiting(waves.train()).epochs(5).threads(1).build()) {
            assertThat(waves.train().shape()).hasToString("16x1x24");
            assertThat(waves.train().classNames()).containsExactly("up", "down");
            trainer.train(waves.train());
            assertThat(trainer.evaluate(waves.test()).accuracy()).isEqualTo(1);
            Preprocessing kept = waves.train().preprocessing().orElseThrow();
            assertThat(new SeriesKind().preprocessing(kept.text())).isEqualTo(kept).hasSameHashCodeAs(kept);
            Path file = folder.resolve("Waves_TEST.ts");
            Preprocessing.Input input = kept.read(file).get(1);
            assertThat(input.name()).isEqualTo(file + ", line 6");
            assertThat(input.bytes()).isEqualTo(waves.test().image(1).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** A short series goes on with its last value, so its last rows are alike, and have no differences. */
    @Test
    void shortSeriesAreLengthened() throws IOException {
        write("A_TRAIN.ts", "@classLabel true\n@data\n0,1,2,4:a\n3,5:b\n");
        write("A_TEST.ts", "@classLabel true\n@data\n3,5,5,5:b\n");
        try (TrainAndTest both = Datasets.open(folder.toString())) {
            assertThat(both.train().image(1).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(both.test().image(0).toArray(ValueLayout.JAVA_BYTE));
        }
        write("A_TEST.ts", "@classLabel true\n@data\n3,5,5,5,5:b\n");
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "%s, line 3: the series has 5 steps, but the longest in training has 4: shorten it.",
                folder.resolve("A_TEST.ts"));
        write("A_TEST.ts", "@classLabel true\n@data\n3,5,5:3,5,5:b\n");
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessageContaining("have 2 channels, but those of the training have 1");
        write("A_TEST.ts", "@classLabel true\n@data\n3,5,5:c\n");
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "%s, line 3: there is no class \"c\"; classes are a, b.", folder.resolve("A_TEST.ts"));
    }

    @Test
    void oneOfSeveralSeriesIsNamed() throws IOException {
        write("A_TRAIN.ts", waves(16));
        write("A_TEST.ts", waves(16));
        write("B_TRAIN.ts", waves(16));
        assertThatThrownBy(() -> Datasets.open(folder.toString()))
                .hasMessage("%s has several time series: name one of A, B.", folder);
        ReadingOptions options = ReadingOptions.NONE.with(ReadingOptions.SERIES, "A");
        try (TrainAndTest both = Datasets.open(folder.toString(), options)) {
            assertThat(both.test().size()).isEqualTo(20);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(), options.with(ReadingOptions.SERIES, "C")))
                .hasMessage("%s has no series \"C\": name one of A, B.", folder);
        assertThatThrownBy(() -> Datasets.open(folder.toString(), options.with(ReadingOptions.SERIES, "B")))
                .hasMessage("There is no file %s: check its name.", folder.resolve("B_TEST.ts"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "@classLabel true a b~@data~1,2:a~1,?:b | line 4: value 2 of channel 1 has no value (\"?\"): fill it in, or leave the line out.",
        "@classLabel true a b~@data~1,NaN:a | line 3: value 2 of channel 1 is NaN, which is not a finite number: mend it, or leave the line out.",
        "@classLabel true a b~@data~1,2:3:a | line 3: channel 2 has 1 values, but channel 1 has 2: give as many of each.",
        "@classLabel true a b~@data~1,2:a~1,2:3,4:a | line 4: the series has 2 channels, but the first has 1: put a whole copy there.",
        "@classLabel true a b~@data~1,2:c | line 3: there is no class \"c\"; classes are a, b.",
        "@classLabel true a b~@data~1,2: | line 3: the series has no class after its last colon: add it.",
        "@classLabel true a b~@data~1,2 | line 3: the series has no class after a colon: add it.",
        "@timeStamps true~@data~(1,2):a | line 1: the values have time stamps, which are not read: give a file without them.",
        "@targetlabel true~@data~1:2 | line 1: the series have numbers as their targets, not classes: give a file with classes.",
        "1,2,3~1,2,4 | line 1: \"1,2,3\" is before the line @data, so this is not a file of time series (.ts): put one there.",
        "@classLabel true a b | FILE has no line @data, so it is not a file of time series (.ts): put such a file there.",
        "@classLabel true a b~@data | FILE has no series after its line @data: put a whole copy there."})
    void whatIsWrongIsToldWithItsLine(String text, String sentence) throws IOException {
        Path file = write("A_TRAIN.ts", text.replace("~", "\n"));
        String expected = sentence.startsWith("line") ? "FILE, " + sentence : sentence;
        assertThatThrownBy(() -> TsFile.read(file, Optional.empty())).isInstanceOf(BitgradException.class)
                .hasMessage(expected.replace("FILE", file.toString()));
    }

    @Test
    void seriesWithoutClassesAreOnlyClassified() throws IOException {
        Path file = write("A_TRAIN.ts", "@classLabel false\n@data\n1,2\n");
        assertThat(TsFile.read(file, Optional.empty()).samples()).hasSize(1);
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessageContaining("has series without classes");
    }

    @Test
    void noiseMovesAllBytesOfANumberAlike() {
        byte[] bytes = new byte[600];
        Arrays.fill(bytes, (byte) 100);
        Augmentation noise = new NumberNoise(6);
        noise.change(bytes, new ImageShape(100, 1, 6), 3, 4);
        for (int i = 0; i < bytes.length; i++) {
            assertThat((int) bytes[i]).isBetween(80, 120).isEqualTo(bytes[i / 6 * 6]);
        }
        assertThat(IntStream.range(0, 100).map(i -> bytes[6 * i]).distinct().count()).isGreaterThan(20);
    }
}
