package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * A convolution with real weights: every output pixel is computed from a window of input pixels. The input is real
 * values, such as a stream, or the network's 8-bit input, whose bytes stand for numbers from −1 to 1. The output is real
 * values without a bias; batch normalisation adds one.
 *
 * @param channels channels of an output pixel, at least 1
 * @param geometry where the windows lie
 */
public record RealConvolution(int channels, ConvolutionGeometry geometry) implements Convolution<RealConvolution> {
    static final LayerKind KIND = ConvolutionKind.of("realConvolution", RealConvolution::new);

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public String label() {
        return "realConv";
    }

    /**
     * A convolution with a kernel of one pixel, stride 1 and no padding. Use {@link #kernel}, {@link #stride},
     * {@link #padding} and {@link #same} to change this.
     *
     * @param channels channels of an output pixel
     */
    public static RealConvolution of(int channels) {
        return new RealConvolution(channels, ConvolutionGeometry.PIXEL);
    }

    @Override
    public RealConvolution with(ConvolutionGeometry other) {
        return new RealConvolution(channels, other);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return RealProducts.compile(step, convolution(input.shape()), input);
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return RealProducts.paperTerms(convolution(Layer.single(inputs)));
    }

    @Override
    public String toString() {
        return described();
    }
}
