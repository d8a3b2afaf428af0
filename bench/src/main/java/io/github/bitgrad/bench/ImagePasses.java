package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.kernel.BatchNormBackwardKernel;
import io.github.bitgrad.kernel.Im2colKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolPackedKernel;
import io.github.bitgrad.kernel.PixelConvolutionKernel;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.kernel.RegroupKernel;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.PoolingShape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * Passes over images: the first layer, pooling with windows of 2×2, and im2col with a kernel of 3×3, which standard
 * training needs.
 */
public class ImagePasses extends KernelBenchmark {
    private static final long COLOURS = 3;
    private static final long KERNEL = 3;
    private static final long POOL = 2;
    /** The number of output pixels that im2col processes at once, into the same memory, as in training. */
    private static final long BLOCK = 256;

    @Param("100")
    long images;

    @Param("32")
    long height;

    @Param("32")
    long width;

    @Param("128")
    long channels;

    private RangeCall bytesToBits;
    private RangeCall pixelConvolution;
    private RangeCall maxPoolInt16;
    private RangeCall maxPoolBits;
    private BatchNormBackwardKernel.Backward backwardPooledValues;
    private BatchNormBackwardKernel.Backward backwardPooledSigns;
    private RangeCall im2col;
    private RangeCall im2colSigns;
    private RangeCall col2im;

    /** For JMH. */
    public ImagePasses() {
    }

    @Override
    void allocate() {
        PoolingShape pooling = new PoolingShape(height, width, channels, POOL);
        ConvolutionShape first = new ConvolutionShape(height, width, COLOURS, KERNEL, 1, KERNEL / 2, channels);
        ConvolutionShape inner = new ConvolutionShape(height, width, channels, KERNEL, 1, KERNEL / 2, channels);
        long rows = rows();
        long windows = images * pooling.pooledPixels();
        long planes = pooling.argmaxPlanes() * windows;
        Matrix pixels = input(UINT8, rows, COLOURS);
        Matrix signs = input(BITS, rows, channels);
        bytesToBits = RegroupKernel.bytesToBits(pixels, result(BITS, rows, Byte.SIZE * COLOURS));
        pixelConvolution = PixelConvolutionKernel.convolution(arena(), first, images, pixels,
                input(BITS, channels * first.taps(), COLOURS), result(INT16, rows, channels));
        maxPoolInt16 = MaxPoolPackedKernel.maxPool(arena(), pooling, images, input(INT16, rows, channels),
                result(INT16, windows, channels), result(BITS, planes, channels), 0);
        maxPoolBits = MaxPoolPackedKernel.maxPoolSigns(arena(), pooling, images, signs, input(BITS, rows, channels),
                result(BITS, windows, channels), result(BITS, windows, channels));
        Matrix pooledGradient = input(FLOAT16, windows, channels);
        Matrix coefficients = input(FLOAT32, 3, channels);
        Matrix dy = result(INT8, rows, channels);
        backwardPooledValues = BatchNormBackwardKernel.pooledValues(arena(), pooling, pooledGradient,
                input(BITS, windows, channels), input(BITS, planes, channels), coefficients, dy, false);
        backwardPooledSigns = BatchNormBackwardKernel.pooledSigns(arena(), pooling, pooledGradient, signs,
                coefficients, dy, false);
        Matrix x = input(FLOAT32, rows, channels);
        Matrix columns = result(FLOAT32, BLOCK, inner.fanIn());
        im2col = Im2colKernel.im2col(arena(), inner, images, x, columns, 0);
        im2colSigns = Im2colKernel.im2colSigns(arena(), inner, images, x, columns, 0);
        col2im = Im2colKernel.col2im(arena(), inner, images, input(FLOAT32, BLOCK, inner.fanIn()),
                result(FLOAT32, rows, channels));
    }

    private long rows() {
        return images * height * width;
    }

    /** Converts pixels to the bits of their bytes, which the weight gradient of the first layer reads. */
    @Benchmark
    public void bytesToBits() {
        bytesToBits.run(0, rows());
    }

    /** The first layer's sums of 8-bit pixels by signs. */
    @Benchmark
    public void pixelConvolution() {
        pixelConvolution.run(0, images);
    }

    /** Max pooling of sums, with the positions of the largest. */
    @Benchmark
    public void maxPoolInt16() {
        maxPoolInt16.run(0, images);
    }

    /** Max pooling of signs, with their straight-through bits. */
    @Benchmark
    public void maxPoolBits() {
        maxPoolBits.run(0, images);
    }

    /** The gradient at sums if the sums were pooled, as 7-bit integers. */
    @Benchmark
    public void backwardPooledValues() {
        backwardPooledValues.run(0, 0, images);
    }

    /** The gradient at sums if their signs were pooled, as 7-bit integers. */
    @Benchmark
    public void backwardPooledSigns() {
        backwardPooledSigns.run(0, 0, images);
    }

    /** im2col of float32 values. */
    @Benchmark
    public void im2col() {
        for (long row = 0; row < rows(); row += BLOCK) {
            im2col.run(row, Math.min(row + BLOCK, rows()));
        }
    }

    /** im2col of the signs of float32 values. */
    @Benchmark
    public void im2colSigns() {
        for (long row = 0; row < rows(); row += BLOCK) {
            im2colSigns.run(row, Math.min(row + BLOCK, rows()));
        }
    }

    /** col2im: from the gradient in the layout of im2col back to pixels. */
    @Benchmark
    public void col2im() {
        for (long row = 0; row < rows(); row += BLOCK) {
            col2im.run(row, Math.min(row + BLOCK, rows()));
        }
    }
}
