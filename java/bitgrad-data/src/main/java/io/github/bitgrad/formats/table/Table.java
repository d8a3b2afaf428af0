package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.formats.table.CsvFile.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The samples of a table, as numbers. A text is the place that it has among the texts of its column, from 0.
 *
 * @param file where they are from
 * @param columns its columns
 * @param samples the values of each line, without the class
 * @param classNames the names of the classes, in the order of the labels
 * @param labels the class of each line
 */
record Table(Path file, TableColumns columns, List<double[]> samples, List<String> classNames, int[] labels) {
    /** From so many lines on, as many classes as lines are no classes, but numbers or names. */
    private static final int LINES_WITH_CLASSES = 20;

    /**
     * Reads a table whose columns are not known yet.
     *
     * @param labelColumn the column with the classes: its name, or its number from 1; the last one if it is not given
     * @param classNames the classes that there can be; those of the table if they are not given
     * @throws BitgradException if the file is not a table of numbers with classes; the message names the line
     */
    static Table read(Path file, Optional<String> labelColumn, Optional<List<String>> classNames) {
        return TextFile.read(file, text -> {
            Rows rows = new Rows(new CsvFile(file, text));
            TableColumns columns = rows.classes().isPresent()
                    ? TableColumns.unnamedWithClassAtEnd(rows.model().values().size())
                    : TableColumns.of(rows.csv, rows.model(), rows.second, labelColumn);
            rows.read(columns, new TableColumns.Found(columns.named(), columns.features(), columns.label()),
                    Optional.empty());
            return rows.table(file, rows.withTexts(columns), classNames.or(rows::classes));
        });
    }

    /**
     * Reads a table that has the columns of another one.
     *
     * @param like the columns
     * @param classNames the classes that there can be
     * @throws BitgradException if the file is not such a table
     */
    static Table read(Path file, TableColumns like, List<String> classNames) {
        return TextFile.read(file, text -> {
            Rows rows = rowsLike(new CsvFile(file, text), like);
            if (rows.found.label() < 0) {
                throw new BitgradException("%s has no column with classes, so nothing can be learned or tested: add it."
                        .formatted(file));
            }
            return rows.table(file, like, Optional.of(classNames));
        });
    }

    /** {@return a table of some of the lines} */
    Table subset(int[] lines) {
        return new Table(file, columns, IntStream.of(lines).mapToObj(samples::get).toList(), classNames,
                IntStream.of(lines).map(line -> labels[line]).toArray());
    }

    /** {@return the lines of a table that has the columns of another one, with the class or without} */
    static Rows rowsLike(CsvFile csv, TableColumns like) {
        Rows rows = new Rows(csv);
        rows.read(like, like.in(csv, rows.model()), Optional.of(like));
        return rows;
    }

    /** The lines of a table, one after the other. */
    static final class Rows {
        private final CsvFile csv;
        private final Line first;
        private final Optional<Line> second;
        /** As tables of scikit-learn name them in the first line. */
        private final Optional<List<String>> namedClasses;
        private final List<double[]> samples = new ArrayList<>();
        private final List<String> classes = new ArrayList<>();
        private final List<Long> lines = new ArrayList<>();
        private TableColumns.Found found;
        private List<String> names;
        private boolean isKnown;
        /** The columns of texts, by their places among those without the class. */
        private final Map<Integer, TextColumn> texts = new TreeMap<>();

        Rows(CsvFile csv) {
            this.csv = csv;
            first = csv.next();
            second = csv.hasNext() ? Optional.of(csv.next()) : Optional.empty();
            namedClasses = second.flatMap(line -> namesOfClasses(csv, first, line));
        }

        /**
         * The names of classes, if the first line is as in the tables of scikit-learn: the number of lines, the number of
         * columns without the class, and the name of each class.
         */
        private static Optional<List<String>> namesOfClasses(CsvFile csv, Line first, Line second) {
            List<String> values = first.values();
            List<String> names = values.stream().skip(2).map(String::strip).toList();
            boolean counts = values.size() > 3 && values.get(0).matches("[0-9]{1,9}")
                    && values.get(1).equals(Integer.toString(second.values().size() - 1))
                    && second.values().getLast().strip().matches("[0-9]{1,5}");
            return counts && names.stream().noneMatch(csv::isNumber) ? Optional.of(names) : Optional.empty();
        }

        private Optional<List<String>> classes() {
            return namedClasses;
        }

        /** The first line with the columns of the table. */
        private Line model() {
            return namedClasses.isPresent() ? second.orElseThrow() : first;
        }

