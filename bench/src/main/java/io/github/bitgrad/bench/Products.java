package io.github.bitgrad.bench;

import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Param;

/**
 * The products of a convolution on one thread, beside products of the same sizes by OpenBLAS. The convolution has a
 * kernel of 3×3, padding 1, and as many output channels as input channels. The sizes of the product are {@link #rows}
 * output pixels, the output channels, and the fan-in. The time of OpenBLAS does not include im2col and col2im, which
 * training needs in addition.
 */
public abstract class Products extends KernelBenchmark {
    private static final long KERNEL = 3;

    /** Height, width and channels of an image. */
    @Param({"32x32x128", "16x16x256", "8x8x512"})
    String shape;

    /** The number of pixels of all images. */
    @Param("8192")
    int rows;

    ConvolutionShape convolution;
    long images;
    int channels;
    int fanIn;

    /** Called by subclasses. */
    Products() {
    }

    @Override
    final void allocate() {
        long[] sizes = Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
        convolution = new ConvolutionShape(sizes[0], sizes[1], sizes[2], KERNEL, 1, KERNEL / 2, sizes[2]);
        if (rows % convolution.pixels() != 0) {
            throw new IllegalArgumentException(
                    "%s rows are not the pixels of whole images of %s.".formatted(rows, shape));
        }
        images = rows / convolution.pixels();
        channels = (int) convolution.outChannels();
        fanIn = (int) convolution.fanIn();
        allocateOperands();
    }

    /** Makes the operands of the product. */
    abstract void allocateOperands();
}
