package io.github.bitgrad.floatmodel;

import io.github.bitgrad.layer.MaxPool;
import java.util.List;

/** The largest of each window, the first where several are. */
public final class FloatMaxPool implements FloatLayer {
    private final MaxPool layer;
    private final int images;
    private final int height;
    private final int width;
    private final int channels;
    private int[][] argmax;

    FloatMaxPool(Place place) {
        layer = (MaxPool) place.layer();
        images = place.images();
        height = place.input().height();
        width = place.input().width();
        channels = place.input().channels();
    }

    @Override
    public double[][] forward(List<double[][]> inputs) {
        double[][] x = inputs.getFirst();
        int pooledHeight = (height + 2 * layer.paddingHeight() - layer.height()) / layer.strideHeight() + 1;
        int pooledWidth = (width + 2 * layer.paddingWidth() - layer.width()) / layer.strideWidth() + 1;
        double[][] pooled = new double[images * pooledHeight * pooledWidth][channels];
        argmax = new int[pooled.length][channels];
        for (int r = 0; r < pooled.length; r++) {
            int image = r / (pooledHeight * pooledWidth);
            int row = r / pooledWidth % pooledHeight * layer.strideHeight() - layer.paddingHeight();
            int column = r % pooledWidth * layer.strideWidth() - layer.paddingWidth();
            for (int c = 0; c < channels; c++) {
                pooled[r][c] = Double.NEGATIVE_INFINITY;
                for (int y = Math.max(row, 0); y < Math.min(row + layer.height(), height); y++) {
                    for (int z = Math.max(column, 0); z < Math.min(column + layer.width(), width); z++) {
                        int at = (image * height + y) * width + z;
                        if (x[at][c] > pooled[r][c]) {
                            pooled[r][c] = x[at][c];
                            argmax[r][c] = at;
                        }
                    }
                }
            }
        }
        return pooled;
    }

    /** Each gradient where its value came from, added up, and zero elsewhere. */
    @Override
    public List<double[][]> backward(double[][] gradient) {
        return List.<double[][]>of(spread(gradient));
    }

    /** Values of windows, added up at the pixels that these took, and zero elsewhere. */
    public double[][] spread(double[][] windows) {
        double[][] pixels = new double[images * height * width][channels];
        for (int r = 0; r < windows.length; r++) {
            for (int c = 0; c < channels; c++) {
                pixels[argmax[r][c]][c] += windows[r][c];
            }
        }
        return pixels;
    }

    /** Of pixels those that the windows took. */
    public double[][] taken(double[][] pixels) {
        double[][] taken = new double[argmax.length][channels];
        for (int r = 0; r < argmax.length; r++) {
            for (int c = 0; c < channels; c++) {
                taken[r][c] = pixels[argmax[r][c]][c];
            }
        }
        return taken;
    }
}
