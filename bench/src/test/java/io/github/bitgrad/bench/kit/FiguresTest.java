package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
    @ParameterizedTest
    @CsvSource({"0, 0.00 ns", "999.4, 999 ns", "999.6, 1.00 µs", "1734000, 1.73 ms", "99960000, 100 ms",
        "40200000000, 40.2 s", "1234000000000, 1234 s"})
    void timesHaveThreeDigits(double nanoseconds, String text) {
        assertThat(Figures.time(nanoseconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"42553 | 23,500", "971 | 1,030,000", "1001001 | 999", "1000100 | 1,000",
        "35e7 | 2.86", "4e10 | 0.03"})
    void timesInASecondHaveThreeDigits(double nanoseconds, String text) {
        assertThat(Figures.rate(nanoseconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 0.33×", "9.996, 1, 10.0×", "8, 1, 8.00×", "1234, 1, 1234×"})
    void ratios(double number, double other, String text) {
        assertThat(Figures.ratio(number, other)).isEqualTo(text);
    }
}
