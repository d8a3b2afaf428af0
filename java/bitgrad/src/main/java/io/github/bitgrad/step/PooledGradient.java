package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/**
 * What tells a gradient at pooled sums, or at sums whose signs were pooled, from one of all pixels: the gradient has a
 * row for each window.
 *
 * @param windowHeight rows of pixels in a window
 * @param windowWidth pixels in a row of a window
 * @param argmax where sums were pooled: bits [planes · windows, channels]; else null
 * @param signs where signs were pooled: bits [output pixels, channels], before it; else null
 * @param unselected where signs were pooled, the gradient of the elements that max pooling did not select: int8 [2,
 *        channels], row 0 of those whose sign is +1 and row 1 of those whose sign is −1; else null
 */
public record PooledGradient(long windowHeight, long windowWidth, Buffer argmax, Buffer signs, Buffer unselected) {
    /** Of sums, in square windows. */
    public static PooledGradient ofSums(long size, Buffer argmax) {
        return ofSums(size, size, argmax);
    }

    /** Of sums. */
    public static PooledGradient ofSums(long windowHeight, long windowWidth, Buffer argmax) {
        return new PooledGradient(windowHeight, windowWidth, argmax, null, null);
    }

    /** Of signs, in square windows. */
    public static PooledGradient ofSigns(long size, Buffer signs, Buffer unselected) {
        return ofSigns(size, size, signs, unselected);
    }

    /** Of signs. */
    public static PooledGradient ofSigns(long windowHeight, long windowWidth, Buffer signs, Buffer unselected) {
        return new PooledGradient(windowHeight, windowWidth, null, signs, unselected);
    }

    List<Buffer> uses() {
        return argmax != null ? List.of(argmax) : List.of(signs, unselected);
    }

    /** The pooling of a convolution's outputs. */
    PoolingShape of(ConvolutionShape convolution) {
        return new PoolingShape(convolution.outHeight(), convolution.outWidth(), convolution.outChannels(), windowHeight,
                windowWidth);
    }

    /** Once the buffers have their memory. */
    Gradient.Pooling bound(ConvolutionShape convolution, long images) {
        long channels = convolution.outChannels();
        PoolingShape pooling = of(convolution);
        return argmax != null
                ? new Gradient.OfSums(windowHeight, windowWidth,
                        Convolutions.matrix(argmax, pooling.argmaxPlanes() * images * pooling.pooledPixels(), channels))
                : new Gradient.OfSigns(windowHeight, windowWidth,
                        Convolutions.matrix(signs, images * convolution.outPixels(), channels),
                        Convolutions.matrix(unselected, 2, channels));
    }
}
