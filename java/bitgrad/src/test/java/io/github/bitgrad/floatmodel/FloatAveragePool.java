package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.AveragePool;
import java.util.List;

/** The average of each window; its gradient goes to all of them in equal parts. */
public final class FloatAveragePool implements FloatLayer {
    /** What a pixel and its window do together. */
    private interface Meeting {
        void at(int window, int pixel);
    }

    private final AveragePool layer;
    private final int images;
    private final int height;
    private final int width;
    private final int channels;

    FloatAveragePool(Place place) {
        layer = (AveragePool) place.layer();
        images = place.images();
        height = place.input().height();
        width = place.input().width();
        channels = place.input().channels();
    }

    private int windows() {
        return images * (height / layer.height()) * (width / layer.width());
    }

    private void meet(Meeting meeting) {
        int windowsInRow = width / layer.width();
        for (int pixel = 0; pixel < images * height * width; pixel++) {
            int row = pixel / width % height / layer.height();
            int column = pixel % width / layer.width();
            if (row < height / layer.height() && column < windowsInRow) {
                int image = pixel / (height * width);
                meeting.at((image * (height / layer.height()) + row) * windowsInRow + column, pixel);
            }
        }
    }

    private double part() {
        return 1.0 / (layer.height() * layer.width());
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        double[][] averages = new double[windows()][channels];
        meet((window, pixel) -> {
            for (int c = 0; c < channels; c++) {
                averages[window][c] += part() * inputs.getFirst()[pixel][c];
            }
        });
        return averages;
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        double[][] pixels = new double[images * height * width][channels];
        meet((window, pixel) -> {
            for (int c = 0; c < channels; c++) {
                pixels[pixel][c] = part() * gradient[window][c];
            }
        });
        return List.<double[][]>of(pixels);
    }
}
