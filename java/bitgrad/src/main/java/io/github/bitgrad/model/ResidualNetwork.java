package io.github.bitgrad.model;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.GlobalAveragePool;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Relu;
import io.github.bitgrad.layer.Sign;

/**
 * Collects the layers of a residual network. Real numbers go through it as a stream. A block takes their signs,
 * multiplies them by binary weights, normalises the sums, and adds them to the stream.
 */
final class ResidualNetwork {
    private final Network.Graph graph;
    private String stream = Network.INPUT;
    private int channels;
    private int convolutions;
    private boolean ofBiRealNet;

    ResidualNetwork(String name, ImageShape input) {
        graph = Network.graph(name, input);
    }

    /** Adds a node that takes the output of the last one; returns its name. */
    private String add(String name, Layer layer, String... inputs) {
        graph.node(name, layer, inputs);
        return name;
    }

    /** Begins with a real 3×3 convolution. With a stride of 1 it keeps the size of the images. */
    ResidualNetwork convolution(int channels, int stride) {
        return begin(RealConvolution.of(channels).kernel(3, 3).stride(stride, stride).same());
    }

    /**
     * Begins as networks for ImageNet do: a real 7×7 convolution and max pooling, each with stride 2.
     *
     * @param rectified whether values are rectified before pooling, and normalised after it
     */
    ResidualNetwork convolutionOfImageNet(boolean rectified) {
        begin(RealConvolution.of(64).kernel(7, 7).stride(2, 2).padding(3, 3));
        if (rectified) {
            stream = add("conv1.relu", new Relu(), stream);
        }
        stream = add("pool1", new MaxPool(3, 3).stride(2, 2).padding(1, 1), stream);
        if (rectified) {
            stream = add("pool1.norm", new BatchNorm(), stream);
        }
        return this;
    }

    private ResidualNetwork begin(RealConvolution convolution) {
        add("conv1", convolution, Network.INPUT);
        stream = add("conv1.norm", new BatchNorm(), "conv1");
        channels = convolution.channels();
        convolutions = 1;
        return this;
    }

    /** Chooses the blocks of Bi-Real Net: their signs have the estimator ApproxSign, and their weights are scaled. */
    ResidualNetwork ofBiRealNet() {
        ofBiRealNet = true;
        return this;
    }

    /**
     * Adds blocks with the same number of channels.
     *
     * @param channels channels of the stream after each of them
     * @param count how many blocks there are
     * @param stride the stride of the first one; those after it have stride 1
     */
    ResidualNetwork blocks(int channels, int count, int stride) {
        for (int i = 0; i < count; i++) {
            block(channels, i == 0 ? stride : 1);
        }
        return this;
    }

    private void block(int channels, int stride) {
        convolutions++;
        String name = "conv" + convolutions;
        BinaryConvolution convolution = BinaryConvolution.of(channels).kernel(3, 3).stride(stride, stride).same();
        String norm = product(name, ofBiRealNet ? convolution.scaled() : convolution);
        stream = add(name + ".add", new Add(), norm, shortcut(name, channels, stride));
        this.channels = channels;
    }

    /** Takes the signs of the stream, multiplies them, and normalises the sums. */
    private String product(String name, Layer layer) {
        String sign = add(name + ".sign", ofBiRealNet ? Sign.approximate() : new Sign(), stream);
        add(name, layer, sign);
        return add(name + ".norm", new BatchNorm(), name);
    }

    /**
     * Adds a block of two products: a depthwise 3×3 convolution, and a 1×1 convolution that mixes the channels. The
     * stream goes by each of them, but not by a 1×1 convolution that changes the number of channels.
     *
     * @param channels channels of the stream after it
     * @param stride the stride of the depthwise convolution
     */
    ResidualNetwork separable(int channels, int stride) {
        convolutions++;
        String depthwise = "depthwise" + convolutions;
        String norm = product(depthwise, DepthwiseConvolution.of(3, 3).stride(stride, stride).same());
        stream = add(depthwise + ".add", new Add(), norm, pooled(depthwise, stride));
        String name = "conv" + convolutions;
        String mixed = product(name, BinaryConvolution.of(channels));
        stream = channels == this.channels ? add(name + ".add", new Add(), mixed, stream) : mixed;
        this.channels = channels;
        return this;
    }

    /** The stream as it is; where a block changes its shape, pooled, and taken to the other channels by real weights. */
    private String shortcut(String name, int channels, int stride) {
        if (stride == 1 && channels == this.channels) {
            return stream;
        }
        String pooled = pooled(name, stride);
        String number = name.substring("conv".length());
        add("short" + number, RealConvolution.of(channels), pooled);
        return add("short" + number + ".norm", new BatchNorm(), "short" + number);
    }

    /** The stream, pooled where a block has a stride. */
    private String pooled(String name, int stride) {
        return stride == 1 ? stream : add(name + ".down", new AveragePool(stride, stride), stream);
    }

    /** Rectifies the stream. */
    ResidualNetwork rectified() {
        stream = add("end.relu", new Relu(), stream);
        return this;
    }

    /** Ends with the average over all pixels, and a real dense layer. */
    Network classes(int classes) {
        add("end.pool", new GlobalAveragePool(), stream);
        add("out", new RealDense(classes), "end.pool");
        return graph.build();
    }
}
