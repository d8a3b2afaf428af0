package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingSettingsTest {
    private final TrainingSettings settings = Trainer.of(Models.MLP.paper());

    private void assertRefused(ThrowingCallable setting, String message) {
        assertThatThrownBy(setting).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void everythingButTheNetworkHasADefault() {
        assertThat(settings.network()).isEqualTo(Models.MLP.paper());
        assertThat(settings.algorithm()).isEqualTo(Algorithm.PROPOSED);
        assertThat(settings.optimizer()).isEqualTo(Optimizers.ADAM);
        assertThat(settings.schedule()).isEqualTo(Schedule.COSINE);
        assertThat(settings.batch()).isEqualTo(100);
        assertThat(settings.epochs()).isEqualTo(10);
        assertThat(settings.mostSteps()).isEqualTo(Long.MAX_VALUE);
        assertThat(settings.seed()).isEqualTo(1);
        assertThat(settings.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(settings.learningRate()).isEqualTo(3e-3f);
    }

    @Test
    void theLearningRateSuitsTheOptimizerUnlessSet() {
        for (Algorithm algorithm : Algorithm.values()) {
            for (Optimizers optimizer : Optimizers.values()) {
                assertThat(settings.algorithm(algorithm).optimizer(optimizer).learningRate())
                        .isEqualTo(optimizer.learningRate(algorithm.defaultWeightGradients(),
                                algorithm == Algorithm.LEAN))
                        .isPositive();
            }
        }
        assertThat(settings.algorithm(Algorithm.LEAN).optimizer(Optimizers.ADAM).learningRate()).isEqualTo(3e-3f);
        assertThat(settings.algorithm(Algorithm.STANDARD).learningRate()).isEqualTo(1e-3f);
        assertThat(settings.learningRate(0.25f).optimizer(Optimizers.ADAM).learningRate()).isEqualTo(0.25f);
    }

    @Test
    void theAugmentationSuitsTheDataSetUnlessSet() {
        try (Dataset digits = colours(Augmentation.NONE); Dataset photographs = colours(Augmentation.SHIFT_FLIP)) {
            assertThat(settings.augmentation(digits)).isEqualTo(Augmentation.NONE);
            assertThat(settings.augmentation(photographs)).isEqualTo(Augmentation.SHIFT_FLIP);
            assertThat(settings.augmentation(Augmentation.NONE).augmentation(photographs)).isEqualTo(Augmentation.NONE);
        }
    }

    private static Dataset colours(Augmentation suited) {
        return Dataset.create("colours", new ImageShape(4, 4, 3), 2, 1, suited, (images, labels) -> {
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void refusesCountsBelowOne(int number) {
        assertRefused(() -> settings.batch(number), "The batch must be at least 1, but is " + number + ".");
        assertRefused(() -> settings.epochs(number), "The number of epochs must be at least 1, but is " + number + ".");
        assertRefused(() -> settings.mostSteps(number),
                "The number of steps must be at least 1, but is " + number + ".");
        assertRefused(() -> settings.threads(number),
                "There must be from 1 to 1024 threads, but " + number + " were asked for.");
        assertThat(settings.batch()).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -1e-3f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesLearningRatesThatAreNone(float rate) {
        assertRefused(() -> settings.learningRate(rate),
                "The learning rate must be a positive number, but is " + rate + ".");
    }

    @Test
    void refusesMoreThreadsThanThereCanBe() {
        assertRefused(() -> settings.threads(1025), "There must be from 1 to 1024 threads, but 1025 were asked for.");
    }

    @Test
    void thePlanIsTheMemoryThatIsTaken() {
        settings.batch(3);
        try (Trainer trainer = settings.build()) {
            assertThat(trainer.plan().peakBytes()).isEqualTo(settings.plan().peakBytes());
            assertThat(trainer.settings()).isSameAs(settings);
        }
        assertThat(settings.paperBytes().get(Variable.X)).isEqualTo(3 * (784 + 4 * 256) / 8);
    }

    @Test
    void theNextBatchIsPreparedAheadWhereThereIsMemoryForTwo() {
        long least = settings.memory(Algorithm.LEAST_MEMORY).plan().peakBytes();
        assertThat(buffersOfInputs()).containsExactly("input.pixels", "loss.labels");
        long staged = settings.memory(Long.MAX_VALUE).plan().peakBytes();
        assertThat(staged).isGreaterThanOrEqualTo(least + 100 * (784 + Integer.BYTES));
        assertThat(buffersOfInputs()).containsExactlyInAnyOrder("input.pixels", "input.pixels.staged", "loss.labels",
                "loss.labels.staged");
        assertThat(settings.memory(staged).plan().peakBytes()).isEqualTo(staged);
        assertThat(settings.memory(staged - 1).plan().peakBytes()).isEqualTo(least);
    }

    private List<String> buffersOfInputs() {
        return settings.plan().placements().stream().map(place -> place.buffer().name())
                .filter(name -> name.startsWith("input.pixels") || name.startsWith("loss.labels")).toList();
    }
}
