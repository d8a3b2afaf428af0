package io.github.bitgrad.bench;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Param;

/**
 * The products of a convolution with as many output as input channels, kernel 3 and padding 1, on one thread, beside
 * OpenBLAS's of the same three sizes: {@link #rows} output pixels, as many output channels and the fan-in. OpenBLAS's
 * matrices are there already; to unfold images into them, or their gradient back, is not counted.
 */
public abstract class Products extends KernelBenchmark {
    private static final long KERNEL = 3;

    /** Of an image: height, width and channels. */
    @Param({"32x32x128", "16x16x256", "8x8x512"})
    String shape;

    /** Pixels of all images. */
    @Param("8192")
    int rows;

    ConvolutionShape convolution;
    long images;
    int channels;
    int fanIn;

    /** For the products. */
    Products() {
    }

    @Override
    final void allocate() {
        long[] sizes = Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
        convolution = new ConvolutionShape(sizes[0], sizes[1], sizes[2], KERNEL, 1, KERNEL / 2, sizes[2]);
        if (rows % convolution.pixels() != 0) {
            throw new IllegalArgumentException(
                    "%d rows are not the pixels of whole images of %s.".formatted(rows, shape));
        }
        images = rows / convolution.pixels();
        channels = (int) convolution.outChannels();
        fanIn = (int) convolution.fanIn();
        allocateOperands();
    }

    /** Makes what the product reads and writes. */
    abstract void allocateOperands();
}
