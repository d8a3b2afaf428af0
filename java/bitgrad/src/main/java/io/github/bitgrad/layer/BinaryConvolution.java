package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * A convolution with binary weights: every output pixel is computed from a window of input pixels. The input is signs,
 * or the network's 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param channels channels of an output pixel, at least 1
 * @param geometry where the windows lie
 * @param weights what the latent weights are like
 */
public record BinaryConvolution(int channels, ConvolutionGeometry geometry, LatentWeights weights)
        implements
        Convolution<BinaryConvolution> {
    static final LayerKind KIND = ConvolutionKind.<BinaryConvolution>of("binaryConvolution", BinaryConvolution::new,
            BinaryProducts.NUMBERS, BinaryProducts.WORDS, (convolution, numbers) -> new BinaryConvolution(
                    convolution.channels(), convolution.geometry(), BinaryProducts.latent(numbers)));

    /** A convolution with the usual latent weights. */
    public BinaryConvolution(int channels, ConvolutionGeometry geometry) {
        this(channels, geometry, LatentWeights.USUAL);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public String label() {
        return "binaryConv";
    }

    /**
     * A convolution with a kernel of one pixel, stride 1 and no padding. Use {@link #kernel}, {@link #stride},
     * {@link #padding} and {@link #same} to change this.
     *
     * @param channels channels of an output pixel
     */
    public static BinaryConvolution of(int channels) {
        return new BinaryConvolution(channels, ConvolutionGeometry.PIXEL);
    }

    @Override
    public BinaryConvolution with(ConvolutionGeometry other) {
        return new BinaryConvolution(channels, other, weights);
    }

    /**
     * This convolution with another limit of its latent weights.
     *
     * @param limit a positive number
     */
    public BinaryConvolution clip(double limit) {
        return new BinaryConvolution(channels, geometry, weights.withClip(limit));
    }

    /**
     * This convolution with scaled weights: the signs of each output channel are multiplied by the mean magnitude of its
     * latent weights ({@link LatentWeights}).
     */
    public BinaryConvolution scaled() {
        return new BinaryConvolution(channels, geometry, weights.withScale());
    }

    @Override
    public Numbers numbers() {
        return BinaryProducts.with(Convolution.super.numbers(), weights);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = Convolution.super.shape(inputs);
        BinaryProducts.requireClip(this, weights.clip());
        BinaryProducts.requireFanIn(this, convolution(Layer.single(inputs)).fanIn());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input, weights);
    }

    @Override
    public boolean hasBinaryWeights() {
        return true;
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return BinaryProducts.paperTerms(convolution(Layer.single(inputs)));
    }

    @Override
    public String toString() {
        return BinaryProducts.described(described(), weights);
    }
}
