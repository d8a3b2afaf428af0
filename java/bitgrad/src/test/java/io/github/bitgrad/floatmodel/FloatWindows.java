package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.ConvolutionGeometry;

/**
 * The pixels of a batch of images that a convolution sees, tap by tap.
 *
 * @param geometry the kernel, its stride and its padding
 * @param images in the batch
 * @param height rows of pixels of an image
 * @param width pixels in a row of an image
 */
record FloatWindows(ConvolutionGeometry geometry, int images, int height, int width) {
    /** What happens where output pixel and input pixel meet at a tap. */
    interface Meeting {
        void at(int output, int input, int tap);
    }

    int taps() {
        return geometry.kernelHeight() * geometry.kernelWidth();
    }

    private int outHeight() {
        return (height + 2 * geometry.paddingHeight() - geometry.kernelHeight()) / geometry.strideHeight() + 1;
    }

    private int outWidth() {
        return (width + 2 * geometry.paddingWidth() - geometry.kernelWidth()) / geometry.strideWidth() + 1;
    }

    /** The output pixels of the batch. */
    int outputs() {
        return images * outHeight() * outWidth();
    }

    /** Every meeting; what lies beyond the edges meets nothing. */
    void convolve(Meeting meeting) {
        for (int image = 0; image < images; image++) {
            for (int outY = 0; outY < outHeight(); outY++) {
                for (int outX = 0; outX < outWidth(); outX++) {
                    for (int tap = 0; tap < taps(); tap++) {
                        int y = outY * geometry.strideHeight() - geometry.paddingHeight()
                                + tap / geometry.kernelWidth();
                        int x = outX * geometry.strideWidth() - geometry.paddingWidth() + tap % geometry.kernelWidth();
                        if (y >= 0 && y < height && x >= 0 && x < width) {
                            meeting.at((image * outHeight() + outY) * outWidth() + outX,
                                    (image * height + y) * width + x, tap);
                        }
                    }
                }
            }
        }
    }
}
