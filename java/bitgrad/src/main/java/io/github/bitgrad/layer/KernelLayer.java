package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

/**
 * What all kinds of convolutions share, whatever their output channels are computed from: the geometry of their windows.
 *
 * @param <C> the kind of convolution
 */
public interface KernelLayer<C extends KernelLayer<C>> extends Layer {
    /** Channels of an output pixel for images of this shape. */
    int outChannels(ImageShape input);

    /** Where the windows lie. */
    ConvolutionGeometry geometry();

    /** A layer of this kind with another geometry, and otherwise equal to this one. */
    C with(ConvolutionGeometry geometry);

    /** A name of the kind in messages, such as {@code binaryConv}. */
    String label();

    /**
     * This layer with another kernel.
     *
     * @param height rows of the kernel
     * @param width columns of the kernel
     */
    default C kernel(int height, int width) {
        ConvolutionGeometry before = geometry();
        return with(new ConvolutionGeometry(height, width, before.strideHeight(), before.strideWidth(),
                before.paddingHeight(), before.paddingWidth()));
    }

    /**
     * This layer with another stride.
     *
     * @param height rows from a window to the next window below it
     * @param width pixels from a window to the next window on its right
     */
    default C stride(int height, int width) {
        ConvolutionGeometry before = geometry();
        return with(new ConvolutionGeometry(before.kernelHeight(), before.kernelWidth(), height, width,
                before.paddingHeight(), before.paddingWidth()));
    }

    /**
     * This layer with another padding.
     *
     * @param height rows of zeros above the image, and also below it
     * @param width pixels of zeros on the left of the image, and also on its right
     */
    default C padding(int height, int width) {
        ConvolutionGeometry before = geometry();
        return with(new ConvolutionGeometry(before.kernelHeight(), before.kernelWidth(), before.strideHeight(),
                before.strideWidth(), height, width));
    }

    /**
     * This layer with a padding of (kernel − 1) / 2. With an odd kernel and a stride of 1, the output has the
     * height and the width of the input. Call this after {@link #kernel}.
     */
    default C same() {
        return padding((geometry().kernelHeight() - 1) / 2, (geometry().kernelWidth() - 1) / 2);
    }

    /** The geometry for images of this shape. */
    default ConvolutionShape convolution(ImageShape input) {
        ConvolutionGeometry windows = geometry();
        return new ConvolutionShape(input.height(), input.width(), input.channels(), windows.kernelHeight(),
                windows.kernelWidth(), windows.strideHeight(), windows.strideWidth(), windows.paddingHeight(),
                windows.paddingWidth(), outChannels(input));
    }

    @Override
    default ImageShape shape(List<ImageShape> inputs) {
        ImageShape input = Layer.single(inputs);
        geometry().require(this, outChannels(input), input);
        ConvolutionShape convolution = convolution(input);
        return new ImageShape((int) convolution.outHeight(), (int) convolution.outWidth(), outChannels(input));
    }
}
