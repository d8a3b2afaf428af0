package io.github.bitgrad.bench.kit;

import io.github.bitgrad.cli.Units;
import java.math.BigDecimal;
import java.math.MathContext;

/** Formats numbers for reports. */
final class Figures {
    private static final String[] UNITS_OF_TIME = {"ns", "µs", "ms", "s"};
    private static final double THOUSAND = 1000;
    private static final double NANOSECONDS_A_SECOND = 1e9;

    private Figures() {
    }

    /** A time with three digits and its unit, such as {@code 1.73 ms}. */
    static String time(double nanoseconds) {
        double value = nanoseconds;
        int unit = 0;
        while (value >= THOUSAND - 0.5 && unit < UNITS_OF_TIME.length - 1) { // what would be rounded to 1000
            value /= THOUSAND;
            unit++;
        }
        return digits(value) + " " + UNITS_OF_TIME[unit];
    }

    /** How many times as large one number is as another, such as {@code 2.41×}. */
    static String ratio(double number, double other) {
        return digits(number / other) + "×";
    }

    /** How often something happens in a second, with three digits, such as {@code 23,500}. */
    static String rate(double nanoseconds) {
        BigDecimal times = new BigDecimal(NANOSECONDS_A_SECOND / nanoseconds).round(new MathContext(3));
        return times.compareTo(BigDecimal.valueOf(THOUSAND)) < 0 ? digits(times.doubleValue())
                : Units.format("%,.0f", times);
    }

    /** Three digits, or more if there are more before the point. */
    private static String digits(double value) {
        return Units.format(value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
    }
}
