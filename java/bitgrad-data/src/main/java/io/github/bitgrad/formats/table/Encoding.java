package io.github.bitgrad.formats.table;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes bytes of the numbers of some columns. A column has knots, which rise. The position u of a number on the scale
 * of its column is 0 at the first knot and below it, 1 at the last one and above it, and linear from each knot to the
 * next; all knots have the same distance on the scale. With one byte for a number the byte is 255 · u. With T bytes,
 * byte k, from 0, is 255 · (T · u − k + 1/2) / 2, limited to 0 to 255. So at each place on the scale two bytes change,
 * those below are 255 and those above are 0.
 *
 * <p>
 * Objects do not change.
 */
final class Encoding {
    private static final int THERMOMETER_BYTES = 6;
    private static final int MOST_BYTES = 256;
    private static final int MOST_KNOTS = 33;
    /** In standard deviations, on both sides of the mean. */
    private static final double REACH = 3;

    private final int bytesOfNumber;
    private final double[][] knots;

    private Encoding(int bytesOfNumber, double[][] knots) {
        this.bytesOfNumber = bytesOfNumber;
        this.knots = knots;
    }

    /**
     * Learns the scale of each column.
     *
     * @param columns the number of columns, at least 1
     * @param values gives all training numbers of a column: at least one, finite; the array may be changed
     */
    static Encoding learn(Normalisation normalisation, int columns, IntFunction<double[]> values) {
        double[][] knots = new double[columns][];
        for (int column = 0; column < columns; column++) {
            double[] numbers = values.apply(column);
            knots[column] = normalisation == Normalisation.QUANTILES ? quantiles(numbers) : aroundMean(numbers);
        }
        return new Encoding(normalisation == Normalisation.THERMOMETER ? THERMOMETER_BYTES : 1, knots);
    }

    private static double[] aroundMean(double[] numbers) {
        double mean = Arrays.stream(numbers).sum() / numbers.length;
        double variance =
                Arrays.stream(numbers).map(number -> (number - mean) * (number - mean)).sum() / numbers.length;
        // A column that never changes tells nothing; it gets a scale all the same, because it may change later.
        double reach = variance > 0 ? REACH * Math.sqrt(variance) : Math.max(1, Math.abs(mean));
        return new double[] {mean - reach, mean + reach};
    }

    private static double[] quantiles(double[] numbers) {
        Arrays.sort(numbers);
        int count = Math.max(2, Math.min(MOST_KNOTS, numbers.length));
        return IntStream.range(0, count)
                .mapToDouble(knot -> numbers[(int) ((long) knot * (numbers.length - 1) / (count - 1))]).toArray();
    }

    /** {@return the number of columns} */
    int columns() {
        return knots.length;
    }

    /** {@return how many bytes a number becomes} */
    int bytesOfNumber() {
        return bytesOfNumber;
    }

    /**
     * Writes the bytes of a number.
     *
     * @param column its column
     * @param number a finite number
     * @param bytes takes {@link #bytesOfNumber()} bytes
     * @param at where the first one is written
     */
    void encode(int column, double number, byte[] bytes, int at) {
        double position = position(knots[column], number);
        if (bytesOfNumber == 1) {
            bytes[at] = (byte) Math.round(255 * position);
        } else {
            encodeThermometer(position, bytes, at, bytesOfNumber);
        }
    }

    /** Writes the bytes of a position on the scale, 0 to 1. */
    static void encodeThermometer(double position, byte[] bytes, int at, int count) {
        for (int k = 0; k < count; k++) {
            double covered = (count * position - k + 0.5) / 2;
            bytes[at + k] = (byte) Math.round(255 * Math.max(0, Math.min(1, covered)));
        }
    }

    private static double position(double[] knots, double number) {
        int last = knots.length - 1;
        if (number >= knots[last]) {
            return 1;
        }
        if (number <= knots[0]) {
            return 0;
        }
        int found = Arrays.binarySearch(knots, number);
        int below = found >= 0 ? found : -found - 2;
        while (knots[below + 1] <= number) { // knots may be equal
            below++;
        }
        return (below + (number - knots[below]) / (knots[below + 1] - knots[below])) / last;
    }

    /** {@return a line for the bytes of a number, then one with the knots of each column} */
    List<String> lines() {
        return Stream.concat(Stream.of(Integer.toString(bytesOfNumber)), Arrays.stream(knots)
                .map(column -> Arrays.stream(column).mapToObj(Double::toString).collect(Collectors.joining(" "))))
                .toList();
    }

    /**
     * Makes the object of which these are the {@link #lines()}.
     *
     * @throws IllegalArgumentException if they cannot be such lines
     */
    static Encoding parse(List<String> lines) {
        if (lines.size() < 2) {
            throw new IllegalArgumentException("There is no column.");
        }
        int bytes = Integer.parseInt(lines.getFirst());
        if (bytes < 1 || bytes > MOST_BYTES) {
            throw new IllegalArgumentException("A number becomes 1 to %s bytes, not %s.".formatted(MOST_BYTES, bytes));
        }
        return new Encoding(bytes, lines.stream().skip(1).map(Encoding::parseKnots).toArray(double[][]::new));
    }

    private static double[] parseKnots(String line) {
        double[] knots = Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
        boolean possible = knots.length >= 2 && knots.length <= MOST_KNOTS && Double.isFinite(knots[0])
                && Double.isFinite(knots[knots.length - 1])
                && IntStream.range(1, knots.length).allMatch(knot -> knots[knot - 1] <= knots[knot]);
        if (!possible) {
            throw new IllegalArgumentException("2 to %s rising numbers are the scale of a column, but not \"%s\"."
                    .formatted(MOST_KNOTS, line));
        }
        return knots;
    }
}
