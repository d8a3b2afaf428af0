package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;

/** The geometry of dense layers: a dense layer is a convolution of images with one pixel. */
final class DenseGeometry {
    private DenseGeometry() {
    }

    /**
     * The shape of the output for one image.
     *
     * @throws IllegalArgumentException if there are no units
     */
    static ImageShape shape(Layer layer, int units) {
        if (units < 1) {
            throw new IllegalArgumentException("%s has no units; it needs at least one.".formatted(layer));
        }
        return new ImageShape(1, 1, units);
    }

    static ConvolutionShape convolution(ImageShape input, int units) {
        return new ConvolutionShape(1, 1, input.values(), 1, 1, 0, units);
    }
}
