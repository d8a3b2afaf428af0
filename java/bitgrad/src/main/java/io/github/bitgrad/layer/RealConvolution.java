package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * A convolution with real weights: every output pixel is computed from a window of input pixels. The input is real
 * values, such as a stream, or the network's 8-bit input, whose bytes stand for numbers from −1 to 1. The output is real
 * values. Before batch normalisation, which adds a bias too, a bias of its own changes nothing.
 *
 * @param channels channels of an output pixel, at least 1
 * @param geometry where the windows lie
 * @param biased whether a bias that is learned is added to each channel
 */
public record RealConvolution(int channels, ConvolutionGeometry geometry, boolean biased)
        implements
        Convolution<RealConvolution> {
    static final LayerKind KIND = ConvolutionKind.of("realConvolution", RealConvolution::new, RealProducts.NUMBERS,
            RealProducts.WORDS, (convolution, numbers) -> new RealConvolution(convolution.channels(),
                    convolution.geometry(), RealProducts.biased(numbers)));

    /** A convolution without biases. */
    public RealConvolution(int channels, ConvolutionGeometry geometry) {
        this(channels, geometry, false);
    }

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
        return new RealConvolution(channels, other, biased);
    }

    /** This convolution with a bias for each output channel, which begins with 0 and is learned. */
    public RealConvolution bias() {
        return new RealConvolution(channels, geometry, true);
    }

    @Override
    public Numbers numbers() {
        return RealProducts.with(Convolution.super.numbers(), biased);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return RealProducts.compile(step, convolution(input.shape()), input, biased);
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return RealProducts.paperTerms(convolution(Layer.single(inputs)), biased);
    }

    @Override
    public String toString() {
        return RealProducts.described(described(), biased);
    }
}
