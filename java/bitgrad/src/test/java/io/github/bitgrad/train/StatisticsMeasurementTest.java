package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.model.Network;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Statistics for inference are measured on training images, and measuring changes nothing of the training. */
class StatisticsMeasurementTest {
    private static final Network NETWORK =
            Network.sequential("one layer", new ImageShape(5, 4, 1)).dense(4).build();
    private static final int BATCH = 8;
    private static final int IMAGES = 10 * BATCH + 3;
    private static final long SEED = 20261128;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"20, 600, 20", "20, 500, 20", "20, 100, 6", "20, 50, 5", "20, 3, 3", "2, 600, 2", "100, 600, 36"})
    void asManyBatchesAreMeasuredAsTwoPercentOfAnEpochAllows(int most, int inEpoch, int expected) {
        assertThat(StatisticsMeasurement.batches(most, inEpoch)).isEqualTo(expected);
    }

    /** Against sums and statistics that are computed here, from the weights and the images. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void statisticsAreMeansOverBatchesAtTheLastWeights(Algorithm algorithm) {
        int measured = 5;
        try (Dataset images = FrozenTraining.images(NETWORK, IMAGES);
                Trainer trainer = Trainer.of(NETWORK).algorithm(algorithm).batch(BATCH).epochs(2).seed(SEED).build()) {
            trainer.train(images);
            // products on bits leave sums in units of 1/255, and measure mean deviations
            double unit = algorithm == Algorithm.STANDARD ? 1.0 / 255 : 1;
            for (int channel = 0; channel < NETWORK.classes(); channel++) {
                double mean = 0;
                double deviation = 0;
                for (int number = 0; number < measured; number++) {
                    double[] sums = sums(trainer, images, number, channel);
                    double batchMean = Arrays.stream(sums).average().orElseThrow();
                    mean += unit * batchMean / measured;
                    deviation += unit / measured * (algorithm == Algorithm.STANDARD
                            ? Math.sqrt(Arrays.stream(sums).map(sum -> (sum - batchMean) * (sum - batchMean)).average()
                                    .orElseThrow())
                            : (algorithm == Algorithm.PAPER ? 1 : Math.sqrt(Math.PI / 2))
                                    * Arrays.stream(sums).map(sum -> Math.abs(sum - batchMean)).average()
                                            .orElseThrow());
                }
                assertThat(number(trainer, "dense1.runningMean", channel)).isCloseTo(mean,
                        within(1e-4 * deviation));
                assertThat(number(trainer, "dense1.runningDeviation", channel)).isCloseTo(deviation,
                        within(1e-3 * deviation));
            }
        }
    }

    /** 255 times the sums of a channel, for the images of a batch. */
    private static double[] sums(Trainer trainer, Dataset images, int number, int channel) {
        int values = NETWORK.input().values();
        double[] sums = new double[BATCH];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate((long) BATCH * values);
            new Batches(images, Augmentation.NONE, BATCH, 1, SEED, Optional.empty()).write(number, pixels,
                    arena.allocate(4L * BATCH, 4));
            for (int i = 0; i < BATCH * values; i++) {
                int pixel = 2 * (pixels.get(ValueLayout.JAVA_BYTE, i) & 0xff) - 255;
                sums[i / values] += number(trainer, "dense1.weights", (long) channel * values + i % values) >= 0
                        ? pixel
                        : -pixel;
            }
        }
        return sums;
    }

    private static Buffer buffer(Trainer trainer, String name) {
        return trainer.plan().placements().stream().map(Placement::buffer)
                .filter(buffer -> buffer.name().equals(name)).findFirst().orElseThrow();
    }

    private static double number(Trainer trainer, String name, long index) {
        Buffer buffer = buffer(trainer, name);
        return switch (buffer.type()) {
            case FLOAT32 -> buffer.segment().getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case FLOAT16 -> Float.float16ToFloat(buffer.segment().getAtIndex(ValueLayout.JAVA_SHORT, index));
            case INT8 -> buffer.segment().get(ValueLayout.JAVA_BYTE, index);
            default -> throw new AssertionError(buffer);
        };
    }

    /** Whoever tests or saves the network after every step, or never, trains the same network. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void measuringChangesNothingOfTheTraining(Algorithm algorithm) {
        Path file = folder.resolve("network");
        try (Dataset images = FrozenTraining.images(NETWORK, IMAGES)) {
            Map<String, String> undisturbed;
            Evaluation expected;
            try (Trainer trainer = settings(algorithm).build()) {
                trainer.train(images);
                undisturbed = FrozenTraining.state(trainer);
                expected = trainer.evaluate(images);
            }
            try (Trainer trainer = settings(algorithm).build()) {
                trainer.train(images, new TrainingListener() {
                    @Override
                    public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                        Evaluation evaluation = trainer.evaluate(images);
                        trainer.save(file);
                        try (Classifier classifier = Classifier.load(file, BATCH, 1)) {
                            assertThat(classifier.evaluate(images)).isEqualTo(evaluation);
                        }
                    }
                });
                assertThat(FrozenTraining.state(trainer)).isEqualTo(undisturbed);
                assertThat(trainer.evaluate(images)).isEqualTo(expected);
            }
        }
    }

    private static TrainerBuilder settings(Algorithm algorithm) {
        return Trainer.of(NETWORK).algorithm(algorithm).batch(BATCH).epochs(2).seed(SEED).threads(1);
    }

    /** They were measured when the training ended. */
    @Test
    void theNetworkCanBeUsedAfterItsDataSetIsClosed() {
        try (Dataset others = FrozenTraining.images(NETWORK, 20); Trainer trainer = settings(Algorithm.LEAN).build()) {
            try (Dataset images = FrozenTraining.images(NETWORK, IMAGES)) {
                trainer.train(images);
            }
            assertThat(trainer.evaluate(others).loss()).isPositive();
            trainer.save(folder.resolve("network"));
        }
    }
}
