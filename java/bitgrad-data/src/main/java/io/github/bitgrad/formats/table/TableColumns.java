package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.formats.table.CsvFile.Line;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The columns of a table.
 *
 * @param named whether the table has a first line with their names
 * @param names the name of each column; columns without one are called by their numbers, such as {@code column 3}
 * @param label where the column with the classes is, from 0; no column holds classes if it is -1
 * @param texts the columns that hold texts instead of numbers, from 0, each with its different texts in their order
 */
record TableColumns(boolean named, List<String> names, int label, Map<Integer, List<String>> texts) {
    private static final String SEPARATOR = "\t"; // no text has one, because control characters are taken out

    TableColumns {
        names = List.copyOf(names);
        texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
    }

    /** Columns of numbers alone. */
    TableColumns(boolean named, List<String> names, int label) {
        this(named, names, label, Map.of());
    }

    /** {@return the columns, of which some hold texts} */
    TableColumns with(Map<Integer, List<String>> texts) {
        return new TableColumns(named, names, label, texts);
    }

    /**
     * Finds the columns in the first line.
     *
     * @param second the line after it, which has no names, but numbers where columns hold numbers
     * @param labelColumn the column with the classes: its name, or its number from 1; the last one if it is not given
     * @throws BitgradException if there is no such column, or two have one name
     */
    static TableColumns of(CsvFile csv, Line first, Optional<Line> second, Optional<String> labelColumn) {
        int count = first.values().size();
        if (count < 2) {
            throw csv.refusal(first.number(),
                    "there is only one column, but a table has numbers and a class in each line: "
                            + "separate them by commas, semicolons or tabs.");
        }
        int guess = labelColumn.filter(column -> isNumberOfColumn(column, count)).map(Integer::parseInt).orElse(count)
                - 1;
        int[] features = IntStream.range(0, count).filter(column -> column != guess).toArray();
        int[] numbers = IntStream.of(features).filter(column -> second.map(Line::values)
                .filter(values -> column < values.size() && csv.isNumber(values.get(column))).isPresent()).toArray();
        boolean named = isHead(csv, first, numbers.length > 0 ? numbers : features);
        List<String> names = named ? names(csv, first) : unnamed(count);
        int label = labelColumn.map(column -> find(csv, first, names, column)).orElse(guess);
        return new TableColumns(named, names, label);
    }

    /** {@return names for columns that have none} */
    static List<String> unnamed(int count) {
        return IntStream.rangeClosed(1, count).mapToObj("column %s"::formatted).toList();
    }

    /** {@return the columns of a table without names, whose last one holds the classes} */
    static TableColumns unnamedWithClassAtEnd(int count) {
        return new TableColumns(false, unnamed(count), count - 1);
    }

    private static boolean isNumberOfColumn(String column, int count) {
        return column.matches("[0-9]{1,8}") && Integer.parseInt(column) >= 1 && Integer.parseInt(column) <= count;
    }

    /** Half of the values in some columns are words. If only few are, they are mistakes in a line of numbers. */
    private static boolean isHead(CsvFile csv, Line first, int[] columns) {
        long words = IntStream.of(columns).mapToObj(first.values()::get)
                .filter(value -> !csv.isNumber(value) && Numerals.isWord(value)).count();
        return words > 0 && 2 * words >= columns.length;
    }

    private static List<String> names(CsvFile csv, Line first) {
        List<String> names = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (String value : first.values()) {
            String name = value.isBlank() ? "column " + (names.size() + 1) : Names.printable(value.strip());
            Integer before = seen.put(name, names.size() + 1);
            if (before != null) {
                throw csv.refusal(first.number(),
                        "columns %s and %s are both named \"%s\": give each a name of its own."
                                .formatted(before, names.size() + 1, Numerals.shown(name)));
            }
            names.add(name);
        }
        return names;
    }

    private static int find(CsvFile csv, Line first, List<String> names, String column) {
        int found = names.indexOf(column);
        if (found >= 0) {
            return found;
        }
        if (isNumberOfColumn(column, names.size())) {
            return Integer.parseInt(column) - 1;
        }
        throw csv.refusal(first.number(),
                "there is no column \"%s\": give a number from 1 to %s, or a name such as \"%s\"."
                        .formatted(Numerals.shown(column), names.size(), Numerals.shown(Names.similar(column, names))));
    }

    /** {@return where the columns are that do not hold the classes} */
    int[] features() {
        return IntStream.range(0, names.size()).filter(column -> column != label).toArray();
    }

    /** {@return the names of the columns that do not hold the classes} */
    List<String> featureNames() {
        return IntStream.of(features()).mapToObj(names::get).toList();
    }

    /** {@return the different texts of a column; none if it holds numbers} */
    List<String> textsOf(int column) {
        return texts.getOrDefault(column, List.of());
    }

