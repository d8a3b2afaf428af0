package io.github.bitgrad.cli;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of steps, or a time. */
interface Interval {
    /** Whether the interval is over after so many steps and so much time. */
    boolean isOver(long steps, long nanoseconds);

    /** Reads a number of steps, such as {@code 200}, or a time, such as {@code 30s}, {@code 5m} or {@code 2h}. */
    final class Converter implements ITypeConverter<Interval> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,6})([smh]?)");
        private static final Map<String, TimeUnit> UNITS = Map.of("s", TimeUnit.SECONDS, "m", TimeUnit.MINUTES, "h",
                TimeUnit.HOURS);

        @Override
        public Interval convert(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches() || Long.parseLong(form.group(1)) == 0) {
                throw new TypeConversionException(
                        "'%s' is neither a number of steps, such as 200, nor a time, such as 30s, 5m or 2h"
                                .formatted(text));
            }
            long number = Long.parseLong(form.group(1));
            if (form.group(2).isEmpty()) {
                return (steps, _) -> steps >= number;
            }
            long time = UNITS.get(form.group(2)).toNanos(number);
            return (_, nanoseconds) -> nanoseconds >= time;
        }
    }
}
