package io.github.bitgrad.algorithm;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * One training step of a dense network as the papers write it, in double, on arrays, with nothing shared with the
 * library: what the native step is held against. A matrix is [rows][columns], weights are [channels][fan-in].
 */
final class FloatModel {
    static final double EPSILON = 1e-4;

    /** What a layer computes in a step. */
    static final class Layer {
        double[][] weights;
        double[] beta;
        double[][] input; // real for the first layer, else what comes out of the layer before, before the sign
        double[][] sums;
        double[] mean;
        double[] deviation;
        double[] magnitude;
        double[][] output;
        double[][] outputGradient; // at the output, masked by the straight-through estimator
        double[][] sumGradient;
        double[][] weightGradient;
        double[] betaGradient;
    }

    private final boolean proposed;
    final Layer[] layers;
    double[] losses;

    FloatModel(boolean proposed, double[][][] weights, double[][] betas) {
        this.proposed = proposed;
        layers = new Layer[weights.length];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = new Layer();
            layers[l].weights = weights[l];
            layers[l].beta = betas[l];
        }
    }

    static double sign(double value) {
        return value >= 0 ? 1 : -1;
    }

    static double[][] map(double[][] matrix, DoubleUnaryOperator f) {
        return Arrays.stream(matrix).map(row -> Arrays.stream(row).map(f).toArray()).toArray(double[][]::new);
    }

    private static double[][] transpose(double[][] matrix) {
        double[][] result = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                result[j][i] = matrix[i][j];
            }
        }
        return result;
    }

    private static double[][] multiply(double[][] a, double[][] b) {
        double[][] result = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < b[k].length; j++) {
                    result[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return result;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    private static double[] column(double[][] matrix, int column) {
        return Arrays.stream(matrix).mapToDouble(row -> row[column]).toArray();
    }

    private static double[] absolute(double[] values) {
        return Arrays.stream(values).map(Math::abs).toArray();
    }

    private double[][] productInput(int l) {
        return l == 0 ? layers[l].input : map(layers[l].input, FloatModel::sign);
    }

    void run(double[][] input, int[] labels) {
        layers[0].input = input;
        for (int l = 0; l < layers.length; l++) {
            forward(l);
            if (l + 1 < layers.length) {
                layers[l + 1].input = layers[l].output;
            }
        }
        Layer last = layers[layers.length - 1];
        last.outputGradient = loss(last.output, labels);
        for (int l = layers.length - 1; l >= 0; l--) {
            backward(l);
        }
    }

    private void forward(int l) {
        Layer layer = layers[l];
        layer.sums = multiply(productInput(l), transpose(map(layer.weights, FloatModel::sign)));
        int channels = layer.beta.length;
        layer.mean = new double[channels];
        layer.deviation = new double[channels];
        layer.magnitude = new double[channels];
        layer.output = new double[input().length][channels];
        for (int c = 0; c < channels; c++) {
            double[] y = column(layer.sums, c);
            double mean = mean(y);
            double[] centred = Arrays.stream(y).map(v -> v - mean).toArray();
            double deviation = proposed ? mean(absolute(centred)) + EPSILON
                    : Math.sqrt(mean(Arrays.stream(centred).map(v -> v * v).toArray()) + EPSILON);
            layer.mean[c] = mean;
            layer.deviation[c] = deviation;
            for (int r = 0; r < y.length; r++) {
                layer.output[r][c] = centred[r] / deviation + layer.beta[c];
            }
            layer.magnitude[c] = mean(absolute(column(layer.output, c)));
        }
    }

    private double[][] input() {
        return layers[0].input;
    }

    /** The gradient at the logits: of the mean loss in standard training, of the sum in the proposed. */
    private double[][] loss(double[][] logits, int[] labels) {
        losses = new double[logits.length];
        double[][] gradient = new double[logits.length][];
        for (int r = 0; r < logits.length; r++) {
            double[] exponentials = Arrays.stream(logits[r]).map(Math::exp).toArray();
            double sum = Arrays.stream(exponentials).sum();
            losses[r] = Math.log(sum) - logits[r][labels[r]];
            gradient[r] = Arrays.stream(exponentials).map(e -> e / sum).toArray();
            gradient[r][labels[r]] -= 1;
        }
        return proposed ? gradient : map(gradient, g -> g / logits.length);
    }

    private void backward(int l) {
        Layer layer = layers[l];
        int rows = layer.sums.length;
        int channels = layer.beta.length;
        boolean last = l == layers.length - 1;
        layer.betaGradient = new double[channels];
        layer.sumGradient = new double[rows][channels];
        for (int c = 0; c < channels; c++) {
            double[] dx = column(layer.outputGradient, c);
            layer.betaGradient[c] = Arrays.stream(dx).sum();
            double[] v = new double[rows];
            double[] vTimesKept = new double[rows];
            double[] kept = new double[rows]; // what stands for the normalised value in the projection
            double[] direction = new double[rows]; // what the projection is taken along
            for (int r = 0; r < rows; r++) {
                v[r] = dx[r] / layer.deviation[c];
                double normalised = layer.output[r][c] - layer.beta[c];
                if (!proposed) { // standard, section 3 of the design: along the normalised value
                    kept[r] = normalised;
                    direction[r] = normalised;
                } else if (last) { // the derivative of (y - mean) / mean|y - mean|
                    kept[r] = normalised;
                    direction[r] = sign(normalised);
                } else { // the paper's equation 3: only signs and the mean magnitude are known
                    kept[r] = layer.magnitude[c] * sign(layer.output[r][c]);
                    direction[r] = sign(layer.output[r][c]);
                }
                vTimesKept[r] = v[r] * kept[r];
            }
            double offset = proposed && last ? mean(direction) : 0;
            for (int r = 0; r < rows; r++) {
                layer.sumGradient[r][c] = v[r] - mean(v) - mean(vTimesKept) * (direction[r] - offset);
            }
        }
        layer.weightGradient = multiply(transpose(layer.sumGradient), productInput(l));
        if (l > 0) {
            double[][] gradient = multiply(layer.sumGradient, map(layer.weights, FloatModel::sign));
            for (int r = 0; r < rows; r++) {
                for (int k = 0; k < gradient[r].length; k++) {
                    gradient[r][k] = Math.abs(layer.input[r][k]) <= 1 ? gradient[r][k] : 0;
                }
            }
            layers[l - 1].outputGradient = gradient;
        }
    }
}
