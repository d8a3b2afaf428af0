package io.github.bitgrad.floatmodel;

import java.util.List;

/** The sign, with a straight-through estimator in the way back. */
public final class FloatSign implements FloatLayer {
    private double[][] x;

    FloatSign(Place place) {
        // a sign knows no shape
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        return Matrices.map(x, Matrices::sign);
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] masked = Matrices.map(gradient, value -> value);
        double[][] passes = passes();
        for (int r = 0; r < masked.length; r++) {
            for (int c = 0; c < masked[r].length; c++) {
                masked[r][c] *= passes[r][c];
            }
        }
        return List.<double[][]>of(masked);
    }

    /** 1 where a gradient passes the estimator, 0 where not. */
    public double[][] passes() {
        return Matrices.map(x, value -> Math.abs(value) <= 1 ? 1 : 0);
    }

    /** What it takes the sign of. */
    public double[][] input() {
        return x;
    }
}
