package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * The average of each window, per channel. Pixels at the right and lower edge that do not fill a window are left out, and
 * padding does not count. It takes real values (sums, or normalised values before their sign) and gives real values. In
 * the backward pass, every pixel of a window gets an equal part of the gradient.
 *
 * @param height rows of pixels in a window, at least 1
 * @param width pixels in a row of a window, at least 1
 * @param strideHeight input rows from a window to the next window below it, at least 1
 * @param strideWidth input pixels from a window to the next window on its right, at least 1
 * @param paddingHeight rows of padding above the image, and also below it; less than height
 * @param paddingWidth pixels of padding on the left of the image, and also on its right; less than width
 */
public record AveragePool(int height, int width, int strideHeight, int strideWidth, int paddingHeight, int paddingWidth)
        implements
        Layer {
    static final LayerKind KIND = LayerKind.of("averagePool", Windows.NUMBERS,
            numbers -> of(Windows.of(numbers)));

    /**
     * Average pooling in windows that lie side by side, beginning at the upper left corner. Use {@link #stride} and
     * {@link #padding} to change this.
     *
     * @param height rows of pixels in a window, at least 1
     * @param width pixels in a row of a window, at least 1
     */
    public AveragePool(int height, int width) {
        this(height, width, height, width, 0, 0);
    }

    private static AveragePool of(Windows windows) {
        return new AveragePool(windows.height(), windows.width(), windows.strideHeight(), windows.strideWidth(),
                windows.paddingHeight(), windows.paddingWidth());
    }

    /**
     * This pooling with another stride.
     *
     * @param rows from a window to the next window below it
     * @param pixels from a window to the next window on its right
     */
    public AveragePool stride(int rows, int pixels) {
        return new AveragePool(height, width, rows, pixels, paddingHeight, paddingWidth);
    }

    /**
     * This pooling with another padding.
     *
     * @param rows of padding above the image, and also below it
     * @param pixels of padding on the left of the image, and also on its right
     */
    public AveragePool padding(int rows, int pixels) {
        return new AveragePool(height, width, strideHeight, strideWidth, rows, pixels);
    }

    private Windows windows() {
        return new Windows(height, width, strideHeight, strideWidth, paddingHeight, paddingWidth);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return windows().numbers();
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return windows().shape(this, Integer.MAX_VALUE, Layer.single(inputs));
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return Averages.compile(step, windows().on(input.shape()), KIND.name(), input);
    }

    @Override
    public String toString() {
        return "averagePool(%s)".formatted(windows());
    }
}
