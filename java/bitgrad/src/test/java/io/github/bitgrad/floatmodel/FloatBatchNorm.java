package io.github.bitgrad.floatmodel;

import java.util.Arrays;
import java.util.List;

/** Batch normalisation with a bias, by the rules of the model. */
public final class FloatBatchNorm implements FloatLayer {
    private static final double EPSILON = 1e-4;
    /** What makes a mean absolute deviation the standard deviation of a normal distribution. */
    private static final double NORMAL_DEVIATION = Math.sqrt(Math.PI / 2);

    private final FloatModel.Rules rules;
    private final boolean absolute;
    private final boolean paper;
    private final boolean bySigns;
    private final boolean onlySign;
    private final double[] beta;
    private final int channels;
    private final double[] mean;
    private final double[] deviation;
    private final double[] betaGradient;
    private double[][] output;
    private double[][] outputGradient;
    private double[][] inputGradient;

    FloatBatchNorm(Place place) {
        rules = place.rules();
        absolute = rules != FloatModel.Rules.SQUARES;
        paper = rules == FloatModel.Rules.PAPER;
        onlySign = place.onlySign();
        bySigns = paper || rules == FloatModel.Rules.ABSOLUTE_VALUES && onlySign;
        beta = place.parameters().of("beta")[0];
        channels = beta.length;
        mean = new double[channels];
        deviation = new double[channels];
        betaGradient = new double[channels];
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        double[][] sums = inputs.getFirst();
        output = new double[sums.length][channels];
        for (int c = 0; c < channels; c++) {
            double[] y = Matrices.column(sums, c);
            double centre = Matrices.mean(y);
            double[] centred = Arrays.stream(y).map(v -> v - centre).toArray();
            mean[c] = centre;
            double absolutes = Matrices.mean(Arrays.stream(centred).map(Math::abs).toArray());
            deviation[c] = paper
                    ? Math.max(absolutes, EPSILON)
                    : absolute
                            ? NORMAL_DEVIATION * absolutes + EPSILON
                    : Math.sqrt(Matrices.mean(Arrays.stream(centred).map(v -> v * v).toArray()) + EPSILON);
            for (int r = 0; r < y.length; r++) {
                output[r][c] = centred[r] / deviation[c] + beta[c];
            }
        }
        return output;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        outputGradient = gradient;
        inputGradient = new double[output.length][channels];
        for (int c = 0; c < channels; c++) {
            backward(c);
        }
        return List.<double[][]>of(inputGradient);
    }

    private void backward(int c) {
        double[] dx = Matrices.column(outputGradient, c);
        betaGradient[c] = Arrays.stream(dx).sum();
        int rows = dx.length;
        double omega = omega(c);
        double[] v = new double[rows];
        double[] vTimesKept = new double[rows];
        double[] direction = new double[rows]; // what the projection is taken along
        for (int r = 0; r < rows; r++) {
            v[r] = dx[r] / deviation[c];
            double normalised = output[r][c] - beta[c];
            double kept = normalised; // what stands for the normalised value in the projection
            if (paper) { // equation 3
                direction[r] = Matrices.sign(normalised);
                kept = direction[r] * omega;
            } else if (!absolute) { // along the normalised value
                direction[r] = normalised;
            } else if (!bySigns) { // the derivative of the normalised value
                direction[r] = NORMAL_DEVIATION * Matrices.sign(normalised);
            } else { // the same, with what is known: signs, and that |output| is about a half where v is not 0
                kept = Matrices.sign(output[r][c]) / 2 - beta[c];
                direction[r] = NORMAL_DEVIATION * Matrices.sign(output[r][c]);
            }
            vTimesKept[r] = v[r] * kept;
        }
        double offset = absolute && !paper ? Matrices.mean(direction) : 0;
        double meanV = Matrices.mean(v);
        double projection = Matrices.mean(vTimesKept);
        for (int r = 0; r < rows; r++) {
            inputGradient[r][c] = v[r] - meanV - projection * (direction[r] - offset);
        }
    }

    /** The mean of the absolute normalised values of a channel, before the bias. */
    private double omega(int c) {
        return Matrices.mean(Arrays.stream(Matrices.column(output, c)).map(x -> Math.abs(x - beta[c])).toArray());
    }

    /** Whether exactly one sign takes what it gives. */
    public boolean onlySign() {
        return onlySign;
    }

    /** Whether what it gives is kept as real numbers. */
    public boolean keepsOutput() {
        return !onlySign || rules == FloatModel.Rules.SQUARES || rules == FloatModel.Rules.EXACT_ABSOLUTE_VALUES;
    }

    /** Whether the way back is computed from sums that are computed again, unless the loss takes what it gives. */
    public boolean computesSumsAgain() {
        return rules == FloatModel.Rules.ABSOLUTE_VALUES && !onlySign;
    }

    /** Whether the way back is computed from signs. */
    public boolean bySigns() {
        return bySigns;
    }

    public double[] mean() {
        return mean;
    }

    public double[] deviation() {
        return deviation;
    }

    public double[] betaGradient() {
        return betaGradient;
    }

    /** The gradient at what it gives. */
    public double[][] outputGradient() {
        return outputGradient;
    }

    /** The gradient at what it normalises. */
    public double[][] inputGradient() {
        return inputGradient;
    }

    /** The mean of the signs of what it gives. */
    public double[] signMean() {
        double[] means = new double[channels];
        for (int c = 0; c < channels; c++) {
            means[c] = Matrices.mean(Arrays.stream(Matrices.column(output, c)).map(Matrices::sign).toArray());
        }
        return means;
    }
}
