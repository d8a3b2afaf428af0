package io.github.bitgrad.algorithm;

import io.github.bitgrad.model.Network.LayerShape;
import io.github.bitgrad.model.Network.Pooling.Place;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * One training step of a network as the papers write it, in double, on arrays, pixel by pixel and tap by tap, with
 * nothing shared with the library but the description of the layers: what the native step is held against. A batch of
 * images is a matrix [images · height · width][channels], weights are [channels][fan-in].
 */
final class FloatModel {
    static final double EPSILON = 1e-4;
    /** What makes a mean absolute deviation the standard deviation of a normal distribution. */
    private static final double NORMAL_DEVIATION = Math.sqrt(Math.PI / 2);

    /** What a layer computes in a step. */
    static final class Layer {
        LayerShape shape;
        double[][] weights;
        double[] beta;
        double[][] input; // real for the first layer; else before the sign, or signs where these are pooled
        double[][] sums; // before any pooling
        int[][] argmax; // of each pooled element the row of the matrix that it came from; null without pooling
        double[] mean;
        double[] deviation;
        double[] signMean;
        double[][] output; // normalised, before the sign
        double[][] handedOn; // what the next layer takes in
        double[][] handedOnGradient;
        double[][] outputGradient; // at the output, masked by the straight-through estimator
        double[][] normalisedGradient; // at what batch normalisation takes in
        double[][] sumGradient; // at the sums, before any pooling
        double[][] weightGradient;
        double[] betaGradient;
    }

    /** What an implementation keeps of a gradient, which it goes on with in the layers before. */
    interface Keeping {
        double[][] kept(int layer, double[][] gradient);
    }

    private final boolean proposed;
    final double lossScale;
    final Layer[] layers;
    double[] losses;

    /** @param lossScale what the gradient of the summed loss is multiplied with */
    FloatModel(boolean proposed, double lossScale, List<LayerShape> shapes, double[][][] weights, double[][] betas) {
        this.proposed = proposed;
        this.lossScale = lossScale;
        layers = new Layer[weights.length];
        for (int l = 0; l < layers.length; l++) {
            layers[l] = new Layer();
            layers[l].shape = shapes.get(l);
            layers[l].weights = weights[l];
            layers[l].beta = betas[l];
        }
    }

    static double sign(double value) {
        return value >= 0 ? 1 : -1;
    }

    static double[][] map(double[][] matrix, DoubleUnaryOperator f) {
        return Arrays.stream(matrix).map(row -> Arrays.stream(row).map(f).toArray()).toArray(double[][]::new);
    }

