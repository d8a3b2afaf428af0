package io.github.bitgrad.layer;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.data.ImageShape;

/** The common part of all pooling layers: windows that lie side by side, beginning at the upper left corner. */
final class Windows {
    /** The largest height and width of a window. */
    private static final int MOST = Bitgrad.BG_MAX_POOL();

    private Windows() {
    }

    /**
     * The shape of an image after pooling. Pixels that do not fill a window are left out.
     *
     * @throws IllegalArgumentException if the windows are impossible or larger than the image
     */
    static ImageShape shape(Layer layer, int height, int width, ImageShape input) {
        if (Math.min(height, width) < 1 || Math.max(height, width) > MOST || height * width == 1) {
            throw new IllegalArgumentException(
                    "%s is impossible: windows have 1 to %s rows and columns, and more than one pixel."
                            .formatted(layer, MOST));
        }
        if (height > input.height() || width > input.width()) {
            throw new IllegalArgumentException("%s pools windows larger than its %s input; choose a smaller window."
                    .formatted(layer, input));
        }
        return new ImageShape(input.height() / height, input.width() / width, input.channels());
    }
}
