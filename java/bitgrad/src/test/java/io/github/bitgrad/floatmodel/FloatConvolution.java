package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Convolution;
import io.github.bitgrad.layer.RealConvolution;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A convolution by weights, by their signs, or by their signs times the mean of their magnitudes in a channel; pixel by
 * pixel and tap by tap. Weights are [channels][taps · input channels].
 */
public final class FloatConvolution implements FloatProduct {
    private final boolean real;
    private final FloatWindows windows;
    private final int channels;
    /** What the sign of each weight of a channel is multiplied by. */
    private final double[] scales;
    /** What inputs are multiplied by. */
    private final double[][] weights;
    /** What is added to each channel; empty if nothing is. */
    private final Optional<double[]> bias;
    private double[] biasGradient;
    private double[][] x;
    private double[][] weightGradient;
    private double[][] inputGradient;

    FloatConvolution(Place place) {
        this(place, (Convolution<?>) place.layer(), place.input().height(), place.input().width(),
                place.input().channels());
    }

    FloatConvolution(Place place, Convolution<?> layer, int height, int width, int channels) {
        real = !(layer instanceof BinaryConvolution);
        windows = new FloatWindows(layer.geometry(), place.images(), height, width);
        this.channels = channels;
        double[][] values = Matrices.reshape(place.parameters().of("weights"), windows.taps() * channels);
        boolean scaled = layer instanceof BinaryConvolution convolution && convolution.weights().scaled();
        bias = layer instanceof RealConvolution convolution && convolution.biased()
                ? Optional.of(place.parameters().of("bias")[0])
                : Optional.empty();
        scales = Arrays.stream(values).mapToDouble(row -> scaled ? meanMagnitude(row) : 1).toArray();
        weights = real ? values : Matrices.map(values, Matrices::sign);
        for (int n = 0; n < weights.length; n++) {
            for (int k = 0; k < weights[n].length; k++) {
                weights[n][k] *= scales[n];
            }
        }
    }

    /** As float32, so that sums of so few bits are exact, and sums that are equal to their mean stay so. */
    private static float meanMagnitude(double[] row) {
        return (float) Matrices.mean(Arrays.stream(row).map(Math::abs).toArray());
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        double[][] sums = new double[windows.outputs()][];
        Arrays.setAll(sums, _ -> bias.map(double[]::clone).orElseGet(() -> new double[weights.length]));
        windows.convolve((output, input, tap) -> {
            for (int n = 0; n < weights.length; n++) {
                for (int c = 0; c < channels; c++) {
                    sums[output][n] += x[input][c] * weights[n][tap * channels + c];
                }
            }
        });
        return sums;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        weightGradient = new double[weights.length][weights[0].length];
        inputGradient = new double[x.length][channels];
        biasGradient = new double[weights.length];
        for (double[] row : gradient) {
            Arrays.setAll(biasGradient, n -> biasGradient[n] + row[n]);
        }
        windows.convolve((output, input, tap) -> {
            for (int n = 0; n < weights.length; n++) {
                for (int c = 0; c < channels; c++) {
                    int k = tap * channels + c;
                    weightGradient[n][k] += scales[n] * gradient[output][n] * x[input][c];
                    inputGradient[input][c] += gradient[output][n] * weights[n][k];
                }
            }
        });
        return List.<double[][]>of(inputGradient);
    }

    @Override
    public boolean isReal() {
        return real;
    }

    @Override
    public double[] scales() {
        return scales;
    }

    @Override
    public double[][] weightGradient() {
        return weightGradient;
    }

    @Override
    public Optional<double[]> biasGradient() {
        return bias.map(_ -> biasGradient);
    }

    @Override
    public double[][] inputGradient() {
        return inputGradient;
    }
}
