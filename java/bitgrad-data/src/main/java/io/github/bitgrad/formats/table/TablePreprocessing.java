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
 * Makes images of the lines of a table. An image has one row, a pixel for each column of numbers, and a channel for each
 * byte that a number becomes. The scale of each column was learned from training lines.
 */
public final class TablePreprocessing implements Preprocessing {
    private final TableColumns columns;
    private final Encoding encoding;

    private TablePreprocessing(TableColumns columns, Encoding encoding) {
        this.columns = columns;
        this.encoding = encoding;
    }

    /**
     * Learns the scale of each column.
     *
     * @param columns the columns of the table
     * @param training the numbers of the training lines, without the class; at least one line
     */
    static TablePreprocessing learn(TableColumns columns, List<double[]> training, Normalisation normalisation) {
        return new TablePreprocessing(columns, Encoding.learn(normalisation, columns.features().length,
                column -> training.stream().mapToDouble(sample -> sample[column]).toArray()));
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
        if (encoding.columns() != columns.features().length) {
            throw new IllegalArgumentException("There are %s columns of numbers, but %s scales."
                    .formatted(columns.features().length, encoding.columns()));
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
     * @param sample a finite number for each column, in the order of training, without the class
     * @throws IllegalArgumentException if there are more or fewer numbers, or one is not finite
     */
    @Override
    public byte[] bytes(float[] sample) {
        return bytes(IntStream.range(0, sample.length).mapToDouble(column -> sample[column]).toArray());
    }

    byte[] bytes(double[] sample) {
        if (sample.length != encoding.columns()) {
            throw new IllegalArgumentException("A sample must have %s numbers, but has %s."
                    .formatted(encoding.columns(), sample.length));
        }
        byte[] bytes = new byte[sample.length * encoding.bytesOfNumber()];
        for (int column = 0; column < sample.length; column++) {
            if (!Double.isFinite(sample[column])) {
                throw new IllegalArgumentException("Number %s of a sample is %s, but must be finite."
                        .formatted(column + 1, sample[column]));
            }
            encoding.encode(column, sample[column], bytes, column * encoding.bytesOfNumber());
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
