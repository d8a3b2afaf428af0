package io.github.bitgrad.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The numbers of a convolution, as {@code enum bg_convolution_number} of bitgrad.h has them. Its images are rows of
 * pixels, pixels are rows of channels; its weights are a matrix [outChannels, fanIn], of each output channel the taps
 * row by row and of each tap the channels.
 *
 * @param height of an input image, in pixels
 * @param width likewise
 * @param channels of an input pixel
 * @param kernel taps in each direction
 * @param stride input pixels from one output pixel to the next
 * @param padding pixels of zeros on each side of the image, fewer than the kernel has
 * @param outChannels of an output pixel
 */
public record ConvolutionShape(long height, long width, long channels, long kernel, long stride, long padding,
        long outChannels) {
    /** How many numbers there are. */
    public static final int NUMBERS = 7;

    public ConvolutionShape {
        if (Math.min(Math.min(height, width), Math.min(channels, outChannels)) < 1 || kernel < 1 || stride < 1
                || padding < 0 || padding >= kernel || kernel > Math.min(height, width) + 2 * padding) {
            throw new IllegalArgumentException(
                    "There is no convolution of %dx%dx%d images with kernel %d, stride %d, padding %d and %d channels."
                            .formatted(height, width, channels, kernel, stride, padding, outChannels));
        }
    }

    /** The same with another number of output channels. */
    public ConvolutionShape withOutChannels(long count) {
        return new ConvolutionShape(height, width, channels, kernel, stride, padding, count);
    }

    /** Pixels of an input image. */
    public long pixels() {
        return height * width;
    }

    /** Rows of pixels of an output image. */
    public long outHeight() {
        return (height + 2 * padding - kernel) / stride + 1;
    }

    /** Pixels in each. */
    public long outWidth() {
        return (width + 2 * padding - kernel) / stride + 1;
    }

    /** Pixels of an output image. */
    public long outPixels() {
        return outHeight() * outWidth();
    }

    /** Input pixels that each output pixel sees. */
    public long taps() {
        return kernel * kernel;
    }

    /** Input values that each output sees: the paper's N_l. */
    public long fanIn() {
        return taps() * channels;
    }

    /** The numbers in their order, as kernels read them from int64. */
    public long[] numbers() {
        return new long[] {height, width, channels, kernel, stride, padding, outChannels};
    }

    /** The convolution of these numbers. */
    public static ConvolutionShape of(long[] numbers) {
        return new ConvolutionShape(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    }

    /** Whether memory holds the numbers of this convolution. Allocates nothing. */
    public boolean isStoredIn(MemorySegment numbers) {
        return height == number(numbers, 0) && width == number(numbers, 1) && channels == number(numbers, 2)
                && kernel == number(numbers, 3) && stride == number(numbers, 4) && padding == number(numbers, 5)
                && outChannels == number(numbers, 6);
    }

    private static long number(MemorySegment numbers, int index) {
        return numbers.getAtIndex(ValueLayout.JAVA_LONG, index);
    }
}
