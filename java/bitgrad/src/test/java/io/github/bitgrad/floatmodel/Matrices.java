package io.github.bitgrad.floatmodel;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** Matrices as arrays of rows. */
public final class Matrices {
    private Matrices() {
    }

    public static double sign(double value) {
        return value >= 0 ? 1 : -1;
    }

    public static double[][] map(double[][] matrix, DoubleUnaryOperator f) {
        return Arrays.stream(matrix).map(row -> Arrays.stream(row).map(f).toArray()).toArray(double[][]::new);
    }

    /** The same values in rows of another length. */
    public static double[][] reshape(double[][] matrix, int columns) {
        double[] values = flat(matrix);
        double[][] result = new double[values.length / columns][];
        for (int r = 0; r < result.length; r++) {
            result[r] = Arrays.copyOfRange(values, r * columns, (r + 1) * columns);
        }
        return result;
    }

    public static double[][] sum(double[][] a, double[][] b) {
        double[][] sum = map(a, value -> value);
        for (int r = 0; r < sum.length; r++) {
            for (int c = 0; c < sum[r].length; c++) {
                sum[r][c] += b[r][c];
            }
        }
        return sum;
    }

    public static double[] flat(double[][] matrix) {
        return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
    }

    static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    static double[] column(double[][] matrix, int column) {
        return Arrays.stream(matrix).mapToDouble(row -> row[column]).toArray();
    }
}
