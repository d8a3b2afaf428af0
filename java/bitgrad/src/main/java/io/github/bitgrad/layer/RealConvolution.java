package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import java.util.List;

/**
 * A convolution with real weights: every output pixel is computed from a window of input pixels. The input is real
 * values, such as a stream, or the network's 8-bit input, whose bytes stand for numbers from −1 to 1. The output is real
 * values without a bias; batch normalisation adds one.
 *
 * @param channels channels of an output pixel, at least 1
 * @param kernelHeight rows of a window, at least 1
 * @param kernelWidth pixels in each row of a window, at least 1
 * @param strideHeight input rows from a window to the next window below it, at least 1
 * @param strideWidth input pixels from a window to the next window on its right, at least 1
 * @param paddingHeight rows of zeros above the image, and also below it; less than kernelHeight
 * @param paddingWidth pixels of zeros on the left of the image, and also on its right; less than kernelWidth
 */
public record RealConvolution(int channels, int kernelHeight, int kernelWidth, int strideHeight, int strideWidth,
        int paddingHeight, int paddingWidth) implements Convolution<RealConvolution> {
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
        return new RealConvolution(channels, 1, 1, 1, 1, 0, 0);
    }

    @Override
    public RealConvolution with(int kernelHeight, int kernelWidth, int strideHeight, int strideWidth,
            int paddingHeight, int paddingWidth) {
        return new RealConvolution(channels, kernelHeight, kernelWidth, strideHeight, strideWidth, paddingHeight,
                paddingWidth);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return RealProducts.compile(step, convolution(input.shape()), input);
    }

    @Override
    public String toString() {
        return described();
    }
}
