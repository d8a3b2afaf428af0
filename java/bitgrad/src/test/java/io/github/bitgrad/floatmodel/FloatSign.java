package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.Sign;
import java.util.List;

/** The sign, with its estimator in the way back. */
public final class FloatSign implements FloatLayer {
    private final Sign sign;
    private double[][] x;

    FloatSign(Place place) {
        sign = (Sign) place.layer();
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        return Matrices.map(x, Matrices::sign);
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] passed = Matrices.map(gradient, value -> value);
        double[][] derivative = Matrices.map(x, this::derivative);
        for (int r = 0; r < passed.length; r++) {
            for (int c = 0; c < passed[r].length; c++) {
                passed[r][c] *= derivative[r][c];
            }
        }
        return List.<double[][]>of(passed);
    }

    /** Bi-Real Net, equation 7, as it is printed, or the straight-through estimator. */
    private double derivative(double value) {
        return switch (sign.estimator()) {
            case CLIP -> Math.abs(value) <= sign.clip() ? 1 : 0;
            case APPROX -> value >= -1 && value < 0 ? 2 + 2 * value : value >= 0 && value < 1 ? 2 - 2 * value : 0;
        };
    }

    /** 1 where a gradient passes the estimator, 0 where not. */
    public double[][] passes() {
        return Matrices.map(x, value -> Math.abs(value) <= sign.clip() ? 1 : 0);
    }

    /** The largest magnitude that a gradient passes at. */
    public double limit() {
        return sign.clip();
    }

    /** Whether the derivative is not only 0 or 1. */
    public boolean isApproximate() {
        return sign.estimator() == Sign.Estimator.APPROX;
    }

    /** What it takes the sign of. */
    public double[][] input() {
        return x;
    }
}
