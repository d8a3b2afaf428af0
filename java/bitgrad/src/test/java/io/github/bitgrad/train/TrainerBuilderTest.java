package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.TrainedPart;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ShiftFlip;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.optim.Bop;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Plateau;
import io.github.bitgrad.optim.Schedule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerBuilderTest {
    private final TrainerBuilder training = Trainer.of(Models.MLP.usual());

    private void assertRefused(ThrowingCallable setting, String message) {
        assertThatThrownBy(setting).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void everythingButTheNetworkHasADefault() {
        assertThat(training.settings()).isEqualTo(new TrainingSettings(
                new StepSettings(TrainedPart.whole(Models.MLP.usual()),
                        Algorithm.PROPOSED.policy(Gradients.of(Algorithm.PROPOSED)),
                        new SoftmaxCrossEntropy(), Adam.DEFAULT, 100, 1, OptionalLong.empty()),
                10, OptionalLong.empty(), 3e-3f, Schedule.COSINE, Beginning.of(InitialWeights.UNIFORM),
                Optional.empty(), 1,
                20));
    }

    @Test
    void whatIsSetIsInTheSettings() {
        training.algorithm(Algorithm.LEAN).gradient(GradientFormat.INT7).rounding(Rounding.NEAREST)
                .weightGradient(GradientKind.SIGN).optimizer(new Bop(0.25f)).batch(12).microBatch(4).memory(12345)
                .epochs(3).mostSteps(99).learningRate(0.5f)
                .schedule(new Plateau(Plateau.Measure.TRAIN_LOSS, 2, 0.1f)).initialWeights(InitialWeights.NORMAL)
                .augmentation(new ShiftFlip(3)).seed(8)
                .statisticsBatches(4);
        assertThat(training.settings()).isEqualTo(new TrainingSettings(
                new StepSettings(TrainedPart.whole(Models.MLP.usual()),
                        Algorithm.LEAN.policy(
                                new Gradients(GradientFormat.INT7, Rounding.NEAREST, GradientKind.SIGN)),
                        new SoftmaxCrossEntropy(), new Bop(0.25f), 12, 3, OptionalLong.of(12345)),
                3, OptionalLong.of(99), 0.5f, new Plateau(Plateau.Measure.TRAIN_LOSS, 2, 0.1f),
                Beginning.of(InitialWeights.NORMAL), Optional.of(new ShiftFlip(3)), 8, 4));
    }

    @Test
    void settingsDoNotChangeWhenTheBuilderDoes() {
        TrainingSettings before = training.settings();
        assertThat(training.batch(3).settings()).isNotEqualTo(before);
        assertThat(before.step().batch()).isEqualTo(100);
    }

    /** Whatever the order in which algorithm and optimizer are set. */
    @Test
    void theNumbersOfAnOptimizerSuitTheGradientsUnlessSet() {
        training.optimizer(Bop::suiting);
        assertThat(training.settings().step().optimizer()).isEqualTo(new Bop(1e-3f));
        training.algorithm(Algorithm.STANDARD);
        assertThat(training.settings().step().optimizer()).isEqualTo(new Bop(1e-6f));
        training.algorithm(Algorithm.LEAN).weightGradient(GradientKind.SIGN);
        assertThat(training.settings().step().optimizer()).isEqualTo(new Bop(1e-3f));
        training.optimizer(new Bop(0.5f));
        assertThat(training.settings().step().optimizer()).isEqualTo(new Bop(0.5f));
    }

    private float learningRate() {
        return training.settings().learningRate();
    }

    @ParameterizedTest
    @CsvSource({"STANDARD, ADAM, 1e-3", "STANDARD, SGDM, 4", "STANDARD, BOP, 3e-3", "PROPOSED, ADAM, 3e-3",
        "PROPOSED, SGDM, 1e-2", "PROPOSED, BOP, 3e-3", "LEAN, ADAM, 3e-3", "LEAN, SGDM, 4", "LEAN, BOP, 3e-3"})
    void theLearningRateSuitsTheOptimizerUnlessSet(Algorithm algorithm, Optimizers optimizer, float rate) {
        training.algorithm(algorithm).optimizer(optimizer::create);
        assertThat(learningRate()).isEqualTo(rate);
        training.learningRate(0.25f).optimizer(Adam.DEFAULT);
        assertThat(learningRate()).isEqualTo(0.25f);
    }

    @Test
    void theAugmentationSuitsTheDataSetUnlessSet() {
        try (Dataset digits = colours(Augmentation.NONE); Dataset photographs = colours(Augmentation.SHIFT_FLIP)) {
            assertThat(training.settings().augmentation(digits)).isEqualTo(Augmentation.NONE);
            assertThat(training.settings().augmentation(photographs)).isEqualTo(Augmentation.SHIFT_FLIP);
            assertThat(training.augmentation(Augmentation.NONE).settings().augmentation(photographs))
                    .isEqualTo(Augmentation.NONE);
        }
    }

    private static Dataset colours(Augmentation suited) {
        return Dataset.create(DataDescription.of("colours", new ImageShape(4, 4, 3), 2).with(suited), 1,
                (images, labels) -> {
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void refusesCountsBelowOne(int number) {
        assertRefused(() -> training.batch(number), "The batch must be at least 1, but is " + number + ".");
        assertRefused(() -> training.epochs(number), "The number of epochs must be at least 1, but is " + number + ".");
        assertRefused(() -> training.mostSteps(number),
                "The number of steps must be at least 1, but is " + number + ".");
        assertRefused(() -> training.threads(number),
                "There must be from 1 to 1024 threads, but " + number + " were asked for.");
        assertThat(training.settings().step().batch()).isEqualTo(100);
    }

    @Test
    void refusesABatchThatCannotBeDivided() {
        training.batch(40).microBatch(20);
        assertThat(training.settings().step().parts()).isEqualTo(2);
        assertRefused(() -> training.batch(50).settings(),
                "A batch of 50 cannot be divided into micro-batches of 20; choose a batch that is a multiple of it.");
        assertRefused(() -> training.batch(10).settings(),
                "A batch of 10 cannot be divided into micro-batches of 20; choose a batch that is a multiple of it.");
        assertRefused(() -> training.microBatch(0), "The micro-batch must be at least 1, but is 0.");
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -1e-3f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesLearningRatesThatAreNone(float rate) {
        assertRefused(() -> training.learningRate(rate),
                "The learning rate must be a positive number, but is " + rate + ".");
    }

    @Test
    void refusesMoreThreadsThanThereCanBe() {
        assertRefused(() -> training.threads(1025), "There must be from 1 to 1024 threads, but 1025 were asked for.");
    }

    @Test
    void thePlanIsTheMemoryThatIsTaken() {
        training.batch(3);
        try (Trainer trainer = training.build()) {
            assertThat(trainer.plan().peakBytes()).isEqualTo(training.plan().peakBytes());
            assertThat(trainer.settings()).isEqualTo(training.settings());
        }
    }

    @Test
    void theNextBatchIsPreparedAheadWhereThereIsMemoryForTwo() {
        long least = training.memory(Algorithm.LEAST_MEMORY).plan().peakBytes();
        assertThat(buffersOfInputs()).containsExactly("input.pixels", "loss.labels");
        long staged = training.memory(Long.MAX_VALUE).plan().peakBytes();
        assertThat(staged).isGreaterThanOrEqualTo(least + 100 * (784 + Integer.BYTES));
        assertThat(buffersOfInputs()).containsExactlyInAnyOrder("input.pixels", "input.pixels.staged", "loss.labels",
                "loss.labels.staged");
        assertThat(training.memory(staged).plan().peakBytes()).isEqualTo(staged);
        assertThat(training.memory(staged - 1).plan().peakBytes()).isEqualTo(least);
    }

    private List<String> buffersOfInputs() {
        return training.plan().placements().stream().map(place -> place.buffer().name())
                .filter(name -> name.startsWith("input.pixels") || name.startsWith("loss.labels")).toList();
    }
}
