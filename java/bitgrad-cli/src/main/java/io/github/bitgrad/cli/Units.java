package io.github.bitgrad.cli;

import io.github.bitgrad.memory.MemoryPlan;
import java.util.Locale;

/** Formats numbers for people, in the same way in every country. */
public final class Units {
    private Units() {
    }

    /** Bytes in MiB, such as {@code 2.65}. */
    public static String mebibytes(long bytes) {
        return MemoryPlan.mebibytes(bytes);
    }

    /** A fraction in percent, such as {@code 96.90 %}. */
    public static String percent(double fraction) {
        return format("%.2f %%", 100 * fraction);
    }

    /** Formats as {@link String#format} does. */
    public static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
