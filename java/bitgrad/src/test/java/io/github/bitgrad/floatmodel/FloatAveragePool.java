package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.AveragePool;
import java.util.List;

/** The average of the pixels of each window; its gradient goes to all of them in equal parts. */
public final class FloatAveragePool implements FloatLayer {
    /** What a pixel and its window do together, of which the pixel is a part. */
    private interface Meeting {
        void at(int window, int pixel, double part);
    }

    private final AveragePool layer;
    private final int images;
    private final int height;
    private final int width;
    private final int channels;

    FloatAveragePool(Place place) {
        this(place, (AveragePool) place.layer());
    }

    private FloatAveragePool(Place place, AveragePool layer) {
        this.layer = layer;
        images = place.images();
        height = place.input().height();
        width = place.input().width();
        channels = place.input().channels();
    }

    /** The average of whole images. */
    static FloatAveragePool global(Place place) {
        return new FloatAveragePool(place, new AveragePool(place.input().height(), place.input().width()));
    }

    private int rows() {
        return (height + 2 * layer.paddingHeight() - layer.height()) / layer.strideHeight() + 1;
    }

    private int columns() {
        return (width + 2 * layer.paddingWidth() - layer.width()) / layer.strideWidth() + 1;
    }

    private void meet(Meeting meeting) {
        for (int window = 0; window < images * rows() * columns(); window++) {
            int image = window / (rows() * columns());
            int row = window / columns() % rows() * layer.strideHeight() - layer.paddingHeight();
            int column = window % columns() * layer.strideWidth() - layer.paddingWidth();
            int bottom = Math.min(row + layer.height(), height);
            int right = Math.min(column + layer.width(), width);
            double part = 1.0 / ((bottom - Math.max(row, 0)) * (right - Math.max(column, 0)));
            for (int y = Math.max(row, 0); y < bottom; y++) {
                for (int x = Math.max(column, 0); x < right; x++) {
                    meeting.at(window, (image * height + y) * width + x, part);
                }
            }
        }
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        double[][] averages = new double[images * rows() * columns()][channels];
        meet((window, pixel, part) -> {
            for (int c = 0; c < channels; c++) {
                averages[window][c] += part * inputs.getFirst()[pixel][c];
            }
        });
        return averages;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] pixels = new double[images * height * width][channels];
        meet((window, pixel, part) -> {
            for (int c = 0; c < channels; c++) {
                pixels[pixel][c] += part * gradient[window][c];
            }
        });
        return List.<double[][]>of(pixels);
    }
}
