package io.github.bitgrad.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.optim.Schedule.Course;
import io.github.bitgrad.optim.Schedule.EpochResult;
import io.github.bitgrad.optim.Schedule.EpochResult;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
    private static final float RATE = 0.08f;

    @ParameterizedTest
    @CsvSource({"0", "50", "99"})
    void constantStays(long step) {
        assertThat(Schedule.CONSTANT.start(RATE, 100).rate(step)).isEqualTo(RATE);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "49, 1", "50, 10", "74, 10", "75, 100", "99, 100"})
    void stepFallsAtHalfAndAtThreeQuarters(long step, float divisor) {
        assertThat(Schedule.STEP.start(RATE, 100).rate(step)).isEqualTo(RATE / divisor);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.08", "25, 0.068284273", "50, 0.04", "75, 0.011715729", "100, 0"})
    void cosineFallsFromTheRateToZero(long step, float rate) {
        assertThat(Schedule.COSINE.start(RATE, 100).rate(step)).isCloseTo(rate, within(1e-8f));
    }

    @Test
    void cosineIsTheCosine() {
        Course course = Schedule.COSINE.start(RATE, 7200);
        for (long step = 0; step < 7200; step++) {
            assertThat(course.rate(step)).isCloseTo((float) (RATE / 2 * (1 + Math.cos(Math.PI * step / 7200))),
                    within(1e-9f)).isPositive();
        }
    }

    private static void ended(Course course, double trainLoss) {
        course.epochEnded(new EpochResult(trainLoss, 0.5, OptionalDouble.empty()));
    }

    private static void tested(Course course, double trainLoss, double accuracy) {
        course.epochEnded(new EpochResult(trainLoss, 0.5, OptionalDouble.of(accuracy)));
    }

    /** Neither the loss nor a test matters. */
    @Test
    void accuracyPlateauHalvesAfterEpochsWithoutABetterTrainingAccuracy() {
        Course course = new Plateau(Plateau.Measure.TRAIN_ACCURACY, 2, 0.5f).start(RATE, 1000);
        double[] accuracies = {0.5, 0.4, 0.6, 0.6, 0.6};
        float[] rates = {RATE, RATE, RATE, RATE, RATE / 2};
        for (int epoch = 0; epoch < accuracies.length; epoch++) {
            course.epochEnded(new EpochResult(-epoch, accuracies[epoch], OptionalDouble.of(epoch / 10.0)));
            assertThat(course.rate(epoch)).isEqualTo(rates[epoch]);
        }
        assertThat(course.followsTests()).isFalse();
        assertThat(Schedule.ACCURACY_PLATEAU.name()).isEqualTo("accuracy-plateau");
    }

    @Test
    void lossPlateauHalvesAfterEpochsWithoutABetterLoss() {
        Course course = Schedule.LOSS_PLATEAU.start(RATE, 1000);
        ended(course, 1.0);
        ended(course, 0.9);
        for (int epoch = 1; epoch < Plateau.OF_LOSS.patience(); epoch++) {
            ended(course, 0.9); // as good is not better
            assertThat(course.rate(epoch)).isEqualTo(RATE);
        }
        ended(course, 1.5);
        assertThat(course.rate(10)).isEqualTo(RATE / 2);
        for (int epoch = 1; epoch < Plateau.OF_LOSS.patience(); epoch++) {
            ended(course, 0.95);
            assertThat(course.rate(epoch)).isEqualTo(RATE / 2);
        }
        ended(course, 0.8); // better in the last moment
        for (int epoch = 1; epoch < Plateau.OF_LOSS.patience(); epoch++) {
            ended(course, Double.NaN); // is no better loss either
            assertThat(course.rate(epoch)).isEqualTo(RATE / 2);
        }
        ended(course, 0.8);
        assertThat(course.rate(20)).isEqualTo(RATE / 4);
    }

    @Test
    void plateauHalvesAfterEpochsWithoutABetterAccuracy() {
        Course course = Schedule.PLATEAU.start(RATE, 1000);
        for (int epoch = 1; epoch <= Plateau.OF_ACCURACY.patience(); epoch++) {
            assertThat(course.rate(epoch)).isEqualTo(RATE);
            tested(course, 1.0 / epoch, 0.9); // a better loss does not matter
        }
        assertThat(course.rate(60)).isEqualTo(RATE);
        tested(course, 0, 0.8);
        assertThat(course.rate(60)).isEqualTo(RATE / 2);
        Course better = new Plateau(Plateau.Measure.TEST_ACCURACY, 2, 0.5f).start(RATE, 1000);
        for (double accuracy : new double[] {0.5, 0.4, 0.6, 0.6, 0.7}) {
            tested(better, 1, accuracy);
            assertThat(better.rate(0)).isEqualTo(RATE);
        }
        assertThat(Schedule.PLATEAU.start(RATE, 1).followsTests()).isTrue();
        assertThat(Schedule.LOSS_PLATEAU.start(RATE, 1).followsTests()).isFalse();
    }

    @Test
    void decayFallsAfterEverySoManyEpochs() {
        Course course = new Decay(2, 0.5f).start(RATE, 10);
        for (int epoch = 0; epoch < 6; epoch++) {
            assertThat(course.rate(epoch)).isEqualTo(RATE / (1 << epoch / 2));
            ended(course, 1);
        }
    }

    @Test
    void numbersCanBeSet() {
        assertThat(Schedule.adjusted(Schedule.PLATEAU, Map.of("patience", 7))).isEqualTo(
                new Plateau(Plateau.Measure.TEST_ACCURACY, 7, 0.5f));
        assertThat(Schedule.adjusted(Schedule.LOSS_PLATEAU, Map.of("factor", 0.1f))).isEqualTo(
                new Plateau(Plateau.Measure.TRAIN_LOSS, 5, 0.1f));
        assertThat(Schedule.adjusted(Schedule.DECAY, Map.of("every", 7, "factor", 0.25f)))
                .isEqualTo(new Decay(7, 0.25f));
        assertThat(Schedule.adjusted(Schedule.COSINE, Map.of())).isSameAs(Schedule.COSINE);
        for (Schedule schedule : Schedule.all()) {
            assertThat(Schedule.named(schedule.name())).isSameAs(schedule);
            assertThatThrownBy(() -> Schedule.adjusted(schedule, Map.of("height", 7)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("The schedule %s has no height; what can be set is "
                            .formatted(schedule.name()));
        }
    }

    @Test
    void aPlateauHasItsOwnNumbers() {
        Course course = new Plateau(Plateau.Measure.TRAIN_LOSS, 2, 0.25f).start(RATE, 10);
        ended(course, 1);
        ended(course, 1);
        assertThat(course.rate(2)).isEqualTo(RATE);
        ended(course, 1);
        assertThat(course.rate(3)).isEqualTo(RATE / 4);
        assertThat(new Plateau(Plateau.Measure.TEST_ACCURACY, 2, 0.25f).numbers()).containsExactly(
                entry("patience", 2), entry("factor", 0.25f));
    }

    @Test
    void everyTrainingHasACourseOfItsOwn() {
        Course first = Schedule.LOSS_PLATEAU.start(RATE, 10);
        for (int epoch = 0; epoch <= Plateau.OF_LOSS.patience(); epoch++) {
            ended(first, 1);
        }
        assertThat(first.rate(0)).isEqualTo(RATE / 2);
        assertThat(Schedule.LOSS_PLATEAU.start(RATE, 10).rate(0)).isEqualTo(RATE);
    }
}
