package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingClockTest {
    /** Of 4 seeds, the first 5 steps and 6 layers: numbers that a careless mixture would take for one another. */
    private static List<Integer> randomNumbers() {
        List<Integer> numbers = new ArrayList<>();
        for (long seed : new long[] {0, 1, 2, 1L << 32}) {
            TrainingClock clock = new TrainingClock(seed);
            for (int step = 0; step < 5; step++) {
                clock.next(0.1f);
                for (int layer = 0; layer < 6; layer++) {
                    numbers.add(clock.random(layer));
                }
            }
        }
        return numbers;
    }

    @Test
    void randomNumbersFollowFromSeedStepAndLayer() {
        assertThat(randomNumbers()).hasSize(4 * 5 * 6).doesNotHaveDuplicates().isEqualTo(randomNumbers());
    }

    @Test
    void aClockWithARateTellsEverythingElseOfTheOther() {
        TrainingClock clock = new TrainingClock(3);
        TrainingClock constant = clock.withRate(0.5f);
        clock.next(0.1f);
        clock.next(0.1f);
        clock.measure(7);
        assertThat(constant.step()).isEqualTo(2);
        assertThat(constant.rate()).isEqualTo(0.5f);
        assertThat(constant.measured()).isEqualTo(7);
        assertThat(constant.random(4)).isEqualTo(clock.random(4));
        assertThat(clock.rate()).isEqualTo(0.1f);
    }
}
