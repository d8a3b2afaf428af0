package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.MemorySegment;

/**
 * How a gradient dy of {@link ConvolutionKernels#inputGradient} and {@link ConvolutionKernels#weightGradient} is
 * pooled: it is whole, or int8 with a row for each window of output pixels, for what the window chose.
 *
 * @param size rows and columns of a window; 1 where dy is whole, and then all else is {@link MemorySegment#NULL}
 * @param argmax which element was the largest, where sums were pooled: bits [planes · windows, outChannels]
 * @param signs before pooling, where signs were: bits [images · outPixels, outChannels]
 * @param others the gradient of what was not chosen, where signs were pooled: int8 [2, outChannels], by the sign +1 and
 *        by −1
 */
public record GradientPooling(long size, MemorySegment argmax, MemorySegment signs, MemorySegment others) {
    /** A dy that is whole. */
    public static final GradientPooling NONE = new GradientPooling(1, MemorySegment.NULL, MemorySegment.NULL,
            MemorySegment.NULL);

    public GradientPooling {
        if (size < 1) {
            throw new IllegalArgumentException("There are no windows of %dx%d pixels.".formatted(size, size));
        }
    }

    /** Of sums. */
    public static GradientPooling ofSums(long size, MemorySegment argmax) {
        return new GradientPooling(size, argmax, MemorySegment.NULL, MemorySegment.NULL);
    }

    /** Of signs. */
    public static GradientPooling ofSigns(long size, MemorySegment signs, MemorySegment others) {
        return new GradientPooling(size, MemorySegment.NULL, signs, others);
    }

    /** Rows of dy for an image. */
    long windows(ConvolutionShape convolution) {
        return convolution.outHeight() / size * (convolution.outWidth() / size);
    }

    /** Checks the operands for so many images. */
    void check(String operation, ConvolutionShape convolution, long images) {
        if (size > 1 && !argmax.equals(MemorySegment.NULL)) {
            long planes = Long.SIZE - Long.numberOfLeadingZeros(size * size - 1);
            Operands.matrix(operation, "argmax", argmax, BITS, Operands.rows(images, planes * windows(convolution)),
                    convolution.outChannels());
        } else if (size > 1) {
            Operands.matrix(operation, "signs", signs, BITS, Operands.rows(images, convolution.outPixels()),
                    convolution.outChannels());
            Operands.matrix(operation, "others", others, INT8, 2, convolution.outChannels());
        }
    }
}
