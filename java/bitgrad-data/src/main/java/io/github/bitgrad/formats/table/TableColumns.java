package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.formats.table.CsvFile.Line;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The columns of a table.
 *
 * @param named whether the table has a first line with their names
 * @param names the name of each column; columns without one are called by their numbers, such as {@code column 3}
 * @param label where the column with the classes is, from 0; no column holds classes if it is -1
 */
record TableColumns(boolean named, List<String> names, int label) {
    TableColumns {
        names = List.copyOf(names);
    }

    /**
     * Finds the columns in the first line.
     *
     * @param labelColumn the column with the classes: its name, or its number from 1; the last one if it is not given
     * @throws BitgradException if there is no such column, or two have one name
     */
    static TableColumns of(CsvFile csv, Line first, Optional<String> labelColumn) {
        int count = first.values().size();
        if (count < 2) {
            throw csv.refusal(first.number(),
                    "there is only one column, but a table has numbers and a class in each line: "
                            + "separate them by commas, semicolons or tabs.");
        }
        int guess = labelColumn.filter(column -> isNumberOfColumn(column, count)).map(Integer::parseInt).orElse(count)
                - 1;
        boolean named = isHead(csv, first, guess);
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

    /** Half of the values, apart from the class, are words. If only few are, they are mistakes in a line of numbers. */
    static boolean isHead(CsvFile csv, Line first, int label) {
        int count = first.values().size();
        long words = IntStream.range(0, count).filter(column -> column != label).mapToObj(first.values()::get)
                .filter(value -> !csv.isNumber(value) && Numerals.isWord(value)).count();
        return words > 0 && 2 * words >= count - (label < 0 ? 0 : 1);
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

    /** {@return where the columns are that hold numbers} */
    int[] features() {
        return IntStream.range(0, names.size()).filter(column -> column != label).toArray();
    }

    /** {@return the names of the columns that hold numbers} */
    List<String> featureNames() {
        return IntStream.of(features()).mapToObj(names::get).toList();
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
        boolean head = isHead(csv, first, count == names.size() ? label : -1);
        if (named && head) {
            List<String> there = first.values().stream().map(value -> Names.printable(value.strip())).toList();
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

    /** {@return a line that says how many columns there are and where the class is, and one for the name of each} */
    List<String> lines() {
        return Stream.concat(Stream.of("%s %s %s".formatted(names.size(), label, named)), names.stream()).toList();
    }

    /**
     * Makes the object of which these are the {@link #lines()}, and others after them.
     *
     * @throws IllegalArgumentException if they cannot be such lines
     */
    static TableColumns parse(List<String> lines) {
        String[] first = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ");
        int count = first.length == 3 ? Integer.parseInt(first[0]) : 0;
        int label = count > 0 ? Integer.parseInt(first[1]) : 0;
        if (count < 1 || count >= lines.size() || label < -1 || label >= count || label >= 0 && count == 1) {
            throw new IllegalArgumentException("There are no columns of a table.");
        }
        return new TableColumns(Boolean.parseBoolean(first[2]), lines.subList(1, count + 1), label);
    }

    /**
     * Where the columns are in a table.
     *
     * @param head whether the first line holds their names
     * @param features the columns with numbers, in the order of training
     * @param label the column with the classes; -1 if there is none
     */
    record Found(boolean head, int[] features, int label) {
    }
}