        /** @param known the columns with their texts; if they are not given, the first values tell which hold texts */
        private void read(TableColumns like, TableColumns.Found where, Optional<TableColumns> known) {
            names = like.featureNames();
            found = where;
            isKnown = known.isPresent();
            int[] features = like.features();
            for (int i = 0; isKnown && i < features.length; i++) {
                if (!like.textsOf(features[i]).isEmpty()) {
                    texts.put(i, TextColumn.known(like.textsOf(features[i])));
                }
            }
            if (namedClasses.isEmpty() && !found.head()) {
                add(first);
            }
            second.ifPresent(this::add);
            while (csv.hasNext()) {
                add(csv.next());
            }
            namedClasses.ifPresent(this::nameClasses);
        }

        private void add(Line line) {
            if (line.values().size() != model().values().size()) {
                throw csv.refusal(line.number(), "there are %s values, but line %s has %s: mend the line."
                        .formatted(line.values().size(), model().number(), model().values().size()));
            }
            double[] sample = new double[found.features().length];
            for (int i = 0; i < sample.length; i++) {
                int column = found.features()[i];
                String value = line.values().get(column);
                if (!isKnown && samples.isEmpty() && Numerals.isWord(value) && !csv.isNumber(value)) {
                    texts.put(i, TextColumn.learning());
                }
                sample[i] = texts.containsKey(i)
                        ? texts.get(i).place(csv, line, column, names.get(i))
                        : csv.number(line, column, names.get(i));
            }
            samples.add(sample);
            if (found.label() >= 0) {
                String name = line.values().get(found.label()).strip();
                if (name.isEmpty()) {
                    throw csv.refusal(line.number(),
                            "there is no class in column %s: fill it in, or leave the line out."
                                    .formatted(found.label() + 1));
                }
                classes.add(name);
            }
            lines.add(line.number());
        }

        List<double[]> samples() {
            return samples;
        }

        /** Brings the texts that were found into their order. */
        private TableColumns withTexts(TableColumns columns) {
            Map<Integer, List<String>> ordered = new TreeMap<>();
            texts.forEach((i, column) -> {
                List<String> all = column.ordered();
                int number = columns.features()[i];
                ordered.put(number, all);
                samples.forEach(sample -> sample[i] = all.indexOf(column.text((int) sample[i])));
                if (columns.named() && texts.size() == columns.features().length
                        && all.contains(columns.names().get(number))) {
                    throw csv.refusal(first.number(),
                            "\"%s\" is taken as the name of a column, but is a value of the column too: put a line with the names of the columns first."
                                    .formatted(Numerals.shown(columns.names().get(number))));
                }
            });
            return columns.with(ordered);
        }

        long line(int sample) {
            return lines.get(sample);
        }

        /** Puts names in the place of the numbers of classes. */
        private void nameClasses(List<String> given) {
            if (!first.values().getFirst().equals(Integer.toString(samples.size()))) {
                throw csv.refusal(first.number(), "it says that %s lines follow, but %s do: put a whole copy there."
                        .formatted(first.values().getFirst(), samples.size()));
            }
            for (int i = 0; i < classes.size(); i++) {
                String number = classes.get(i);
                if (!number.matches("[0-9]{1,5}") || Integer.parseInt(number) >= given.size()) {
                    throw csv.refusal(lines.get(i), "there is no class %s: line 1 names %s, from 0."
                            .formatted(Numerals.shown(number), given.size()));
                }
                classes.set(i, given.get(Integer.parseInt(number)));
            }
        }

        private Table table(Path file, TableColumns columns, Optional<List<String>> given) {
            if (samples.isEmpty()) {
                throw new BitgradException("%s has no line with numbers: put a table there.".formatted(file));
            }
            List<String> classNames = given.orElseGet(() -> ClassNames.ordered(classes));
            if (given.isEmpty()) {
                requireClasses(file, columns, classNames);
            }
            Map<String, Integer> numbers = ClassNames.numbers(classNames);
            int[] labels = new int[classes.size()];
            for (int i = 0; i < labels.length; i++) {
                Integer label = numbers.get(classes.get(i));
                if (label == null) {
                    throw csv.refusal(lines.get(i), "no training sample has the class \"%s\"; classes are %s."
                            .formatted(Numerals.shown(classes.get(i)), ClassNames.listed(classNames)));
                }
                labels[i] = label;
            }
            return new Table(file, columns, samples, classNames, labels);
        }

        private void requireClasses(Path file, TableColumns columns, List<String> classNames) {
            String label = columns.names().get(columns.label());
            if (classNames.size() == 1) {
                throw new BitgradException(
                        "All lines of %s have \"%s\" as their class (%s), so there is nothing to tell apart: name another column."
                                .formatted(file, Numerals.shown(classNames.getFirst()), label));
            }
            if (classNames.size() == samples.size() && samples.size() >= LINES_WITH_CLASSES) {
                throw new BitgradException(
                        "Every line of %s has a class of its own (%s), so these are no classes: name another column."
                                .formatted(file, label));
            }
        }
    }
}