    /**
     * {@return the numbers that a line becomes: one for a column of numbers, and one for each text of a column of texts}
     */
    Values values() {
        List<Integer> features = new ArrayList<>();
        List<Integer> wanted = new ArrayList<>();
        int feature = 0;
        for (int column : features()) {
            for (int text = 0; text < Math.max(1, textsOf(column).size()); text++) {
                features.add(feature);
                wanted.add(texts.containsKey(column) ? text : Values.NUMBER);
            }
            feature++;
        }
        return new Values(features.stream().mapToInt(number -> number).toArray(),
                wanted.stream().mapToInt(number -> number).toArray());
    }

    /**
     * The numbers that a line becomes.
     *
     * @param features from which value of a line each is
     * @param texts for a column of texts, the text at which it is 1, and otherwise 0; {@link #NUMBER} for numbers
     */
    record Values(int[] features, int[] texts) {
        static final int NUMBER = -1;

        int count() {
            return features.length;
        }

        /** @param sample the values of a line, of which a text is its place among the texts of the column */
        double of(double[] sample, int value) {
            double given = sample[features[value]];
            if (texts[value] == NUMBER) {
                return given;
            }
            return given == texts[value] ? 1 : 0;
        }
    }

    /**
     * Finds the columns of this table in another one. If both have names, they are found by these, in any order and
     * among others. Otherwise they are found by their order; then the column with the classes may be missing.
     *
     * @param csv the other table
     * @param first its first line
     * @return where its columns are; the names are those of this table
     * @throws BitgradException if a column is missing
     */
    Found in(CsvFile csv, Line first) {
        int count = first.values().size();
        List<String> there = first.values().stream().map(value -> Names.printable(value.strip())).toList();
        boolean head = named && featureNames().stream().anyMatch(there::contains)
                || isHead(csv, first, numberColumns(count));
        if (named && head) {
            int[] features = IntStream.of(features()).map(column -> {
                int found = there.indexOf(names.get(column));
                if (found < 0) {
                    throw csv.refusal(first.number(),
                            "there is no column \"%s\", which the network was trained on: add it."
                                    .formatted(Numerals.shown(names.get(column))));
                }
                return found;
            }).toArray();
            return new Found(true, features, label < 0 ? -1 : there.indexOf(names.get(label)));
        }
        int numbers = features().length;
        if (count == names.size()) {
            return new Found(head, features(), label);
        }
        if (count == numbers) {
            return new Found(head, IntStream.range(0, numbers).toArray(), -1);
        }
        throw csv.refusal(first.number(),
                "there are %s columns, but the network was trained on %s, without the class: give these."
                        .formatted(count, numbers));
    }

    /** Where numbers are in a table with so many columns: with or without the class, or perhaps everywhere. */
    private int[] numberColumns(int count) {
        int[] features = features();
        if (count == names.size()) {
            return IntStream.of(features).filter(column -> !texts.containsKey(column)).toArray();
        }
        return IntStream.range(0, count)
                .filter(column -> count != features.length || !texts.containsKey(features[column])).toArray();
    }

    /**
     * {@return a line that says how many columns there are, where the class is, and how many columns hold texts, if any
     * does; one for the name of each column; and one for each column of texts, with its number and the texts}
     */
    List<String> lines() {
        String first = "%s %s %s%s".formatted(names.size(), label, named, texts.isEmpty() ? "" : " " + texts.size());
        return Stream.of(Stream.of(first), names.stream(), texts.entrySet().stream()
                .map(column -> column.getKey() + SEPARATOR + String.join(SEPARATOR, column.getValue())))
                .flatMap(lines -> lines).toList();
    }

    /**
     * Makes the object of which these are the {@link #lines()}, and others after them.
     *
     * @throws IllegalArgumentException if they cannot be such lines
     */
    static TableColumns parse(List<String> lines) {
        String[] first = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ");
        int count = first.length == 3 || first.length == 4 ? Integer.parseInt(first[0]) : 0;
        int label = count > 0 ? Integer.parseInt(first[1]) : 0;
        int withTexts = first.length == 4 ? Integer.parseInt(first[3]) : 0;
        if (count < 1 || withTexts < 0 || withTexts > count || count + withTexts >= lines.size() || label < -1
                || label >= count || label >= 0 && count == 1) {
            throw new IllegalArgumentException("There are no columns of a table.");
        }
        Map<Integer, List<String>> texts = new TreeMap<>();
        for (String line : lines.subList(count + 1, count + 1 + withTexts)) {
            List<String> parts = List.of(line.split(SEPARATOR));
            int column = Integer.parseInt(parts.getFirst());
            if (column < 0 || column >= count || column == label || parts.size() < 2
                    || texts.put(column, List.copyOf(parts.subList(1, parts.size()))) != null) {
                throw new IllegalArgumentException("\"%s\" does not give the texts of a column.".formatted(line));
            }
        }
        return new TableColumns(Boolean.parseBoolean(first[2]), lines.subList(1, count + 1), label, texts);
    }

    /**
     * Where the columns are in a table.
     *
     * @param head whether the first line holds their names
     * @param features the columns without the class, in the order of training
     * @param label the column with the classes; -1 if there is none
     */
    record Found(boolean head, int[] features, int label) {
    }
}
