package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes images of time series. An image has a row for each step, one pixel in a row, and in the channels of the pixel
 * the bytes of each value and of its difference to the value of the step before. The scale of each channel, and of its
 * differences, was learned from training series. A series that is too short is lengthened by its last values.
 */
public final class SeriesPreprocessing implements Preprocessing {
    private static final int MOST_CONVOLUTIONS = 3;

    private final int steps;
    private final TableColumns columns;
    private final Encoding encoding;

    private SeriesPreprocessing(int steps, TableColumns columns, Encoding encoding) {
        this.steps = steps;
        this.columns = columns;
        this.encoding = encoding;
    }

    /**
     * Learns the scales.
     *
     * @param steps the rows of an image
     * @param columns the columns of a table in which each line is a step
     * @param training the training series, at least one
     */
    static SeriesPreprocessing learn(int steps, TableColumns columns, SeriesSamples training,
            Normalisation normalisation) {
        int channels = training.channels();
        return new SeriesPreprocessing(steps, columns, Encoding.learn(normalisation, 2 * channels,
                column -> training.samples().stream().flatMapToDouble(sample -> column < channels
                        ? Arrays.stream(sample[column])
                        : differences(sample[column - channels])).toArray()));
    }

    private static DoubleStream differences(double[] values) {
        return values.length == 1
                ? DoubleStream.of(0)
                : IntStream.range(1, values.length).mapToDouble(step -> values[step] - values[step - 1]);
    }

    @Override
    public String kind() {
        return SeriesKind.NAME;
    }

    /** {@return lines with the number of steps, the columns and the scales} */
    @Override
    public String text() {
        return String.join("\n", Stream.of(Stream.of(Integer.toString(steps)), columns.lines().stream(),
                encoding.lines().stream()).flatMap(lines -> lines).toList());
    }

    /** @throws IllegalArgumentException if this is not such a text */
    static SeriesPreprocessing parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.size() < 2) {
            throw new IllegalArgumentException("There are no steps and columns of a series.");
        }
        int steps = Integer.parseInt(lines.getFirst());
        TableColumns columns = TableColumns.parse(lines.subList(1, lines.size()));
        Encoding encoding = Encoding.parse(lines.subList(1 + columns.lines().size(), lines.size()));
        if (!columns.texts().isEmpty() || encoding.columns() != 2 * columns.features().length) {
            throw new IllegalArgumentException("There are %s channels, but %s scales."
                    .formatted(columns.features().length, encoding.columns()));
        }
        SeriesPreprocessing series = new SeriesPreprocessing(steps, columns, encoding);
        series.shape();
        return series;
    }

    /** {@return the number of values at each step} */
    int channels() {
        return columns.features().length;
    }

    /** {@return the columns of a table in which each line is a step} */
    TableColumns columns() {
        return columns;
    }

    /** {@return how many bytes a number becomes} */
    int bytesOfNumber() {
        return encoding.bytesOfNumber();
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(steps, 1, Math.multiplyExact(encoding.columns(), encoding.bytesOfNumber()));
    }

    /**
     * Reads time series: a file {@code .ts}, with classes or without, or a table (CSV) in which each line is a step.
     * Such a table is cut into windows that do not overlap. Lines at its end that fill no window are an error.
     *
     * @return an image for each series or window
     * @throws BitgradException if the file is not such a file; the message names the line
     */
    @Override
    public List<Input> read(Path file) {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".ts")) {
            SeriesSamples series = TsFile.read(file, Optional.empty());
            requireFitting(series);
            List<Input> inputs = new ArrayList<>();
            for (int i = 0; i < series.samples().size(); i++) {
                inputs.add(new Input(series.places().get(i), bytes(series.samples().get(i))));
            }
            return inputs;
        }
        return TextFile.read(file, text -> windows(file, Table.rowsLike(new CsvFile(file, text), columns)));
    }

    private List<Input> windows(Path file, Table.Rows rows) {
        int count = rows.samples().size();
        if (count == 0 || count % steps != 0) {
            throw new BitgradException(
                    "%s has %s lines with values, but a sample has %s steps: give a multiple of them."
                            .formatted(file, count, steps));
        }
        List<Input> inputs = new ArrayList<>();
        for (int first = 0; first < count; first += steps) {
            inputs.add(new Input("%s, lines %s to %s".formatted(file, rows.line(first), rows.line(first + steps - 1)),
                    bytes(StreamWindows.window(rows.samples(), first, steps))));
        }
        return inputs;
    }

    /** @throws BitgradException if series have other channels, or one is too long; the message names it */
    void requireFitting(SeriesSamples series) {
        if (series.channels() != channels()) {
            throw new BitgradException(
                    "The series of %s have %s channels, but those of the training have %s: take both from one data set."
                            .formatted(series.name(), series.channels(), channels()));
        }
        for (int i = 0; i < series.samples().size(); i++) {
            int length = series.samples().get(i)[0].length;
            if (length > steps) {
                throw new BitgradException(
                        "%s: the series has %s steps, but the longest in training has %s: shorten it."
                                .formatted(series.places().get(i), length, steps));
            }
        }
    }

    /**
     * Makes the bytes of a series.
     *
     * @param sample the finite values of the first step, one for each channel, then those of the next step, and so on
     * @throws IllegalArgumentException if these are no whole steps, too many of them, or one is not finite
     */
    @Override
    public byte[] bytes(float[] sample) {
        int channels = channels();
        int length = sample.length / channels;
        if (sample.length == 0 || sample.length % channels != 0 || length > steps) {
            throw new IllegalArgumentException(
                    "A sample must have %s values for each of 1 to %s steps, but has %s values."
                            .formatted(channels, steps, sample.length));
        }
        double[][] series = new double[channels][length];
        for (int i = 0; i < sample.length; i++) {
            if (!Float.isFinite(sample[i])) {
                throw new IllegalArgumentException(
                        "Number %s of a sample is %s, but must be finite.".formatted(i + 1, sample[i]));
            }
            series[i % channels][i / channels] = sample[i];
        }
        return bytes(series);
    }

    /** @param series [channel][step], with at most as many steps as an image has rows */
    byte[] bytes(double[][] series) {
        int channels = series.length;
        int size = encoding.bytesOfNumber();
        byte[] bytes = new byte[shape().values()];
        int at = 0;
        for (int step = 0; step < steps; step++) {
            for (int column = 0; column < 2 * channels; column++) {
                double[] values = series[column % channels];
                double value = values[Math.min(step, values.length - 1)];
                if (column >= channels) {
                    value -= values[Math.min(Math.max(step - 1, 0), values.length - 1)];
                }
                encoding.encode(column, value, bytes, at);
                at += size;
            }
        }
        return bytes;
    }

    /** {@inheritDoc} It has up to three convolutions along the steps, each followed by pooling of two steps. */
    @Override
    public Optional<Recipe> recipe() {
        StringBuilder network = new StringBuilder("network series\n");
        int rows = steps;
        for (int number = 1; number <= MOST_CONVOLUTIONS && rows >= 2; number++) {
            network.append("""
                    conv%1$s       binaryConvolution channels=64 kernel=9x1 padding=4x0
                    conv%1$s.norm  batchNorm
                                sign
                                maxPool size=2x1
                    """.formatted(number));
            rows /= 2;
        }
        network.append("""
                dense1       dense units=256
                dense1.norm  batchNorm
                             sign
                dense2       dense units=classes
                dense2.norm  batchNorm
                """);
        return Optional.of(new Recipe(network.toString(), 60, 10));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeriesPreprocessing series && series.text().equals(text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }
}
