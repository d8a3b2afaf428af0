package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Operation;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A training that diverges says so and ends; what was saved before stays. */
@Tag("level-independent")
class DivergenceTest {
    private static final long SEED = 20261128;
    private static final Network DENSE = Network.sequential("dense", Stripes.SHAPE).dense(40).dense(30)
            .dense(Stripes.CLASSES).build();
    private static final Network RESIDUAL = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);

    private static Dataset images;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createImages() {
        System.out.println("seed " + SEED);
        images = Stripes.noisy(100, SEED);
    }

    @AfterAll
    static void closeImages() {
        images.close();
    }

    static Stream<Arguments> trainings() {
        return Stream.of(DENSE, RESIDUAL).flatMap(network -> Stream.of(Algorithm.values())
                .flatMap(algorithm -> Stream.of(Optimizers.ADAM, Optimizers.SGDM)
                        .flatMap(optimizer -> Stream.of(1e30f, 1e35f)
                                .map(rate -> Arguments.of(network, algorithm, optimizer, rate)))));
    }

    /** Six steps are enough for every one of them. */
    @ParameterizedTest
    @MethodSource("trainings")
    void aTrainingWithAnAbsurdLearningRateEndsWithASentence(Network network, Algorithm algorithm, Optimizers optimizer,
            float rate) throws IOException {
        Path before = Files.writeString(folder.resolve("network"), "good");
        Path training = folder.resolve("training");
        try (Trainer trainer = Trainer.of(network).algorithm(algorithm).optimizer(optimizer::create).batch(20)
                .epochs(3).learningRate(rate).schedule(Schedule.CONSTANT).seed(SEED).build()) {
            List<Long> steps = new ArrayList<>();
            assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long all, double loss, double accuracy, long nanoseconds) {
                    assertThat(loss).isFinite();
                    steps.add(step);
                    trainer.saveTraining(training);
                }

                @Override
                public void epochEnded(EpochReport epoch) {
                    throw new AssertionError("The epoch %s ended.".formatted(epoch));
                }
            })).isInstanceOf(BitgradException.class).hasMessageMatching(
                    ("The training has diverged: .+; train with a learning rate smaller than %s, or with a batch larger "
                            + "than 20\\.").formatted(rate));
            assertThat(steps).hasSizeLessThan(6);
            byte[] saved = steps.isEmpty() ? new byte[0] : Files.readAllBytes(training);
            assertThatThrownBy(() -> trainer.save(before)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("because the training has diverged");
            assertThatThrownBy(() -> trainer.saveTraining(training)).isInstanceOf(IllegalStateException.class);
            assertThat(before).hasContent("good");
            assertThat(steps.isEmpty() ? new byte[0] : Files.readAllBytes(training)).isEqualTo(saved);
            assertThat(trainer.stopped()).isFalse();
        }
    }

    /** The learning rate of bop is a part of an average. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void bopRefusesALearningRateAboveOne(Algorithm algorithm) {
        TrainerBuilder training = Trainer.of(DENSE).algorithm(algorithm).optimizer(Optimizers.BOP::create).batch(20);
        assertThatThrownBy(training.learningRate(1e30f)::build).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The learning rate of bop must be at most 1.0, but is 1.0E30.");
        try (Trainer trainer = training.learningRate(1).epochs(1).build()) {
            trainer.train(images);
        }
    }

    /** The cross-entropy, but what it reports is multiplied from some step on. */
    private record Growing(int first, float factor) implements Loss {
        @Override
        public String name() {
            return "growing";
        }

        @Override
        public Buffer compile(StepBuilder step, Buffer outputs, Targets targets) {
            Buffer gradient = new SoftmaxCrossEntropy().compile(step, outputs, targets);
            step.train(new Operation("loss.growing", 1, 1, 1, List.of(targets.losses())) {
                @Override
                protected void run(long begin, long end) {
                    if (step.clock().step() >= first) {
                        for (int image = 0; image < targets.losses().columns(); image++) {
                            float loss = targets.losses().segment().getAtIndex(ValueLayout.JAVA_FLOAT, image);
                            targets.losses().segment().setAtIndex(ValueLayout.JAVA_FLOAT, image, loss * factor);
                        }
                    }
                }
            });
            return gradient;
        }
    }

    private static TrainerBuilder training(Loss loss) {
        return Trainer.of(DENSE).loss(loss).batch(20).epochs(3).seed(SEED);
    }

    /** In the first step, within the first epoch, at its end, and later. */
    @ParameterizedTest
    @CsvSource({"1, Infinity", "1, NaN", "2, NaN", "2, 5000", "4, -Infinity", "5, 5000", "6, NaN", "6, 5000",
        "13, 5000"})
    void aLossThatIsNotFiniteOrGrowsAThousandfoldEndsTheTraining(int step, float factor) {
        try (Trainer trainer = training(new Growing(step, factor)).build()) {
            List<Long> steps = new ArrayList<>();
            assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long number, long all, double loss, double accuracy, long nanoseconds) {
                    steps.add(number);
                }
            })).isInstanceOf(BitgradException.class)
                    .hasMessageStartingWith("The training has diverged: the loss of step %s is ".formatted(step));
            assertThat(steps).hasSize(step - 1);
        }
    }

    /** What it is compared with is in the file of a training. */
    @ParameterizedTest
    @CsvSource({"2, 4", "4, 5", "5, 6", "7, 9"})
    void aResumedTrainingDivergesAsOneThatWasNotInterrupted(int saved, int step) {
        Path file = folder.resolve("training");
        try (Trainer trainer = training(new Growing(step, 5000)).build()) {
            assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long number, long all, double loss, double accuracy, long nanoseconds) {
                    if (number == saved) {
                        trainer.saveTraining(file);
                    }
                }
            })).isInstanceOf(BitgradException.class);
        }
        try (Trainer trainer = training(new Growing(step, 5000)).build()) {
            assertThatThrownBy(() -> trainer.resume(file, images, new TrainingListener() {
            })).isInstanceOf(BitgradException.class)
                    .hasMessageStartingWith("The training has diverged: the loss of step %s is ".formatted(step));
        }
    }

    /** A network that knows its images has a loss near 0, which may grow a thousandfold and still be small. */
    @Test
    void aSmallLossMayGrow() {
        try (Trainer trainer = training(new Growing(1, 1e-6f)).build()) {
            trainer.train(images);
        }
        try (Trainer trainer = training(new Growing(4, 100)).build()) {
            trainer.train(images);
        }
    }

    /** Signs are finite whatever the weights are, so the loss does not tell. */
    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity"})
    void aNumberThatIsKeptAndNotFiniteEndsTheTraining(float number) {
        for (Algorithm algorithm : Algorithm.values()) {
            try (Trainer trainer = Trainer.of(DENSE).algorithm(algorithm).batch(20).epochs(3).build()) {
                Buffer momentum = trainer.plan().placements().stream().map(placement -> placement.buffer())
                        .filter(buffer -> buffer.name().equals("dense1.runningMean")).findFirst().orElseThrow();
                assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                    @Override
                    public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                        momentum.segment().setAtIndex(ValueLayout.JAVA_FLOAT, momentum.columns() - 1, number);
                    }
                })).isInstanceOf(BitgradException.class).hasMessage(
                        "The training has diverged: after step 5 not all numbers in dense1.runningMean are finite; "
                                + "train with a learning rate smaller than %s, or with a batch larger than 20.",
                        trainer.settings().learningRate());
            }
        }
    }

    /** A listener that saves after every step saves what is good. */
    @ParameterizedTest
    @CsvSource({"NaN", "Infinity"})
    void nothingIsSavedWithANumberThatIsNotFinite(float number) throws IOException {
        Path good = folder.resolve("good");
        try (Trainer trainer = Trainer.of(DENSE).batch(20).epochs(3).build()) {
            Buffer running = trainer.plan().placements().stream().map(placement -> placement.buffer())
                    .filter(buffer -> buffer.name().equals("dense2.runningMean")).findFirst().orElseThrow();
            byte[][] saved = new byte[1][];
            assertThatThrownBy(() -> trainer.train(images, new TrainingListener() {
                @Override
                public void stepEnded(long step, long steps, double loss, double accuracy, long nanoseconds) {
                    if (step == 3) {
                        running.segment().set(ValueLayout.JAVA_FLOAT, 0, number);
                    }
                    if (step < 3) {
                        trainer.saveTraining(good);
                        saved[0] = read(good);
                    } else {
                        for (Runnable save : List.<Runnable>of(() -> trainer.saveTraining(good),
                                () -> trainer.save(good))) {
                            assertThatThrownBy(save::run).isInstanceOf(RuntimeException.class);
                        }
                    }
                }
            })).isInstanceOf(BitgradException.class).hasMessageStartingWith(
                    "The training has diverged: after step 5 not all numbers in dense2.runningMean are finite;");
            assertThat(read(good)).isEqualTo(saved[0]);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void anotherTrainingOfTheSameTrainerIsJudgedByItself() {
        try (Trainer trainer = training(new Growing(15, 5000)).build()) {
            assertThatThrownBy(() -> trainer.train(images)).isInstanceOf(BitgradException.class);
            trainer.train(images);
            trainer.save(folder.resolve("network"));
        }
    }
}
