package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.kernel.BatchNormBackwardKernel;
import io.github.bitgrad.kernel.ConvolutionKernels;
import io.github.bitgrad.kernel.Kernels;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.MemorySegment;
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

    private MaxPooling pooling;
    private ConvolutionShape first;
    private ConvolutionShape inner;
    private MemorySegment firstNumbers;
    private MemorySegment innerNumbers;
    private MemorySegment pixels;
    private MemorySegment weights;
    private MemorySegment y;
    private MemorySegment signs;
    private MemorySegment straightThrough;
    private MemorySegment x;
    private MemorySegment columnGradient;
    private BatchNormBackwardKernel.Backward backwardPooledValues;
    private BatchNormBackwardKernel.Backward backwardPooledSigns;
    private MemorySegment pixelBits;
    private MemorySegment toY;
    private MemorySegment toPooled;
    private MemorySegment toArgmax;
    private MemorySegment toPooledSigns;
    private MemorySegment toPooledStraightThrough;
    private MemorySegment toColumns;
    private MemorySegment toInputGradient;

    /** For JMH. */
    public ImagePasses() {
    }

    @Override
    void allocate() {
        pooling = new MaxPooling(height, width, channels, POOL);
        first = new ConvolutionShape(height, width, COLOURS, KERNEL, 1, KERNEL / 2, channels);
        inner = new ConvolutionShape(height, width, channels, KERNEL, 1, KERNEL / 2, channels);
        firstNumbers = numbers(first);
        innerNumbers = numbers(inner);
        long rows = rows();
        long windows = images * pooling.pooledPixels();
        pixels = operand(UINT8, rows, COLOURS);
        weights = operand(BITS, channels * first.taps(), COLOURS);
        y = operand(INT16, rows, channels);
        signs = operand(BITS, rows, channels);
        straightThrough = operand(BITS, rows, channels);
        x = operand(FLOAT32, rows, channels);
        columnGradient = operand(FLOAT32, BLOCK, inner.fanIn());
        Matrix pooledGradient = matrix(FLOAT16, windows, channels, operand(FLOAT16, windows, channels));
        Matrix pooledSigns = matrix(BITS, windows, channels, operand(BITS, windows, channels));
        long planes = pooling.argmaxPlanes() * windows;
        Matrix argmaxPlanes = matrix(BITS, planes, channels, operand(BITS, planes, channels));
        Matrix coefficients = matrix(FLOAT32, 3, channels, operand(FLOAT32, 3, channels));
        pixelBits = output(BITS, rows, Byte.SIZE * COLOURS);
        toY = output(INT16, rows, channels);
        toPooled = output(INT16, windows, channels);
        toArgmax = output(BITS, pooling.argmaxPlanes() * windows, channels);
        toPooledSigns = output(BITS, windows, channels);
        toPooledStraightThrough = output(BITS, windows, channels);
        toColumns = output(FLOAT32, BLOCK, inner.fanIn());
        toInputGradient = output(FLOAT32, rows, channels);
        Matrix toDy = matrix(INT8, rows, channels, output(INT8, rows, channels));
        backwardPooledValues = BatchNormBackwardKernel.pooledValues(arena(), pooling, pooledGradient, pooledSigns,
                argmaxPlanes, coefficients, toDy, false);
        backwardPooledSigns = BatchNormBackwardKernel.pooledSigns(arena(), pooling, pooledGradient,
                matrix(BITS, rows, channels, signs), coefficients, toDy, false);
    }

    private long rows() {
        return images * height * width;
    }

    /** Converts pixels to the bits of their bytes, which the weight gradient of the first layer reads. */
    @Benchmark
    public void bytesToBits() {
        ConvolutionKernels.bytesToBits(pixels, COLOURS, pixelBits, 0, rows());
    }

    /** The first layer's sums of 8-bit pixels by signs. */
    @Benchmark
    public void pixelConvolution() {
        ConvolutionKernels.pixelConvolution(first, firstNumbers, pixels, weights, INT16, toY, 0, images);
    }

    /** Max pooling of sums, with the positions of the largest. */
    @Benchmark
    public void maxPoolInt16() {
        ConvolutionKernels.maxPoolInt16(pooling, y, toPooled, pooling.channels(), 0, toArgmax, images, 0, images);
    }

    /** Max pooling of signs, with their straight-through bits. */
    @Benchmark
    public void maxPoolBits() {
        ConvolutionKernels.maxPoolBits(pooling, signs, straightThrough, toPooledSigns, toPooledStraightThrough, 0,
                images);
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
            Kernels.im2col(inner, innerNumbers, x, toColumns, row, Math.min(row + BLOCK, rows()), 0, inner.fanIn());
        }
    }

    /** im2col of the signs of float32 values. */
    @Benchmark
    public void im2colSigns() {
        for (long row = 0; row < rows(); row += BLOCK) {
            Kernels.im2colSigns(inner, innerNumbers, x, toColumns, row, Math.min(row + BLOCK, rows()), 0,
                    inner.fanIn());
        }
    }

    /** col2im: from the gradient in the layout of im2col back to pixels. */
    @Benchmark
    public void col2im() {
        for (long row = 0; row < rows(); row += BLOCK) {
            Kernels.col2im(inner, innerNumbers, columnGradient, toInputGradient, row, Math.min(row + BLOCK, rows()));
        }
    }
}
