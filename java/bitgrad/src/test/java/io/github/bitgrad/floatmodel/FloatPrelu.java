package io.github.bitgrad.floatmodel;

import java.util.List;

/** What is at least zero, and elsewhere a part of it that is learned. */
public final class FloatPrelu implements FloatLayer {
    private final double[] slopes;
    private double[][] x;
    private double[] slopeGradient;

    FloatPrelu(Place place) {
        slopes = place.parameters().of("slope")[0];
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        double[][] y = new double[x.length][slopes.length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < slopes.length; c++) {
                y[r][c] = x[r][c] * (x[r][c] >= 0 ? 1 : slopes[c]);
            }
        }
        return y;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] passed = new double[x.length][slopes.length];
        slopeGradient = new double[slopes.length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < slopes.length; c++) {
                passed[r][c] = gradient[r][c] * (x[r][c] >= 0 ? 1 : slopes[c]);
                slopeGradient[c] += x[r][c] >= 0 ? 0 : gradient[r][c] * x[r][c];
            }
        }
        return List.<double[][]>of(passed);
    }

    /** The gradient at the slopes. */
    public double[] slopeGradient() {
        return slopeGradient;
    }
}
