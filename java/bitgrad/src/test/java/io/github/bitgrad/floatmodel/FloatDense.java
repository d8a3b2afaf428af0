package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.ConvolutionGeometry;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import java.util.List;
import java.util.Optional;

/** A convolution that sees each image as one pixel. */
public final class FloatDense implements FloatProduct {
    private final FloatConvolution convolution;
    private final int values;
    private final int channels;

    FloatDense(Place place) {
        values = place.input().values();
        channels = place.input().channels();
        convolution = new FloatConvolution(place, switch (place.layer()) {
            case RealDense dense -> new RealConvolution(dense.units(), ConvolutionGeometry.PIXEL, dense.biased());
            case Dense dense -> new BinaryConvolution(dense.units(), ConvolutionGeometry.PIXEL, dense.weights());
            default -> throw new AssertionError(place.layer());
        }, 1, 1, values);
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        return convolution.forward(List.<double[][]>of(Matrices.reshape(inputs.getFirst(), values)));
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        convolution.backward(gradient);
        return List.<double[][]>of(inputGradient());
    }

    @Override
    public boolean isReal() {
        return convolution.isReal();
    }

    @Override
    public double[] scales() {
        return convolution.scales();
    }

    @Override
    public double[][] weightGradient() {
        return convolution.weightGradient();
    }

    @Override
    public Optional<double[]> biasGradient() {
        return convolution.biasGradient();
    }

    @Override
    public double[][] inputGradient() {
        return Matrices.reshape(convolution.inputGradient(), channels);
    }
}
