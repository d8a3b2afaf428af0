package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.DepthwiseConvolution;
import java.util.Arrays;
import java.util.List;

/** A convolution in which each channel has a kernel of its own, of signs; weights are [taps][channels]. */
public final class FloatDepthwise implements FloatProduct {
    private final FloatWindows windows;
    private final double[][] weights;
    private double[][] x;
    private double[][] weightGradient;
    private double[][] inputGradient;

    FloatDepthwise(Place place) {
        windows = new FloatWindows(((DepthwiseConvolution) place.layer()).geometry(), place.images(),
                place.input().height(),
                place.input().width());
        weights = Matrices.map(Matrices.reshape(place.parameters().of("weights"), place.input().channels()),
                Matrices::sign);
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        x = inputs.getFirst();
        double[][] sums = new double[windows.outputs()][weights[0].length];
        windows.convolve((output, input, tap) -> {
            for (int c = 0; c < weights[tap].length; c++) {
                sums[output][c] += x[input][c] * weights[tap][c];
            }
        });
        return sums;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        weightGradient = new double[weights.length][weights[0].length];
        inputGradient = new double[x.length][weights[0].length];
        windows.convolve((output, input, tap) -> {
            for (int c = 0; c < weights[tap].length; c++) {
                weightGradient[tap][c] += gradient[output][c] * x[input][c];
                inputGradient[input][c] += gradient[output][c] * weights[tap][c];
            }
        });
        return List.<double[][]>of(inputGradient);
    }

    @Override
    public boolean isReal() {
        return false;
    }

    @Override
    public boolean keepsReals() {
        return true;
    }

    @Override
    public int fanIn() {
        return weights.length;
    }

    @Override
    public double[] scales() {
        double[] ones = new double[weights[0].length];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** [taps][channels]. */
    @Override
    public double[][] weightGradient() {
        return weightGradient;
    }

    @Override
    public double[][] inputGradient() {
        return inputGradient;
    }
}
