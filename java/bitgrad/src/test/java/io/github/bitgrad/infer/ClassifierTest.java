package io.github.bitgrad.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.ConfusionMatrix;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.NativeMemory;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassifierTest {
    private static final long SEED = 20261123;

    @TempDir
    private Path folder;

    private Path trained(Algorithm algorithm) {
        Network network = Network.sequential("small", Stripes.SHAPE).dense(40).dense(Stripes.CLASSES).build();
        Path file = folder.resolve("network");
        try (Dataset images = Stripes.noisy(300, SEED);
                Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(25).epochs(25).build()) {
            trainer.train(images);
            trainer.save(file);
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void classifiesSingleImages(Algorithm algorithm) {
        try (Classifier classifier = Classifier.load(trained(algorithm))) {
            for (int label = 0; label < Stripes.CLASSES; label++) {
                byte[] clear = new byte[Stripes.SHAPE.values()]; // on the Java heap, which images may be
                for (int pixel = 0; pixel < clear.length; pixel++) {
                    clear[pixel] = (byte) (pixel % 8 / 2 == label ? 220 : 60);
                }
                assertThat(classifier.classify(MemorySegment.ofArray(clear))).isEqualTo(label);
            }
        }
    }

    @Test
    void evaluationCountsWhatClassifyTells() {
        try (Classifier classifier = Classifier.load(trained(Algorithm.PROPOSED));
                Dataset images = Stripes.blackAndWhite(40, SEED + 1)) {
            int correct = 0;
            for (int i = 0; i < images.size(); i++) {
                correct += classifier.classify(images.image(i)) == images.label(i) ? 1 : 0;
            }
            Evaluation evaluation = classifier.evaluate(images);
            assertThat(evaluation.accuracy()).isEqualTo(correct / 40.0).isGreaterThan(0.5);
            assertThat(evaluation.loss()).isBetween(0.0, 1.4);
        }
    }

    /** Ten classes, so that the five likeliest are not all, and a network that is often wrong. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void evaluationCountsConfusionsAndTheTopOnAnyNumberOfThreads(Algorithm algorithm) {
        Network network = Network.sequential("ten", Stripes.SHAPE).dense(40).dense(10).build();
        Path file = folder.resolve("network");
        SplittableRandom random = new SplittableRandom(SEED);
        try (Dataset images = Stripes.noisy(300, SEED);
                Dataset ten = Dataset.create("ten", Stripes.SHAPE, 10, 130, (pixels, labels) -> {
                    for (int i = 0; i < 130; i++) {
                        MemorySegment.copy(images.image(i), 0, pixels, (long) i * Stripes.SHAPE.values(),
                                Stripes.SHAPE.values());
                        labels.set(i, images.label(i) + (i % 2 == 0 ? 0 : random.nextInt(6)));
                    }
                }); Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(25).epochs(3).build()) {
            trainer.train(ten);
            trainer.save(file);
            Evaluation trained = trainer.evaluate(ten);
            for (int threads = 1; threads <= 2; threads++) {
                try (Classifier classifier = Classifier.load(file, 7 * threads, threads)) {
                    assertThat(classifier.evaluate(ten)).isEqualTo(trained);
                    requireCounted(classifier, ten, trained);
                }
            }
        }
    }

    private static void requireCounted(Classifier classifier, Dataset images, Evaluation evaluation) {
        long[][] counts = new long[10][10];
        int inTop = 0;
        for (int i = 0; i < images.size(); i++) {
            int label = images.label(i);
            counts[label][classifier.classify(images.image(i))]++;
            inTop += classifier.top(images.image(i), 5).stream().anyMatch(top -> top.label() == label) ? 1 : 0;
        }
        for (ConfusionMatrix.Cell cell : evaluation.confusion().cells()) {
            assertThat(cell.images()).isEqualTo(counts[cell.label()][cell.predicted()]);
            counts[cell.label()][cell.predicted()] = 0;
        }
        assertThat(Arrays.stream(counts).flatMapToLong(Arrays::stream).sum()).as("not in the matrix").isZero();
        assertThat(evaluation.top()).isEqualTo(new Evaluation.TopAccuracy(5, inTop / 130.0));
        assertThat(evaluation.accuracy()).isLessThan(evaluation.top().accuracy());
        assertThat(evaluation.top().accuracy()).isLessThan(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 40})
    void manyImagesGetTheClassesOfSingleOnes(int batch) {
        try (Classifier classifier = Classifier.load(trained(Algorithm.LEAN), batch, 1);
                Dataset images = Stripes.noisy(40, SEED + 1)) {
            int bytes = Stripes.SHAPE.values();
            byte[] all = new byte[images.size() * bytes];
            int[] expected = new int[images.size()];
            for (int i = 0; i < images.size(); i++) {
                MemorySegment.copy(images.image(i), ValueLayout.JAVA_BYTE, 0, all, i * bytes, bytes);
                expected[i] = classifier.classify(Arrays.copyOfRange(all, i * bytes, (i + 1) * bytes));
            }
            assertThat(classifier.classifyAll(MemorySegment.ofArray(all))).isEqualTo(expected);
            assertThat(classifier.classifyAll(MemorySegment.ofArray(new byte[0]))).isEmpty();
            assertThatThrownBy(() -> classifier.classifyAll(MemorySegment.ofArray(new byte[65])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The images have 65 bytes, but network small takes 64 bytes for each image (8x8x1).");
        }
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void probabilitiesAreThoseOfTheLossAndTopSortsThem(Algorithm algorithm) {
        try (Classifier classifier = Classifier.load(trained(algorithm));
                Dataset images = Stripes.noisy(20, SEED + 1)) {
            double loss = 0;
            for (int i = 0; i < images.size(); i++) {
                MemorySegment image = images.image(i);
                float[] logits = classifier.logits(image);
                float[] probabilities = classifier.probabilities(image);
                loss -= Math.log(probabilities[images.label(i)]);
                List<Classifier.Candidate> top = classifier.top(image, 2);
                assertThat(top).hasSize(2);
                assertThat(top.getFirst().label()).isEqualTo(classifier.classify(image));
                assertThat(top.getFirst().probability()).isEqualTo(probabilities[top.getFirst().label()]);
                assertThat(logits[top.get(0).label()]).isGreaterThanOrEqualTo(logits[top.get(1).label()]);
                assertThat(classifier.top(image, 100)).hasSize(Stripes.CLASSES)
                        .extracting(Classifier.Candidate::label).containsExactlyInAnyOrder(0, 1, 2, 3);
            }
            assertThat(loss / images.size()).isCloseTo(classifier.evaluate(images).loss(), within(1e-5));
            assertThatThrownBy(() -> classifier.top(images.image(0), 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("At least 1 class must be asked for, but 0 were.");
        }
    }

    @Test
    void refusesABatchThatCannotBe() {
        Path file = trained(Algorithm.PROPOSED);
        for (int batch : new int[] {0, -1}) {
            assertThatThrownBy(() -> Classifier.load(file, batch, 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The batch must be at least 1, but is %s.", batch);
        }
    }

    @Test
    void refusesImagesOfAnotherSize() {
        try (Classifier classifier = Classifier.load(trained(Algorithm.PROPOSED))) {
            for (int size : new int[] {0, 63, 65}) {
                assertThatThrownBy(() -> classifier.classify(MemorySegment.ofArray(new byte[size])))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("The image has %s bytes, but network small takes 64 (8x8x1).", size);
            }
            try (Dataset other = Dataset.create("other", new ImageShape(4, 4, 4), Stripes.CLASSES, 1, (_, _) -> {
            })) {
                assertThatThrownBy(() -> classifier.evaluate(other)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("Data set other has 4x4x4 images in 4 classes, "
                                + "but network small takes 8x8x1 images in 4 classes.");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1025})
    void refusesNumbersOfThreadsAndImagesThatCannotBe(int number) {
        Path file = trained(Algorithm.PROPOSED);
        long before = NativeMemory.bytes();
        assertThatThrownBy(() -> Classifier.load(file, 1, number)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There must be from 1 to 1024 threads, but %s were asked for.", number);
        if (number < 1) {
            assertThatThrownBy(() -> Classifier.load(file, number, 1)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    @Test
    void closingGivesTheMemoryBack() {
        Path file = trained(Algorithm.PROPOSED);
        long before = NativeMemory.bytes();
        try (Classifier classifier = Classifier.load(file, 10, 1)) {
            assertThat(NativeMemory.bytes()).isGreaterThan(before + 10 * classifier.network().input().values());
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    @Test
    void closingTwiceIsClosingOnce() {
        Classifier classifier = Classifier.load(trained(Algorithm.STANDARD), 3, 2);
        classifier.close();
        classifier.close();
        MemorySegment image = MemorySegment.ofArray(new byte[64]);
        assertThatThrownBy(() -> classifier.classify(image)).isInstanceOf(IllegalStateException.class);
        assertThat(classifier.network().name()).isEqualTo("small");
    }
}
