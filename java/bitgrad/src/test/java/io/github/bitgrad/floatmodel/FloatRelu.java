package io.github.bitgrad.floatmodel;

import java.util.List;

/** What is above zero, and zero elsewhere. */
public final class FloatRelu implements FloatLayer {
    private double[][] x;

    FloatRelu(Place place) {
        // it knows no shape
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        return Matrices.map(x, value -> Math.max(value, 0));
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] passed = new double[gradient.length][gradient[0].length];
        for (int r = 0; r < passed.length; r++) {
            for (int c = 0; c < passed[r].length; c++) {
                passed[r][c] = x[r][c] > 0 ? gradient[r][c] : 0;
            }
        }
        return List.<double[][]>of(passed);
    }
}
