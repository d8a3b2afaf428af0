package io.github.bitgrad.cli;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an amount of memory, such as {@code 64MiB}. */
final class MemorySize implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}) ?(KiB|MiB|GiB|B)");
    private static final Map<String, Integer> SHIFTS = Map.of("B", 0, "KiB", 10, "MiB", 20, "GiB", 30);

    @Override
    public Long convert(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches() && Long.parseLong(form.group(1)) > 0) {
            return Long.parseLong(form.group(1)) << SHIFTS.get(form.group(2));
        }
        throw new TypeConversionException(
                "'%s' is not a whole number of KiB, MiB or GiB, such as 64MiB".formatted(text));
    }
}
