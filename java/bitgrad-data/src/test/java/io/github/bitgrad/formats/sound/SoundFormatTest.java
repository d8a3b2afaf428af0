package io.github.bitgrad.formats.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class SoundFormatTest {
    private static final ReadingOptions WINDOWS =
            ReadingOptions.NONE.with(ReadingOptions.WINDOW, 0.5).with(ReadingOptions.HOP, 0.25);

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

    private SoundPreprocessing learned() {
        try (Dataset train = Datasets.open(folder.toString(), Split.TRAIN,
                ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.0))) {
            assertThat(train.size()).isEqualTo(4);
            return (SoundPreprocessing) train.preprocessing().orElseThrow();
        }
    }

    /** 16 kHz, or if a recording has less, 8 kHz; if a recording has less than that, its rate. */
    @ParameterizedTest
    @CsvSource({"44100, 48000, 32 40 8000 16000", "16000, 44100, 32 40 8000 16000", "15999, 44100, 32 32 4000 8000",
        "11025, 22050, 32 32 4000 8000", "8000, 192000, 32 32 4000 8000", "5001, 44100, 32 32 2500 5001"})
    void recordingsAreBroughtToOneRate(int low, int high, String text) throws IOException {
        write("high/a.wav", new WavBytes(1, 16, 1, high).tone(0.5, 1000));
        write("high/b.wav", new WavBytes(1, 16, 1, low).tone(0.5, 1000));
        write("low/a.wav", new WavBytes(1, 16, 1, high).tone(0.5, 300));
        write("low/b.wav", new WavBytes(1, 16, 1, high).tone(0.5, 300));
        assertThat(learned().text()).isEqualTo(text);
    }

    /** A network that learned tones at 16 kHz tells them apart at every rate that is not lower. */
    @Test
    void aNetworkHearsRecordingsOfOtherRates() throws IOException {
        for (int i = 0; i < 10; i++) {
            write("high/%s.wav".formatted(i), new WavBytes(1, 16, 1, 16_000).tone(0.3, 5000 + 20 * i));
            write("low/%s.wav".formatted(i), new WavBytes(1, 16, 1, 16_000).tone(0.3, 300 + 20 * i));
        }
        Path network = folder.resolve("tones.bitgrad");
        try (TrainAndTest tones = Datasets.open(folder.toString());
                Trainer trainer = Trainer.suiting(tones.train()).epochs(5).threads(1).build()) {
            trainer.train(tones.train());
            trainer.save(network);
        }
        try (Classifier classifier = Classifier.load(network)) {
            Preprocessing preprocessing = classifier.preprocessing().orElseThrow();
            for (int rate : new int[] {16_000, 22_050, 44_100, 48_000, 96_000}) {
                write("new.wav", new WavBytes(1, 16, 1, rate).tone(0.3, 5050));
                assertThat(classifier.classify(preprocessing.read(folder.resolve("new.wav")).getFirst().bytes()))
                        .isZero();
                write("new.wav", new WavBytes(1, 16, 1, rate).tone(0.3, 350));
                assertThat(classifier.classify(preprocessing.read(folder.resolve("new.wav")).getFirst().bytes()))
                        .isEqualTo(1);
            }
            write("new.wav", WavBytes.USUAL.tone(0.3, 350));
            assertThatThrownBy(() -> preprocessing.read(folder.resolve("new.wav"))).hasMessage(
                    "%s has 8000 samples in a second, but the network needs at least 16000: record it again.",
                    folder.resolve("new.wav"));
        }
    }

    /** Each recording has a tone of its own. */
    @Test
    void windowsOfARecordingAreInOnePart() throws IOException {
        for (int i = 0; i < 4; i++) {
            int hertz = 500 + 400 * i;
            write("high/%s.wav".formatted(i), new WavBytes(1, 16, 1, 16_000).tone(2, 2000 + hertz));
            write("low/%s.wav".formatted(i), WavBytes.USUAL.tone(1.3 + 0.1 * i, hertz));
        }
        Set<ByteBuffer> training = new HashSet<>();
        try (TrainAndTest both = Datasets.open(folder.toString(),
                WINDOWS.with(ReadingOptions.TEST_FRACTION, 0.25))) {
            assertThat(both.train().shape()).hasToString("32x32x1"); // 0.5 s are 31.25 hops
            assertThat(both.train().preprocessing().orElseThrow().text()).isEqualTo("32 32 4000 8000 4000 2000");
            assertThat(Arrays.stream(both.train().labels()).filter(label -> label == 0)).hasSize(3 * 7);
            assertThat(Arrays.stream(both.test().labels()).filter(label -> label == 0)).hasSize(7);
            assertThat(Arrays.stream(both.train().labels()).filter(label -> label == 1).count()).isBetween(12L, 15L);
            for (int i = 0; i < both.train().size(); i++) {
                training.add(ByteBuffer.wrap(tone(both.train(), i)));
            }
            for (int i = 0; i < both.test().size(); i++) {
                assertThat(training).doesNotContain(ByteBuffer.wrap(tone(both.test(), i)));
            }
        }
    }

    /** The class of a window, and the band of its loudest pixel, which tell the recording. */
    private static byte[] tone(Dataset data, int index) {
        byte[] picture = data.image(index).toArray(ValueLayout.JAVA_BYTE);
        int loudest = IntStream.range(0, picture.length).boxed()
                .max(Comparator.comparingInt(i -> Byte.toUnsignedInt(picture[i]))).orElseThrow();
        return new byte[] {(byte) data.label(index), (byte) (loudest % data.shape().width())};
    }

    @Test
    void windowsOfANetworkAreKept() throws IOException {
        writeTones("high/%s.wav", "low/%s.wav");
        try (TrainAndTest both = Datasets.open(folder.toString(), WINDOWS)) {
            ReadingOptions network =
                    ReadingOptions.NONE.forNetwork(both.train().classNames(), both.train().preprocessing());
            try (Dataset test = Datasets.open(folder.toString(), Split.TEST, network)) {
                assertThat(test.digest()).isEqualTo(both.test().digest());
            }
            Datasets.open(folder.toString(), Split.TEST, network.with(ReadingOptions.WINDOW, 0.5)
                    .with(ReadingOptions.HOP, 0.25)).close();
            assertThatThrownBy(
                    () -> Datasets.open(folder.toString(), Split.TEST, network.with(ReadingOptions.WINDOW, 0.5)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage(
                            "The network was trained on other windows of recordings: leave the window and the hop out, because they are kept with it.");
        }
        ReadingOptions whole = ReadingOptions.NONE.forNetwork(List.of("high", "low"),
                Optional.of(new SoundPreprocessing(32, 32, 4000)));
        assertThatThrownBy(() -> Datasets.open(folder.toString(), Split.TEST, whole.with(ReadingOptions.WINDOW, 1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(
                        "The network was trained on whole recordings: leave the window and the hop out");
    }

    /** A window that no recording fills is larger than all; each recording is one sample, as without windows. */
    @Test
    void windowsThatCannotBeAreRefused() throws IOException {
        writeTones("high/%s.wav", "low/%s.wav");
        try (TrainAndTest both =
                Datasets.open(folder.toString(), ReadingOptions.NONE.with(ReadingOptions.WINDOW, 5))) {
            assertThat(both.train().size()).isEqualTo(16);
            assertThat(both.train().shape()).hasToString("320x32x1");
        }
        for (double window : new double[] {0.09, 17, 1e300}) {
            refused(ReadingOptions.NONE.with(ReadingOptions.WINDOW, window),
                    "The window of a recording must be 0.1 to 16 seconds, but is %s.".formatted(window));
        }
        for (double hop : new double[] {0.009, 3601}) {
            refused(ReadingOptions.NONE.with(ReadingOptions.WINDOW, 1).with(ReadingOptions.HOP, hop),
                    "The hop of a recording must be 0.01 to 3600 seconds, but is %s.".formatted(hop));
        }
        refused(ReadingOptions.NONE.with(ReadingOptions.HOP, 1),
                "A hop lies between two windows: give the window too.");
    }

    private void refused(ReadingOptions options, String sentence) {
        assertThatThrownBy(() -> Datasets.open(folder.toString(), options))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
    }
}
