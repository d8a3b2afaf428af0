package io.github.bitgrad.formats.table;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;

/**
 * The lines of a table in a text file, whose values are separated by commas, semicolons or tabs; which of them it is
 * is told by the first line. Values may be quoted by {@code "}. Where commas separate no values, they may be decimal
 * commas.
 */
final class CsvFile implements Iterator<CsvFile.Line> {
    /** The endings of the names of such files, in lower case. */
    private static final List<String> ENDINGS = List.of(".csv", ".tsv", ".csv.gz", ".tsv.gz");
    private static final int MOST_COLUMNS = 1 << 21;
    private static final int LONGEST_VALUE = 1 << 16;
    /** Characters; 2²¹ columns with 31 characters each. */
    private static final int LONGEST_LINE = 1 << 26;
    private static final int LOOKED_AT = 1 << 16;

    /**
     * One line.
     *
     * @param number from 1; quoted values may go over several lines of the file, then that of the first one
     * @param values as they are in the file, without quotes
     */
    record Line(long number, List<String> values) {
    }

    private final Path file;
    private final boolean decimalComma;
    private final Iterator<CsvRecord> records;

    CsvFile(Path file, BufferedReader text) throws IOException {
        this.file = file;
        char separator = separator(text);
        decimalComma = separator != ',';
        records = CsvReader.builder().fieldSeparator(separator).allowExtraFields(true).allowMissingFields(true)
                .skipEmptyLines(true).maxBufferSize(LONGEST_VALUE * 4)
                .build(CsvRecordHandler.builder().maxFields(MOST_COLUMNS).maxFieldSize(LONGEST_VALUE)
                        .maxRecordSize(LONGEST_LINE).build(), text)
                .iterator();
    }

    static boolean isNamedAsTable(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith);
    }

    private static char separator(BufferedReader text) throws IOException {
        text.mark(LOOKED_AT);
        char[] beginning = new char[LOOKED_AT];
        int count = Math.max(0, text.read(beginning, 0, LOOKED_AT));
        text.reset();
        boolean quoted = false;
        boolean tab = false;
        for (int i = 0; i < count; i++) {
            char c = beginning[i];
            quoted ^= c == '"';
            if (!quoted && c == ';') {
                return ';';
            }
            tab |= !quoted && c == '\t';
            if (!quoted && c == '\n' && !new String(beginning, 0, i).isBlank()) {
                break;
            }
        }
        return tab ? '\t' : ',';
    }

    @Override
    public boolean hasNext() {
        try {
            return records.hasNext();
        } catch (CsvParseException wrong) {
            throw refusal(wrong);
        }
    }

    @Override
    public Line next() {
        try {
            CsvRecord record = records.next();
            return new Line(record.getStartingLineNumber(), record.getFields());
        } catch (CsvParseException wrong) {
            throw refusal(wrong);
        } catch (NoSuchElementException end) {
            throw new BitgradException("%s has no line with values: put a table there.".formatted(file), end);
        }
    }

    private BitgradException refusal(CsvParseException wrong) {
        if (wrong.getCause() instanceof UncheckedIOException unreadable) {
            throw unreadable;
        }
        String cause = wrong.getCause() == null ? wrong.getMessage() : wrong.getCause().getMessage();
        return new BitgradException("%s is not a table that can be read (%s): mend the file.".formatted(file,
                Names.printable(String.valueOf(cause)).replaceAll("[.]$", "")), wrong);
    }

    /**
     * The number at a place.
     *
     * @param column from 0
     * @param name what messages call the column
     * @throws BitgradException if it is not a finite number; the message names the file, the line and the column
     */
    double number(Line line, int column, String name) {
        String text = line.values().get(column);
        double number = Numerals.parse(plain(text));
        if (!Double.isFinite(number)) {
            throw refusal(line.number(), "%s %s".formatted(name, Numerals.fault(text)));
        }
        return number;
    }

    /** {@return whether a value is a finite number} */
    boolean isNumber(String value) {
        return Numerals.isNumber(plain(value));
    }

    private String plain(String text) {
        return decimalComma ? text.replace(',', '.') : text;
    }

    /** {@return an error in a line} */
    BitgradException refusal(long line, String sentence) {
        return new BitgradException("%s, line %s: %s".formatted(file, line, sentence));
    }
}
