package io.github.bitgrad.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.optim.Schedule.Course;
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

    @Test
    void plateauHalvesAfterEpochsWithoutABetterLoss() {
        Course course = Schedule.PLATEAU.start(RATE, 1000);
        course.epochEnded(1.0);
        course.epochEnded(0.9);
        for (int epoch = 1; epoch < Plateau.DEFAULT.patience(); epoch++) {
            course.epochEnded(0.9); // as good is not better
            assertThat(course.rate(epoch)).isEqualTo(RATE);
        }
        course.epochEnded(1.5);
        assertThat(course.rate(10)).isEqualTo(RATE / 2);
        for (int epoch = 1; epoch < Plateau.DEFAULT.patience(); epoch++) {
            course.epochEnded(0.95);
            assertThat(course.rate(epoch)).isEqualTo(RATE / 2);
        }
        course.epochEnded(0.8); // better in the last moment
        for (int epoch = 1; epoch < Plateau.DEFAULT.patience(); epoch++) {
            course.epochEnded(Double.NaN); // is no better loss either
            assertThat(course.rate(epoch)).isEqualTo(RATE / 2);
        }
        course.epochEnded(0.8);
        assertThat(course.rate(20)).isEqualTo(RATE / 4);
    }

    @Test
    void aPlateauHasItsOwnNumbers() {
        assertThat(Plateau.DEFAULT).isEqualTo(new Plateau(5, 0.5f)).isEqualTo(Schedule.PLATEAU);
        Course course = new Plateau(2, 0.25f).start(RATE, 10);
        course.epochEnded(1);
        course.epochEnded(1);
        assertThat(course.rate(2)).isEqualTo(RATE);
        course.epochEnded(1);
        assertThat(course.rate(3)).isEqualTo(RATE / 4);
        assertThat(new Plateau(2, 0.25f).numbers()).containsExactly(entry("patience", 2), entry("factor", 0.25f));
    }

    @Test
    void everyTrainingHasACourseOfItsOwn() {
        Course first = Schedule.PLATEAU.start(RATE, 10);
        for (int epoch = 0; epoch <= Plateau.DEFAULT.patience(); epoch++) {
            first.epochEnded(1);
        }
        assertThat(first.rate(0)).isEqualTo(RATE / 2);
        assertThat(Schedule.PLATEAU.start(RATE, 10).rate(0)).isEqualTo(RATE);
    }
}
