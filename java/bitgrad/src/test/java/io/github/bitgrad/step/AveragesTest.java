package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AveragesTest {
    /** An average that begins at zero and follows a constant 1 is corrected to 1 in every step. */
    @ParameterizedTest
    @ValueSource(floats = {0, 0.5f, 0.9f, 0.999f})
    void anAverageThatBeganAtZeroIsCorrected(float decay) {
        double average = 0;
        for (long step = 1; step <= 3000; step++) {
            average = decay * average + (1 - (double) decay);
            assertThat(average * Averages.correction(decay, step)).as("step %s", step).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void aMeanKeepsItsPartWhenAValueIsAdded() {
        double mean = Double.NaN;
        for (int number = 1; number <= 50; number++) {
            double decay = Averages.decay(number);
            mean = (number == 1 ? 0 : decay * mean) + (1 - decay) * number;
            assertThat(mean).isCloseTo((number + 1) / 2.0, within(1e-5));
        }
    }
}
