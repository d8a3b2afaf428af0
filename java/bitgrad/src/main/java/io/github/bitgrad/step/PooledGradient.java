package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/**
 * What tells a gradient at pooled sums, or at sums whose signs were pooled, from one of all pixels: the gradient has a
 * row for each window.
 */
public sealed interface PooledGradient {
    /** The number of rows of pixels in a window. */
    long windowHeight();

    /** The number of pixels in a row of a window. */
    long windowWidth();

    /** Of sums, in square windows. */
    static PooledGradient ofSums(long size, Buffer argmax) {
        return new OfSums(size, size, argmax);
    }

    /** Of signs, in square windows. */
    static PooledGradient ofSigns(long size, Buffer signs, Buffer unselected) {
        return new OfSigns(size, size, signs, unselected);
    }

    /**
     * The sums were pooled.
     *
     * @param windowHeight rows of pixels in a window
     * @param windowWidth pixels in a row of a window
     * @param argmax which element of each window was the largest: bits [planes · windows, channels]
     */
    record OfSums(long windowHeight, long windowWidth, Buffer argmax) implements PooledGradient {
    }

    /**
     * The signs were pooled.
     *
     * @param windowHeight rows of pixels in a window
     * @param windowWidth pixels in a row of a window
     * @param signs before pooling: bits [output pixels, channels]
     * @param unselected the gradient of the elements that max pooling did not select: int8 [2, channels], row 0 of
     *            those whose sign is +1 and row 1 of those whose sign is −1
     */
    record OfSigns(long windowHeight, long windowWidth, Buffer signs, Buffer unselected) implements PooledGradient {
    }

    /** The buffers that it reads. */
    default List<Buffer> uses() {
        return switch (this) {
            case OfSums(_, _, Buffer argmax) -> List.of(argmax);
            case OfSigns(_, _, Buffer signs, Buffer unselected) -> List.of(signs, unselected);
        };
    }

    /** The pooling of a convolution's outputs. */
    default PoolingShape of(ConvolutionShape convolution) {
        return new PoolingShape(convolution.outHeight(), convolution.outWidth(), convolution.outChannels(),
                windowHeight(), windowWidth());
    }
}