    /** The same values in rows of another length. */
    static double[][] reshape(double[][] matrix, int columns) {
        double[] values = Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
        double[][] result = new double[values.length / columns][];
        for (int r = 0; r < result.length; r++) {
            result[r] = Arrays.copyOfRange(values, r * columns, (r + 1) * columns);
        }
        return result;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    private static double[] column(double[][] matrix, int column) {
        return Arrays.stream(matrix).mapToDouble(row -> row[column]).toArray();
    }

    private static double[] signs(double[] values) {
        return Arrays.stream(values).map(FloatModel::sign).toArray();
    }

    private static double[] absolute(double[] values) {
        return Arrays.stream(values).map(Math::abs).toArray();
    }

    private double[][] productInput(int l) {
        return l == 0 ? layers[l].input : map(layers[l].input, FloatModel::sign);
    }

    /** What a convolution does where output pixel and input pixel meet at a tap. */
    private interface Meeting {
        void at(int output, int input, int tap);
    }

    /** Every meeting; what lies beyond the edges meets nothing. */
    private static void convolve(LayerShape shape, int images, Meeting meeting) {
        int height = shape.input().height();
        int width = shape.input().width();
        int outHeight = shape.sums().height();
        int outWidth = shape.sums().width();
        for (int image = 0; image < images; image++) {
            for (int outY = 0; outY < outHeight; outY++) {
                for (int outX = 0; outX < outWidth; outX++) {
                    for (int tap = 0; tap < shape.kernel() * shape.kernel(); tap++) {
                        int y = outY * shape.stride() - shape.padding() + tap / shape.kernel();
                        int x = outX * shape.stride() - shape.padding() + tap % shape.kernel();
                        if (y >= 0 && y < height && x >= 0 && x < width) {
                            meeting.at((image * outHeight + outY) * outWidth + outX, (image * height + y) * width + x,
                                    tap);
                        }
                    }
                }
            }
        }
    }

    /** @param keeping asked for each layer's gradient at the sums, once it is there */
    void run(double[][] input, int[] labels, Keeping keeping) {
        double[][] x = input;
        for (int l = 0; l < layers.length; l++) {
            layers[l].input = reshape(x, layers[l].shape.input().channels());
            forward(l, labels.length);
            x = layers[l].handedOn;
        }
        Layer last = layers[layers.length - 1];
        last.handedOnGradient = loss(last.output, labels);
        for (int l = layers.length - 1; l >= 0; l--) {
            backward(l, labels.length, keeping);
        }
    }

    private static boolean pools(Layer layer, Place place) {
        return layer.shape.pooling().any() && layer.shape.pooling().place() == place;
    }

    private void forward(int l, int images) {
        Layer layer = layers[l];
        double[][] x = productInput(l);
        int inputChannels = layer.shape.input().channels();
        layer.sums = new double[images * layer.shape.sums().height() * layer.shape.sums().width()][layer.beta.length];
        convolve(layer.shape, images, (output, input, tap) -> {
            for (int n = 0; n < layer.beta.length; n++) {
                for (int c = 0; c < inputChannels; c++) {
                    layer.sums[output][n] += x[input][c] * sign(layer.weights[n][tap * inputChannels + c]);
                }
            }
        });
        if (pools(layer, Place.BEFORE_NORMALISATION)) {
            normalise(layer, pool(layer, layer.sums, images));
        } else {
            normalise(layer, layer.sums);
        }
        layer.handedOn = pools(layer, Place.AFTER_SIGN)
                ? pool(layer, map(layer.output, FloatModel::sign), images)
                : layer.output;
    }

    /** The largest of each window, the first where several are. */
    private static double[][] pool(Layer layer, double[][] x, int images) {
        int size = layer.shape.pooling().size();
        int height = layer.shape.sums().height();
        int width = layer.shape.sums().width();
        int channels = layer.beta.length;
        int pooledHeight = height / size;
        int pooledWidth = width / size;
        double[][] pooled = new double[images * pooledHeight * pooledWidth][channels];
        layer.argmax = new int[pooled.length][channels];
        for (int r = 0; r < pooled.length; r++) {
            int image = r / (pooledHeight * pooledWidth);
            int row = r / pooledWidth % pooledHeight;
            int column = r % pooledWidth;
            for (int c = 0; c < channels; c++) {
                pooled[r][c] = Double.NEGATIVE_INFINITY;
                for (int y = row * size; y < (row + 1) * size; y++) {
                    for (int z = column * size; z < (column + 1) * size; z++) {
                        int at = (image * height + y) * width + z;
                        if (x[at][c] > pooled[r][c]) {
                            pooled[r][c] = x[at][c];
                            layer.argmax[r][c] = at;
                        }
                    }
                }
            }
        }
        return pooled;
    }

    private void normalise(Layer layer, double[][] sums) {
        int channels = layer.beta.length;
        layer.mean = new double[channels];
        layer.deviation = new double[channels];
        layer.signMean = new double[channels];
        layer.output = new double[sums.length][channels];
        for (int c = 0; c < channels; c++) {
            double[] y = column(sums, c);
            double mean = mean(y);
            double[] centred = Arrays.stream(y).map(v -> v - mean).toArray();
            double deviation = proposed ? NORMAL_DEVIATION * mean(absolute(centred)) + EPSILON
                    : Math.sqrt(mean(Arrays.stream(centred).map(v -> v * v).toArray()) + EPSILON);
            layer.mean[c] = mean;
            layer.deviation[c] = deviation;
            for (int r = 0; r < y.length; r++) {
                layer.output[r][c] = centred[r] / deviation + layer.beta[c];
            }
            layer.signMean[c] = mean(signs(column(layer.output, c)));
        }
    }

    /** The gradient at the logits. */
    private double[][] loss(double[][] logits, int[] labels) {
        losses = new double[logits.length];
        double[][] gradient = new double[logits.length][];
        for (int r = 0; r < logits.length; r++) {
            double[] exponentials = Arrays.stream(logits[r]).map(Math::exp).toArray();
            double sum = Arrays.stream(exponentials).sum();
            losses[r] = Math.log(sum) - logits[r][labels[r]];
            gradient[r] = Arrays.stream(exponentials).map(e -> e / sum).toArray();
            gradient[r][labels[r]] -= 1;
        }
        return map(gradient, g -> lossScale * g);
    }

    private void backward(int l, int images, Keeping keeping) {
        Layer layer = layers[l];
        boolean last = l == layers.length - 1;
        layer.outputGradient = pools(layer, Place.AFTER_SIGN)
                ? unpool(layer, layer.handedOnGradient)
                : map(layer.handedOnGradient, DoubleUnaryOperator.identity());
        for (int r = 0; r < layer.output.length && !last; r++) {
            for (int c = 0; c < layer.beta.length; c++) {
                if (Math.abs(layer.output[r][c]) > 1) {
                    layer.outputGradient[r][c] = 0;
                }
            }
        }
        normaliseBackward(layer, last);
        layer.sumGradient = pools(layer, Place.BEFORE_NORMALISATION)
                ? unpool(layer, layer.normalisedGradient)
                : layer.normalisedGradient;
        double[][] x = productInput(l);
        int inputChannels = layer.shape.input().channels();
        double[][] kept = keeping.kept(l, layer.sumGradient);
        layer.weightGradient = new double[layer.weights.length][layer.weights[0].length];
        double[][] inputGradient = new double[x.length][inputChannels];
        convolve(layer.shape, images, (output, input, tap) -> {
            for (int n = 0; n < layer.beta.length; n++) {
                double gradient = kept[output][n];
                for (int c = 0; c < inputChannels; c++) {
                    int k = tap * inputChannels + c;
                    layer.weightGradient[n][k] += gradient * x[input][c];
                    inputGradient[input][c] += gradient * sign(layer.weights[n][k]);
                }
            }
        });
        if (l > 0) {
            layers[l - 1].handedOnGradient = reshape(inputGradient, layers[l - 1].beta.length);
        }
    }

    /** Each gradient where its value came from, and zero elsewhere. */
    private static double[][] unpool(Layer layer, double[][] gradient) {
        double[][] unpooled = new double[layer.sums.length][layer.beta.length];
        for (int r = 0; r < gradient.length; r++) {
            for (int c = 0; c < layer.beta.length; c++) {
                unpooled[layer.argmax[r][c]][c] = gradient[r][c];
            }
        }
        return unpooled;
    }

    private void normaliseBackward(Layer layer, boolean last) {
        int rows = layer.output.length;
        int channels = layer.beta.length;
        layer.betaGradient = new double[channels];
        layer.normalisedGradient = new double[rows][channels];
        for (int c = 0; c < channels; c++) {
            double[] dx = column(layer.outputGradient, c);
            layer.betaGradient[c] = Arrays.stream(dx).sum();
            double[] v = new double[rows];
            double[] vTimesKept = new double[rows];
            double[] kept = new double[rows]; // what stands for the normalised value in the projection
            double[] direction = new double[rows]; // what the projection is taken along
            for (int r = 0; r < rows; r++) {
                v[r] = dx[r] / layer.deviation[c];
                double normalised = layer.output[r][c] - layer.beta[c];
                if (!proposed) { // standard, section 3 of the design: along the normalised value
                    kept[r] = normalised;
                    direction[r] = normalised;
                } else if (last) { // the derivative of the normalised value
                    kept[r] = normalised;
                    direction[r] = NORMAL_DEVIATION * sign(normalised);
                } else { // the same, with what is known: signs, and that |output| is about a half where v is not 0
                    kept[r] = sign(layer.output[r][c]) / 2 - layer.beta[c];
                    direction[r] = NORMAL_DEVIATION * sign(layer.output[r][c]);
                }
                vTimesKept[r] = v[r] * kept[r];
            }
            double offset = proposed ? mean(direction) : 0;
            double meanV = mean(v);
            double projection = mean(vTimesKept);
            for (int r = 0; r < rows; r++) {
                layer.normalisedGradient[r][c] = v[r] - meanV - projection * (direction[r] - offset);
            }
        }
    }
}
