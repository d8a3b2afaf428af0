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

    /** The mean of all steps at first, then an average that keeps 19 of 20 parts. */
    @Test
    void aMovingAverageIsTheMeanOfAllStepsUntilThereAreMany() {
        double average = Double.NaN;
        for (long step = 1; step <= 20; step++) {
            double decay = Averages.decay(step);
            average = (step == 1 ? 0 : decay * average) + (1 - decay) * step;
            assertThat(decay).isCloseTo((step - 1.0) / step, within(1e-7));
            assertThat(average).isCloseTo((step + 1) / 2.0, within(1e-5));
        }
        assertThat(Averages.decay(21)).isEqualTo(Averages.decay(20)).isEqualTo(Averages.decay(1_000_000));
    }
}
