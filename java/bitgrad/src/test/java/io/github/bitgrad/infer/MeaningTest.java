package io.github.bitgrad.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import example.Range;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Class names and preprocessing go with a network from its training to its use. */
class MeaningTest {
    private static final long SEED = 20261129;
    private static final Range RANGE = new Range(4, -1, 3);
    private static final List<String> NAMES = List.of("quiet", "łoud", "静か");
    private static final Network NETWORK = Network.sequential("sensor", RANGE.shape()).dense(20).dense(3).build();

    @TempDir
    private Path folder;

    private static Dataset data(DataDescription description) {
        SplittableRandom random = new SplittableRandom(SEED);
        float[][] samples = new float[60][4];
        int[] labels = new int[60];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 3;
            for (int j = 0; j < 4; j++) {
                samples[i][j] = random.nextFloat() + labels[i] - 1;
            }
        }
        return Dataset.of(description, samples, labels);
    }

    private static DataDescription named(List<String> names) {
        return DataDescription.of("sensor", RANGE.shape(), names).with(RANGE);
    }

    private static Trainer trainer(int epochs) {
        return Trainer.of(NETWORK).batch(20).epochs(epochs).build();
    }

    private Path trained() {
        Path file = folder.resolve("sensor.bitgrad");
        try (Dataset data = data(named(NAMES)); Trainer trainer = trainer(30)) {
            trainer.train(data);
            trainer.save(file);
        }
        return file;
    }

    @Test
    void aSavedNetworkHasBoth() throws IOException {
        Path lines = Files.writeString(folder.resolve("new.txt"), "-1 1 3 9\n0 0 0 0\n");
        try (Classifier classifier = Classifier.load(trained()); Dataset data = data(named(NAMES))) {
            assertThat(classifier.classNames()).isEqualTo(NAMES);
            assertThat(classifier.preprocessing()).contains(RANGE);
            List<Preprocessing.Input> inputs = classifier.preprocessing().orElseThrow().read(lines);
            assertThat(inputs.getFirst().bytes()).containsExactly(0, 128, 255, 255);
            assertThat(classifier.evaluate(data).accuracy()).isGreaterThan(0.5);
        }
    }

    @Test
    void withoutThemClassesAreNumbersAndSamplesAreBytes() {
        Path file = folder.resolve("plain.bitgrad");
        try (Trainer untrained = trainer(1)) {
            untrained.save(file);
        }
        try (Classifier classifier = Classifier.load(file); Dataset data = data(named(NAMES))) {
            assertThat(classifier.classNames()).containsExactly("0", "1", "2");
            assertThat(classifier.preprocessing()).isEmpty();
            classifier.evaluate(data); // nothing is known of its classes
        }
    }

    @Test
    void isTestedOnTheClassesThatItWasTrainedOn() {
        try (Classifier classifier = Classifier.load(trained());
                Dataset others = data(named(List.of("quiet", "静か", "łoud")))) {
            assertThatThrownBy(() -> classifier.evaluate(others)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "Class 1 of data set sensor is named 静か, but that of network sensor is named łoud: test it with the classes that it was trained on.");
        }
    }

    /** The bytes of a file with a text replaced by one of the same length, and the checksum that it then has. */
    private Path replaced(String text, String by) throws IOException {
        byte[] bytes = Files.readAllBytes(trained());
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        byte[] changed = all.replace(text, by).getBytes(StandardCharsets.ISO_8859_1);
        CRC32C crc = new CRC32C();
        crc.update(changed, 0, changed.length - 8);
        return Files.write(folder.resolve("changed.bitgrad"),
                ByteBuffer.wrap(changed).putLong(changed.length - 8, crc.getValue()).array());
    }

    /** On a small machine, bytes are classified without whatever made them. */
    @Test
    void anUnknownPreprocessingIsOneSentenceWhereItIsWanted() throws IOException {
        Path file = replaced("range", "arrow");
        try (Classifier classifier = Classifier.load(file)) {
            assertThat(classifier.classify(new byte[4])).isBetween(0, 2);
            assertThatThrownBy(classifier::preprocessing).isInstanceOf(BitgradException.class)
                    .hasMessage(
                            "The network in %s was trained on samples that preprocessing \"arrow\" made, which nothing here can make: add io.github.bitgrad:bitgrad-data to the program, or whatever else the network was trained with.",
                            file);
        }
    }

    @Test
    void aPreprocessingThatIsDamagedIsOneSentence() throws IOException {
        Path file = replaced("4 -1.0 3.0", "4 -1.0_3.0");
        try (Classifier classifier = Classifier.load(file)) {
            assertThatThrownBy(classifier::preprocessing).isInstanceOf(BitgradException.class)
                    .hasMessage(
                            "The preprocessing \"range\" of the network in %s cannot be used (a range has 3 numbers, not 2): take a network that bitgrad has saved.",
                            file);
        }
        file = replaced("4 -1.0 3.0", "5 -1.0 3.0");
        try (Classifier classifier = Classifier.load(file)) {
            assertThatThrownBy(classifier::preprocessing).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("makes images of 1x5x1, but the network takes 1x4x1");
        }
    }

    @Test
    void aTrainingIsResumedWithItsClassNames() {
        Path file = folder.resolve("training");
        TrainingListener silent = new TrainingListener() {
        };
        try (Dataset data = data(named(NAMES)); Trainer trainer = trainer(2)) {
            trainer.train(data);
            trainer.saveTraining(file);
        }
        try (Dataset others = data(named(List.of("a", "b", "c"))); Trainer trainer = trainer(2)) {
            assertThatThrownBy(() -> trainer.resume(file, others, silent)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("because its images, labels or class names are not those that it began with");
        }
        Path network = folder.resolve("resumed.bitgrad");
        try (Dataset data = data(named(NAMES)); Trainer trainer = trainer(2)) {
            trainer.resume(file, data, silent);
            trainer.save(network);
        }
        try (Classifier classifier = Classifier.load(network)) {
            assertThat(classifier.classNames()).isEqualTo(NAMES);
            assertThat(classifier.preprocessing()).contains(RANGE);
        }
    }

    @Test
    void thereMayBeManyClasses() {
        int classes = 1000;
        Network network = Network.sequential("many", new ImageShape(1, 40, 1)).dense(30).dense(classes).build();
        List<String> names = IntStream.range(0, classes).mapToObj(i -> "class number " + i).toList();
        byte[][] images = new byte[classes][40];
        int[] labels = new int[classes];
        SplittableRandom random = new SplittableRandom(SEED);
        Arrays.setAll(labels, i -> i);
        for (byte[] image : images) {
            random.nextBytes(image);
        }
        Path file = folder.resolve("many.bitgrad");
        try (Dataset data = Dataset.of(DataDescription.of("many", network.input(), names), images, labels);
                Trainer trainer = Trainer.of(network).batch(100).epochs(2).build()) {
            trainer.train(data);
            assertThat(trainer.evaluate(data).loss()).isLessThan(Math.log(classes) * 1.5);
            trainer.save(file);
            try (Classifier classifier = Classifier.load(file)) {
                assertThat(classifier.classNames()).isEqualTo(names);
                assertThat(classifier.evaluate(data)).isEqualTo(trainer.evaluate(data));
            }
        }
    }
}
