package io.github.bitgrad.cli;

import java.util.Locale;

/** Formats numbers for people, in the same way in every country. */
public final class Units {
    private static final double BYTES_A_MEBIBYTE = 1 << 20;

    private Units() {
    }

    /** Bytes in MiB, such as {@code 2.65}. */
    public static String mebibytes(long bytes) {
        return format("%.2f", bytes / BYTES_A_MEBIBYTE);
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
