package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * A convolution with binary weights: every output pixel is computed from a window of input pixels. The input is signs,
 * or the network's 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param channels channels of an output pixel, at least 1
 * @param geometry where the windows lie
 * @param clip the latent weights are clipped to [−clip, clip] by algorithms that store them as floats, and to a quarter
 *            of that by algorithms that store them as bytes: a positive number, usually 1
 */
public record BinaryConvolution(int channels, ConvolutionGeometry geometry, double clip)
        implements
        Convolution<BinaryConvolution> {
    static final LayerKind KIND = ConvolutionKind.<BinaryConvolution>of("binaryConvolution", BinaryConvolution::new,
            List.of("clip"), (convolution, numbers) -> convolution.clip(numbers.real("clip", 1)));

    /** A convolution whose latent weights have the usual limit. */
    public BinaryConvolution(int channels, ConvolutionGeometry geometry) {
        this(channels, geometry, 1);
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
        return new BinaryConvolution(channels, other, clip);
    }

    /**
     * This convolution with another limit of its latent weights.
     *
     * @param limit a positive number
     */
    public BinaryConvolution clip(double limit) {
        return new BinaryConvolution(channels, geometry, limit);
    }

    @Override
    public Numbers numbers() {
        return BinaryProducts.withClip(Convolution.super.numbers(), clip);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = Convolution.super.shape(inputs);
        BinaryProducts.requireClip(this, clip);
        BinaryProducts.requireFanIn(this, convolution(Layer.single(inputs)).fanIn());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input, (float) clip);
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
        return BinaryProducts.described(described(), clip);
    }
}
