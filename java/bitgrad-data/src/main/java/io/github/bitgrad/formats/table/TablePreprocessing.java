package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes images of the lines of a table. An image has one row, a pixel for each number, and a channel for each byte that a
 * number becomes. A column of numbers has one number in each line. A column of texts, such as colours, has as many as
 * there are different texts: 1 for the text that is in the line, and 0 for all others. The scale of each number was
 * learned from training lines. A text that the network was not trained with is an error.
 */
public final class TablePreprocessing implements Preprocessing {
    private final TableColumns columns;
    private final TableColumns.Values values;
    private final Encoding encoding;

    private TablePreprocessing(TableColumns columns, Encoding encoding) {
        this.columns = columns;
        values = columns.values();
        this.encoding = encoding;
    }

    /**
     * Learns the scale of each column.
     *
     * @param columns the columns of the table
     * @param training the values of the training lines, as a {@link Table} has them; at least one line
     */
    static TablePreprocessing learn(TableColumns columns, List<double[]> training, Normalisation normalisation) {
        TableColumns.Values values = columns.values();
        return new TablePreprocessing(columns, Encoding.learn(normalisation, values.count(),
                value -> training.stream().mapToDouble(sample -> values.of(sample, value)).toArray()));
    }

    /** {@return the columns of the table} */
    TableColumns columns() {
        return columns;
    }

    @Override
    public String kind() {
        return TableKind.NAME;
    }

    /** {@return a line that says where the class is, a line for each column's name, and those of the scales} */
    @Override
    public String text() {
        return String.join("\n",
                Stream.concat(columns.lines().stream(), encoding.lines().stream()).toList());
    }

    /** @throws IllegalArgumentException if this is not such a text */
    static TablePreprocessing parse(String text) {
        List<String> lines = text.lines().toList();
        TableColumns columns = TableColumns.parse(lines);
        Encoding encoding = Encoding.parse(lines.subList(columns.lines().size(), lines.size()));
        if (encoding.columns() != columns.values().count()) {
            throw new IllegalArgumentException("There are %s numbers in a line, but %s scales."
                    .formatted(columns.values().count(), encoding.columns()));
        }
        return new TablePreprocessing(columns, encoding);
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(1, encoding.columns(), encoding.bytesOfNumber());
    }

    /**
     * Reads a table. Columns are found by their names, in any order and among other columns. If the table, or the one
     * that the network was trained on, has no names, it must have the same columns in the same order; the one with the
     * classes may be missing.
     *
     * @return an image for each line
     * @throws BitgradException if the file is not such a table; the message names the line
     */
    @Override
    public List<Input> read(Path file) {
        return TextFile.read(file, text -> {
            CsvFile csv = new CsvFile(file, text);
            Table.Rows rows = Table.rowsLike(csv, columns);
            List<Input> inputs = new ArrayList<>();
            for (int i = 0; i < rows.samples().size(); i++) {
                inputs.add(new Input("%s, line %s".formatted(file, rows.line(i)), bytes(rows.samples().get(i))));
            }
            if (inputs.isEmpty()) {
                throw new BitgradException("%s has no line with numbers: put a table there.".formatted(file));
            }
            return inputs;
        });
    }

    /**
     * Makes the bytes of a line.
     *
     * @param sample a finite number for each column, in the order of training, without the class; for a column of texts,
     *            the place of the text among those of the column in alphabetical order, from 0
     * @throws IllegalArgumentException if there are more or fewer numbers, one is not finite, or a text is not known
     */
    @Override
    public byte[] bytes(float[] sample) {
        return bytes(IntStream.range(0, sample.length).mapToDouble(column -> sample[column]).toArray());
    }

    byte[] bytes(double[] sample) {
        int[] features = columns.features();
        if (sample.length != features.length) {
            throw new IllegalArgumentException("A sample must have %s numbers, but has %s."
                    .formatted(features.length, sample.length));
        }
        for (int i = 0; i < sample.length; i++) {
            if (!Double.isFinite(sample[i])) {
                throw new IllegalArgumentException("Number %s of a sample is %s, but must be finite."
                        .formatted(i + 1, sample[i]));
            }
            List<String> texts = columns.textsOf(features[i]);
            if (!texts.isEmpty() && (sample[i] != Math.rint(sample[i]) || sample[i] < 0 || sample[i] >= texts.size())) {
                throw new IllegalArgumentException(
                        "Number %s of a sample is %s, but must be a whole number from 0 to %s, the place of a text among %s."
                                .formatted(i + 1, sample[i], texts.size() - 1, ClassNames.listed(texts)));
            }
        }
        byte[] bytes = new byte[values.count() * encoding.bytesOfNumber()];
        for (int value = 0; value < values.count(); value++) {
            encoding.encode(value, values.of(sample, value), bytes, value * encoding.bytesOfNumber());
        }
        return bytes;
    }

    /**
     * {@inheritDoc} Beside two hidden binary layers, a layer with real weights leads from the input to the output, because
     * in many tables most of what there is to know is a weighted sum of the columns.
     */
    @Override
    public Optional<Recipe> recipe() {
        return Optional.of(new Recipe("""
                network table
                dense1       dense units=512
                dense1.norm  batchNorm
                             sign
                dense2       dense units=classes
                dense2.norm  batchNorm
                linear       realDense units=classes       < input
                             add                           < dense2.norm linear
                """, 100, 20));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TablePreprocessing table && table.text().equals(text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }
}
