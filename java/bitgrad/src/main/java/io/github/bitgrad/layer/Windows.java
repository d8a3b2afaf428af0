package io.github.bitgrad.layer;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;

/**
 * The windows of a pooling layer.
 *
 * @param height rows of a window
 * @param width pixels in each row of a window
 * @param strideHeight input rows from a window to the next window below it
 * @param strideWidth input pixels from a window to the next window on its right
 * @param paddingHeight rows of padding above the image, and also below it
 * @param paddingWidth pixels of padding on the left of the image, and also on its right
 */
record Windows(int height, int width, int strideHeight, int strideWidth, int paddingHeight, int paddingWidth) {
    /** The names of the numbers in files. */
    static final List<String> NUMBERS = List.of("height", "width", "strideHeight", "strideWidth", "paddingHeight",
            "paddingWidth");

    /** The windows that a file describes. If it says nothing else, they lie side by side, without padding. */
    static Windows of(Numbers numbers) {
        int height = numbers.whole("height");
        int width = numbers.whole("width");
        return new Windows(height, width, numbers.whole("strideHeight", height), numbers.whole("strideWidth", width),
                numbers.whole("paddingHeight", 0), numbers.whole("paddingWidth", 0));
    }

    /** Whether the windows lie side by side, and within the image. */
    boolean sideBySide() {
        return strideHeight == height && strideWidth == width && paddingHeight == 0 && paddingWidth == 0;
    }

    /** The numbers that describe the windows. Those of windows that lie side by side are the size only. */
    Numbers numbers() {
        Numbers size = Numbers.NONE.and("height", height).and("width", width);
        return sideBySide()
                ? size
                : size.and("strideHeight", strideHeight).and("strideWidth", strideWidth)
                        .and("paddingHeight", paddingHeight).and("paddingWidth", paddingWidth);
    }

    /**
     * The shape of an image after pooling. Pixels that do not fill a window are left out.
     *
     * @param most the largest height and width of a window
     * @throws IllegalArgumentException if the windows are impossible or larger than the image
     */
    ImageShape shape(Layer layer, int most, ImageShape input) {
        if (Math.min(height, width) < 1 || Math.max(height, width) > most || (long) height * width == 1) {
            throw new IllegalArgumentException(
                    "%s is impossible: windows have 1 to %s rows and columns, and more than one pixel."
                            .formatted(layer, most));
        }
        if (Math.min(strideHeight, strideWidth) < 1) {
            throw new IllegalArgumentException("%s is impossible: strides must be at least one.".formatted(layer));
        }
        if (Math.min(paddingHeight, paddingWidth) < 0 || paddingHeight >= height || paddingWidth >= width) {
            throw new IllegalArgumentException(
                    "%s is impossible: padding must be at least 0 and less than the window.".formatted(layer));
        }
        if (height > input.height() + 2L * paddingHeight || width > input.width() + 2L * paddingWidth) {
            throw new IllegalArgumentException("%s pools windows larger than its %s input; choose a smaller window."
                    .formatted(layer, input));
        }
        WindowShape windows = on(input);
        return new ImageShape((int) windows.rows(), (int) windows.columns(), input.channels());
    }

    /** The windows of images of a shape. */
    WindowShape on(ImageShape input) {
        return new WindowShape(input.height(), input.width(), input.channels(), height, width, strideHeight,
                strideWidth, paddingHeight, paddingWidth);
    }

    @Override
    public String toString() {
        return sideBySide()
                ? "%sx%s".formatted(height, width)
                : "%sx%s, stride %sx%s, padding %sx%s".formatted(height, width, strideHeight, strideWidth,
                        paddingHeight, paddingWidth);
    }
}
