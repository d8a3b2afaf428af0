package io.github.bitgrad.formats.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class SoundFormatTest {
    @TempDir
    private Path folder;

    private void write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** Ten high and ten low tones. */
    private void writeTones(String high, String low) throws IOException {
        for (int i = 0; i < 10; i++) {
            write(high.formatted(i), WavBytes.USUAL.tone(0.3, 2000 + 20 * i));
            write(low.formatted(i), WavBytes.USUAL.tone(0.3, 300 + 20 * i));
        }
    }

    @Test
    void foldersOfClassesAreReadAndLearned() throws IOException {
        writeTones("hoch und höher/%s.wav", "low/%s.WAV");
        try (TrainAndTest tones = Datasets.open(folder.toString());
                Trainer trainer = Trainer.suiting(tones.train()).epochs(5).threads(1).build()) {
            assertThat(tones.train().classNames()).containsExactly("hoch und höher", "low");
            assertThat(tones.train().shape()).hasToString("24x32x1"); // 0.3 s are 19 hops
            assertThat(tones.train().size()).isEqualTo(16);
            assertThat(tones.train().augmentation()).isEqualTo(SoundAugmentation.DEFAULT);
            trainer.train(tones.train());
            assertThat(trainer.evaluate(tones.test()).accuracy()).isEqualTo(1);
        }
    }

    @Test
    void bothPartsMayHaveFolders() throws IOException {
        writeTones("train/high/%s.wav", "train/low/%s.wav");
        write("val/high/a.wav", WavBytes.USUAL.tone(0.5, 1000));
        write("val/low/more/a.wav", WavBytes.USUAL.tone(0.5, 300));
        try (TrainAndTest tones = Datasets.open(folder.toString())) {
            assertThat(tones.train().size()).isEqualTo(20);
            assertThat(tones.test().labels()).containsExactly(0, 1);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(),
                ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s has a test part of its own: leave the test fraction out.", folder);
        write("val/middle/a.wav", WavBytes.USUAL.tone(0.5, 1000));
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "Class middle is in %s but not in %s: put its files there, or take it away.", folder.resolve("val"),
                folder.resolve("train"));
    }

    @Test
    void aPatternFindsTheClassInTheName() throws IOException {
        writeTones("high_%s.wav", "low_%s.wav");
        ReadingOptions options = ReadingOptions.NONE
                .with(ReadingOptions.LABEL_PATTERN, Pattern.compile("(?<label>[a-z]+)_.*"))
                .with(ReadingOptions.TEST_FRACTION, 0.1);
        try (TrainAndTest tones = Datasets.open(folder.toString(), options)) {
            assertThat(tones.train().classNames()).containsExactly("high", "low");
            assertThat(tones.test().labels()).containsExactly(0, 1);
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessageContaining(
                "has recordings that are in no folder of a class: move them, or give a pattern of their names.");
        Files.move(folder.resolve("low_0.wav"), folder.resolve("high_a.wav"));
        Path test = Files.createDirectory(folder.resolve("test"));
        Path train = Files.createDirectory(folder.resolve("train"));
        Files.copy(folder.resolve("high_0.wav"), train.resolve("high_0.wav"));
        Files.copy(folder.resolve("low_1.wav"), train.resolve("low_1.wav"));
        Files.copy(folder.resolve("low_1.wav"), test.resolve("middle_1.wav"));
        ReadingOptions pattern = ReadingOptions.NONE.with(ReadingOptions.LABEL_PATTERN,
                Pattern.compile("(?<label>[a-z]+)_.*"));
        assertThatThrownBy(() -> Datasets.open(folder.toString(), pattern)).hasMessage(
                "%s has the class middle, which no training recording has: move it, or train with that class.",
                test.resolve("middle_1.wav"));
        Files.delete(test.resolve("middle_1.wav"));
        Files.delete(train.resolve("low_1.wav"));
        Files.delete(train.resolve("high_0.wav"));
        write("7.wav", WavBytes.USUAL.tone(0.5, 1000));
        assertThatThrownBy(() -> Datasets.open(folder.toString(), options)).hasMessage(
                "The pattern \"(?<label>[a-z]+)_.*\" does not find a class in the name of %s: change the pattern, or move the file.",
                folder.resolve("7.wav"));
    }

    @Test
    void damagedRecordingsAreLeftOutOrRefused() throws IOException {
        writeTones("high/%s.wav", "low/%s.wav");
        write("low/silent.wav", WavBytes.USUAL.of(800, _ -> 0));
        int whole;
        try (TrainAndTest tones = Datasets.open(folder.toString())) {
            whole = tones.train().size() + tones.test().size();
        }
        assertThat(whole).isEqualTo(20);
        ReadingOptions strict = ReadingOptions.NONE.with(ReadingOptions.STRICT, true);
        assertThatThrownBy(() -> Datasets.open(folder.toString(), strict)).isInstanceOf(BitgradException.class)
                .hasMessage("%s is silent: record it again.", folder.resolve("low/silent.wav"));
    }

    @Test
    void foldersThatAreNotWholeAreRefused() throws IOException {
        write("high/a.wav", WavBytes.USUAL.tone(0.5, 1000));
        write("high/b.wav", WavBytes.USUAL.tone(0.5, 1000));
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "Folder %s has only one class, high: a network needs two to tell apart.", folder);
        Files.createDirectory(folder.resolve("low"));
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "Folder %s holds no recording: put recordings of the class there, or take it away.",
                folder.resolve("low"));
        write("low/a.wav", "nothing".getBytes());
        write("low/b.wav", "nothing".getBytes());
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN,
                ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.5))) {
            assertThat(train.labels()).containsExactly(0); // told in a warning
        }
    }

    /** Files of 16 kHz have frequencies up to 8 kHz. */
    @Test
    void theFrequenciesAreThoseThatAllRecordingsHave() throws IOException {
        write("high/a.wav", new WavBytes(1, 16, 1, 44_100).tone(0.5, 1000));
        write("low/a.wav", new WavBytes(1, 16, 1, 16_000).tone(0.5, 1000));
        write("high/b.wav", new WavBytes(1, 16, 1, 16_000).tone(0.5, 1000));
        write("low/b.wav", new WavBytes(1, 16, 1, 16_000).tone(0.5, 1000));
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN,
                ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.5))) {
            assertThat(train.preprocessing()).contains(new SoundPreprocessing(32, 40, 8000));
        }
        assertThatThrownBy(() -> Datasets.open(folder.toString(),
                ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.1))).isInstanceOf(BitgradException.class)
                .hasMessageContaining("%s cannot be divided: A fraction of 0.1 splits nothing off",
                        folder);
    }
}
