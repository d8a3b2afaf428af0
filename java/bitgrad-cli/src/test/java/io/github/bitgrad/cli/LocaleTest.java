package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing that bitgrad writes depends on the locale: neither file names nor messages nor reports. In Persian, for
 * example, {@code "%d".formatted(1)} is not the ASCII digit 1, and in Turkish {@code "I".toLowerCase()} is not "i".
 */
class LocaleTest {
    private static final List<String> SOURCES = List.of("bindings/src/main", "java/bitgrad/src/main",
            "java/bitgrad-cli/src/main", "java/example", "bench/src/main");

    private static final Pattern COMMENT_OR_TEXT =
            Pattern.compile("/\\*.*?\\*/|//[^\n]*|\"\"\".*?\"\"\"|\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'",
                    Pattern.DOTALL);
    /** {@code %s}, {@code %x} and {@code %n} do not depend on the locale; all other conversions do. */
    private static final Pattern LOCALE_IN_TEXT =
            Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(<\\d]*(?:\\.\\d+)?[a-zA-Z&&[^sxn]]");
    private static final Pattern WITH_LOCALE = Pattern.compile("\\bUnits\\.format\\(|Locale\\.ROOT");
    private static final Pattern LOCALE_IN_CODE = Pattern.compile("\\.to(Lower|Upper)Case\\(\\)|\\.printf\\("
            + "|\\bString\\.format\\((?!Locale\\.ROOT)|\\b(System\\.(out|err)|writer|out|err)\\.format\\("
            + "|\\b(NumberFormat|DecimalFormat|DateFormat|SimpleDateFormat|DateTimeFormatter|MessageFormat|Scanner"
            + "|Formatter|Collator)\\b");

    @ParameterizedTest
    @ValueSource(strings = {"""
            x = "a %d b".formatted(1);""", """
            x = "a %,d".formatted(1);""", """
            x = "%.2f".formatted(1.0);""", """
            x = "%-5e".formatted(1.0);""", """
            x = "%1$tY".formatted(now);""", """
            x = text.toLowerCase();""", """
            out.printf("%s", 1);""", """
            x = String.format("%s", 1);""", """
            x = NumberFormat.getInstance();""", """
            y = Units.format("%d", 1); x = "%d".formatted(1);"""})
    void whatDependsOnTheLocaleIsFound(String source) {
        assertThat(faults(source)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
            x = "a %s b %08x, 5 %%, %n".formatted(1, 2);""", """
            x = Units.format("%d of " + "%.2f", 1, 2.0);""", """
            x = String.format(Locale.ROOT, "%d", 1);""", """
            x = text.toLowerCase(Locale.ROOT); // not toLowerCase() or "%d\"""", """
            catch (NumberFormatException e) { }"""})
    void whatDoesNotIsLeft(String source) {
        assertThat(faults(source)).isEmpty();
    }

    @Test
    void noSourceDependsOnTheLocale() throws IOException {
        Path root = Path.of("..", "..");
        List<String> faults = new ArrayList<>();
        for (String folder : SOURCES) {
            try (Stream<Path> files = Files.walk(root.resolve(folder))) {
                for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    // The one place where a locale is chosen.
                    if (!file.endsWith("Units.java")) {
                        faults(Files.readString(file)).forEach(fault -> faults.add(file + ": " + fault));
                    }
                }
            }
        }
        assertThat(faults).as("format numbers with %s or Units.format, and name Locale.ROOT").isEmpty();
    }

    private static List<String> faults(String source) {
        List<String> faults = new ArrayList<>();
        StringBuilder code = new StringBuilder();
        Matcher matcher = COMMENT_OR_TEXT.matcher(source);
        while (matcher.find()) {
            matcher.appendReplacement(code, matcher.group().startsWith("/") ? "" : "\"\"");
            if (matcher.group().startsWith("\"") && LOCALE_IN_TEXT.matcher(matcher.group().replace("%%", "")).find()
                    && !WITH_LOCALE.matcher(statement(code)).find()) {
                faults.add(matcher.group());
            }
        }
        matcher.appendTail(code);
        LOCALE_IN_CODE.matcher(code).results().forEach(found -> faults.add(found.group()));
        return faults;
    }

    /** The last statement that code has begun. */
    private static String statement(StringBuilder code) {
        return code
                .substring(Math.max(code.lastIndexOf(";"), Math.max(code.lastIndexOf("{"), code.lastIndexOf("}"))) + 1);
    }
}
