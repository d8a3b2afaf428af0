package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private static StepTimes after(long... stepNanoseconds) {
        StepTimes times = new StepTimes(2);
        for (long nanoseconds : stepNanoseconds) {
            times.nanoseconds()[0] += nanoseconds; // a step may have parts
            times.nanoseconds()[0] += nanoseconds;
            times.nanoseconds()[1] += 1;
            times.stepEnded();
        }
        return times;
    }

    @Test
    void nothingIsKnownBeforeTheFirstStep() {
        assertThat(after().steps()).isZero();
        assertThat(after().mean(0)).isZero();
    }

    @Test
    void aSingleStepCounts() {
        assertThat(after(7).steps()).isEqualTo(1);
        assertThat(after(7).mean(0)).isEqualTo(14);
    }

    @Test
    void slowFirstStepsAreLeftOut() {
        StepTimes times = after(900, 900, 900, 900, 1, 2, 3, 4, 5);
        assertThat(times.steps()).isEqualTo(5);
        assertThat(times.mean(0)).isEqualTo(2 * 3);
        assertThat(times.mean(1)).isEqualTo(1);
    }

    @Test
    void atMostHalfOfTheStepsAreLeftOut() {
        for (int count = 2; count <= 70; count++) {
            StepTimes times = after(LongStream.range(0, count).toArray());
            long left = times.steps();
            assertThat(left).isBetween((count + 1) / 2L, count - 1L);
            assertThat(times.mean(0)).isEqualTo(2 * (count - (left + 1) / 2.0)); // the mean of count − left .. count − 1
        }
    }
}
