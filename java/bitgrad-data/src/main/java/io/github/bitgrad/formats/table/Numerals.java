package io.github.bitgrad.formats.table;

import io.github.bitgrad.Names;
import java.util.Locale;
import java.util.Set;

/** Reads numbers that people have written, and says what is wrong with those that are none. */
final class Numerals {
    private static final Set<String> MISSING = Set.of("", "?", "-", "na", "n/a", "null", "none");
    private static final Set<String> NOT_FINITE =
            Set.of("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity");
    private static final int LONGEST_SHOWN = 40;

    private Numerals() {
    }

    /** {@return whether the text is a finite number, such as 5, -0.25 or 1e-3} */
    static boolean isNumber(String text) {
        return Double.isFinite(parse(text));
    }

    /** {@return the number; NaN if the text is not a number, and infinite if it is one that a float32 cannot hold} */
    static double parse(String text) {
        String stripped = text.strip();
        // Double.parseDouble also takes 1f, 0x1p0 and Infinity, which nobody means in data.
        if (stripped.isEmpty() || !stripped.chars().allMatch(c -> c >= '0' && c <= '9' || "+-.eE".indexOf(c) >= 0)) {
            return Double.NaN;
        }
        try {
            double number = Double.parseDouble(stripped);
            return Math.abs(number) <= Float.MAX_VALUE ? number : Double.POSITIVE_INFINITY;
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }

    /** {@return whether the text is neither a number nor says that one is missing} */
    static boolean isWord(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        return !MISSING.contains(word) && !NOT_FINITE.contains(word) && Double.isNaN(parse(text));
    }

    /** {@return what is wrong with a text that should be a finite number, and what to do, as the end of a sentence} */
    static String fault(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        if (MISSING.contains(word)) {
            return "has no value (\"%s\"): fill it in, or leave the line out.".formatted(text.strip());
        }
        if (NOT_FINITE.contains(word) || Double.isInfinite(parse(text))) {
            return "is %s, which is not a finite number: mend it, or leave the line out.".formatted(shown(text));
        }
        return "is \"%s\", which is not a number: give numbers.".formatted(shown(text));
    }

    /** {@return a text from a file as it is shown in a message} */
    static String shown(String text) {
        String line = Names.printable(text.strip());
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "…";
    }
}
