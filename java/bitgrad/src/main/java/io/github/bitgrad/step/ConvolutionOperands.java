package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;

/**
 * The operands of convolutions. A batch of images is a matrix of pixels, [images · height · width, channels], and so is
 * a batch of rows for a dense layer, as images of one pixel; where the memory is equal, either may stand for the other.
 */
final class ConvolutionOperands {
    /** Multiply-adds on bits that take as long as touching one element. */
    static final long PRODUCTS_AN_ELEMENT = 64;

    private ConvolutionOperands() {
    }

    /** A buffer as a matrix of another shape with the same memory; see {@link #expect}. */
    static Matrix matrix(Buffer buffer, long rows, long columns) {
        return new Matrix(buffer.type(), rows, columns, buffer.segment());
    }

    /** The input pixels of a convolution. */
    static Matrix inputs(Buffer buffer, ConvolutionShape convolution, long images) {
        return matrix(buffer, images * convolution.pixels(), convolution.channels());
    }

    /** The output pixels of a convolution. */
    static Matrix outputs(Buffer buffer, ConvolutionShape convolution, long images) {
        return matrix(buffer, images * convolution.outPixels(), convolution.outChannels());
    }

    /** The weights of a convolution. */
    static Matrix weights(Buffer buffer, ConvolutionShape convolution) {
        return matrix(buffer, convolution.outChannels() * convolution.taps(), convolution.channels());
    }

    /** Images in a matrix of so many pixels an image. */
    static long images(String operation, Buffer matrix, long pixels) {
        if (matrix.rows() % pixels != 0) {
            throw new IllegalArgumentException("%s: %s should hold whole images of %s pixels.".formatted(operation,
                    matrix, pixels));
        }
        return matrix.rows() / pixels;
    }

    /** Of that shape, or of another that is the same memory: rows of bits may have padding between them. */
    static void expect(String operation, Buffer buffer, long rows, long columns) {
        boolean dense =
                buffer.type() != ElementType.BITS || buffer.columns() % Long.SIZE == 0 && columns % Long.SIZE == 0;
        if (!(dense || buffer.columns() == columns) || buffer.bytes() != buffer.type().bytes(rows, columns)) {
            throw new IllegalArgumentException("%s: %s should have the shape [%s, %s].".formatted(operation, buffer,
                    rows, columns));
        }
    }

    /** The multiplications of a product, with those of taps outside of the image. */
    static long products(ConvolutionShape convolution, long images) {
        return images * convolution.outPixels() * convolution.outChannels() * convolution.fanIn();
    }

    static long work(ConvolutionShape convolution, long images) {
        return products(convolution, images) / PRODUCTS_AN_ELEMENT;
    }
}
