package io.github.bitgrad.model;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Concat;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.GlobalAveragePool;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Prelu;
import io.github.bitgrad.layer.Relu;
import io.github.bitgrad.layer.Sign;
import java.util.List;

/** Small networks that are no chains. */
public final class TestGraphs {
    private static final int CLASSES = 5;

    /** Sums that are normalised go to a sign and to an add. */
    public static final Network RESIDUAL = residual("residual", new ImageShape(9, 8, 2), 18, 2, CLASSES);

    /** Many joins in a chain, through which a gradient grows. */
    public static final Network JOINS = residual("16 joins", new ImageShape(4, 5, 1), 5, 16, CLASSES);

    /** Three convolutions take the same signs, whose sums are added. */
    public static final Network FORK = fork();

    /** The sum is normalised again before its sign: nothing but that sign takes it then. */
    public static final Network NORMALISED_AGAIN = normalisedAgain();

    /** A sum is added to a sum of itself: whoever writes over a matrix must be the last to read it. */
    public static final Network SUMS_OF_SUMS = sumsOfSums();

    /** Pooled sums are normalised, and go to a sign and to an add; with 35 channels, so that there are tiles. */
    public static final Network POOLED_JOIN = pooledJoin();

    /** Real convolutions, of bytes and of a stream, and a real dense layer at the end. */
    public static final Network REAL = real();

    /**
     * Real products with biases: of bytes, rectified behind it; in a shortcut; before a sign; before normalisation, where a
     * bias learns nothing; and before the loss. With 35 channels, so that there are tiles.
     */
    public static final Network BIASED = biased("biased", new ImageShape(9, 8, 2), CLASSES);

    /** A real dense layer takes bytes, and only one sign takes its normalised sums. */
    public static final Network REAL_FIRST = realFirst();

    /** A stream of rectified values, to which rectified values are added; with 35 channels, so that there are tiles. */
    public static final Network RECTIFIED = rectified();

    /** A residual network as large ones are: rectified values are pooled in windows that overlap, then come blocks. */
    public static final Network POOLED_STREAM = pooledStream();

    /** Channels of branches that are no multiples of a tile are joined, and join a stream. */
    public static final Network CONCAT = concat();

    /**
     * Joined signs: of every estimator, of which some go to convolutions too; pooled before the join, and behind it; and
     * joined again. No part has a multiple of 64 channels, and there are tiles.
     */
    public static final Network JOINED_SIGNS = joinedSigns("joined signs", new ImageShape(8, 10, 2), CLASSES);

    /** The beginning of a large residual network: everything up to the stream is computed twice more on the way back. */
    public static final Network STEM = stem("stem", new ImageShape(7, 5, 2), 19, CLASSES);

    /**
     * The beginning of another kind of large residual network: normalised values are pooled in windows that overlap, and
     * begin the stream; with 35 channels, so that there are tiles.
     */
    public static final Network POOLED_STEM =
            pooledStem("pooled stem", new ImageShape(7, 5, 2), 35, CLASSES, new Sign());

    /** The same beginnings with images of so many pixels that some images of a batch are computed at a time. */
    public static final List<Network> LARGE_STEMS =
            List.of(stem("large stem", new ImageShape(16, 16, 2), 35, CLASSES),
                    pooledStem("large pooled stem", new ImageShape(16, 16, 2), 35, CLASSES, new Sign()));

    /** What normalises the network's input and gives it slopes learns, although nothing before it does. */
    public static final Network NORMALISED_INPUT = normalisedInput();

    /**
     * Signs of every estimator: of sums, of pooled sums, of a stream, and pooled; and latent weights with limits of their
     * own. With 35 channels, so that there are tiles.
     */
    public static final Network ESTIMATORS = estimators();

    /**
     * Products with scaled weights: of bytes, with pooled sums, in a branch, and before the loss. Some limits are so small
     * that the epsilon of normalisation matters. With 35 channels, so that there are tiles.
     */
    public static final Network SCALED = scaled();

    /** Two normalisations take the sums of one product with scaled weights, pooled in windows that overlap. */
    public static final Network SCALED_TWICE = scaledTwice();

    /**
     * Depthwise convolutions: of signs that nothing learns before, with a limit of the latent weights; of signs that
     * another layer takes too; and one whose sums are pooled. With 35 channels, so that there are tiles.
     */
    public static final Network DEPTHWISE = depthwise("depthwise", new ImageShape(9, 8, 3), CLASSES);

    /** All but {@link #SCALED_TWICE}, whose sums have a gradient in two parts. */
    public static final List<Network> ALL =
            List.of(SCALED, ESTIMATORS, RESIDUAL, JOINS, FORK, NORMALISED_AGAIN, SUMS_OF_SUMS,
                    POOLED_JOIN, REAL, REAL_FIRST, RECTIFIED, POOLED_STREAM, CONCAT, JOINED_SIGNS, BIASED, STEM,
                    POOLED_STEM,
                    NORMALISED_INPUT, DEPTHWISE);

    private TestGraphs() {
    }

    private static BinaryConvolution convolution(int channels) {
        return BinaryConvolution.of(channels).kernel(3, 3).same();
    }

    private static void normalised(Network.Graph graph, String name, Layer product, String input) {
        graph.node(name, product, input).node(name + ".norm", new BatchNorm(), name);
    }

    /** So many blocks of a convolution, whose normalised sums are added to what goes by them. */
    public static Network residual(String name, ImageShape input, int channels, int blocks, int classes) {
        Network.Graph graph = Network.graph(name, input);
        normalised(graph, "conv1", convolution(channels), Network.INPUT);
        String stream = "conv1.norm";
        for (int block = 2; block < 2 + blocks; block++) {
            String conv = "conv" + block;
            graph.node(conv + ".sign", new Sign(), stream);
            normalised(graph, conv, convolution(channels), conv + ".sign");
            graph.node(conv + ".add", new Add(), conv + ".norm", stream);
            stream = conv + ".add";
        }
        classify(graph, stream, classes);
        return graph.build();
    }

    private static void classify(Network.Graph graph, String stream, int classes) {
        graph.node("dense.sign", new Sign(), stream);
        normalised(graph, "dense", new Dense(classes), "dense.sign");
    }

    private static Network fork() {
        Network.Graph graph = Network.graph("fork", new ImageShape(7, 8, 3));
        normalised(graph, "conv1", convolution(6), Network.INPUT);
        graph.node("conv1.sign", new Sign(), "conv1.norm");
        normalised(graph, "left", convolution(19), "conv1.sign");
        normalised(graph, "right", BinaryConvolution.of(19), "conv1.sign");
        normalised(graph, "third", BinaryConvolution.of(19).kernel(1, 5).same(), "conv1.sign");
        graph.node("join", new Add(), "left.norm", "right.norm", "third.norm");
        classify(graph, "join", CLASSES);
        return graph.build();
    }

    private static Network normalisedAgain() {
        Network.Graph graph = Network.graph("normalised again", new ImageShape(6, 7, 2));
        normalised(graph, "conv1", convolution(7), Network.INPUT);
        graph.node("conv2.sign", new Sign(), "conv1.norm");
        normalised(graph, "conv2", convolution(7), "conv2.sign");
        graph.node("add2", new Add(), "conv1.norm", "conv2.norm");
        graph.node("again3.norm", new BatchNorm(), "add2").node("again3.sign", new Sign(), "again3.norm");
        normalised(graph, "conv4", convolution(7), "again3.sign");
        graph.node("add4", new Add(), "add2", "conv4.norm");
        classify(graph, "add4", CLASSES);
        return graph.build();
    }

    private static Network sumsOfSums() {
        Network.Graph graph = Network.graph("sums of sums", new ImageShape(7, 6, 2));
        normalised(graph, "conv1", convolution(9), Network.INPUT);
        graph.node("conv1.sign", new Sign(), "conv1.norm");
        normalised(graph, "left", convolution(9), "conv1.sign");
        normalised(graph, "right", convolution(9), "conv1.sign");
        graph.node("sum", new Add(), "left.norm", "right.norm").node("sum2", new Add(), "sum", "right.norm")
                .node("sum3", new Add(), "sum", "sum2").node("sum4", new Add(), "sum3", "sum3");
        classify(graph, "sum4", CLASSES);
        return graph.build();
    }

    private static Network pooledJoin() {
        Network.Graph graph = Network.graph("pooled join", new ImageShape(8, 7, 1));
        normalised(graph, "conv1", convolution(6), Network.INPUT);
        graph.node("conv1.sign", new Sign(), "conv1.norm").node("conv2", convolution(35), "conv1.sign")
                .node("conv2.pool", new MaxPool(2, 2), "conv2").node("conv2.norm", new BatchNorm(), "conv2.pool")
                .node("conv2.sign", new Sign(), "conv2.norm");
        normalised(graph, "conv3", convolution(35), "conv2.sign");
        graph.node("join", new Add(), "conv3.norm", "conv2.norm");
        classify(graph, "join", CLASSES);
        return graph.build();
    }

    private static Network real() {
        Network.Graph graph = Network.graph("real", new ImageShape(9, 8, 2));
        normalised(graph, "conv1", RealConvolution.of(18).kernel(3, 3).stride(2, 1).padding(1, 1), Network.INPUT);
        graph.node("conv2.sign", new Sign(), "conv1.norm");
        normalised(graph, "conv2", convolution(35), "conv2.sign");
        normalised(graph, "shortcut", RealConvolution.of(35), "conv1.norm");
        graph.node("join", new Add(), "conv2.norm", "shortcut.norm")
                .node("pool", new AveragePool(2, 3), "join").node("dense", new RealDense(CLASSES), "pool");
        return graph.build();
    }

    /** Real products with biases. */
    public static Network biased(String name, ImageShape input, int classes) {
        Network.Graph graph = Network.graph(name, input);
        graph.node("conv1", RealConvolution.of(18).kernel(3, 3).stride(2, 1).padding(1, 1).bias(), Network.INPUT)
                .node("first.relu", new Relu(), "conv1").node("again2.norm", new BatchNorm(), "first.relu")
                .node("conv2.sign", new Sign(), "again2.norm");
        normalised(graph, "conv2", convolution(35), "conv2.sign");
        graph.node("shortcut", RealConvolution.of(35).bias(), "again2.norm")
                .node("join", new Add(), "conv2.norm", "shortcut");
        normalised(graph, "conv3", RealConvolution.of(35).bias(), "join");
        graph.node("conv4", RealConvolution.of(20).bias(), "conv3.norm").node("conv4.sign", new Sign(), "conv4");
        normalised(graph, "dense5", new Dense(21), "conv4.sign");
        graph.node("end.pool", new GlobalAveragePool(), "dense5.norm")
                .node("dense6", new RealDense(classes).bias(), "end.pool");
        return graph.build();
    }

    private static Network realFirst() {
        Network.Graph graph = Network.graph("real first", new ImageShape(5, 6, 2));
        normalised(graph, "dense1", new RealDense(37), Network.INPUT);
        graph.node("dense1.sign", new Sign(), "dense1.norm");
        normalised(graph, "dense", new Dense(CLASSES), "dense1.sign");
        return graph.build();
    }

    private static Network rectified() {
        Network.Graph graph = Network.graph("rectified", new ImageShape(7, 6, 2));
        normalised(graph, "conv1", convolution(35), Network.INPUT);
        graph.node("first.relu", new Relu(), "conv1.norm").node("again2.norm", new BatchNorm(), "first.relu")
                .node("conv2.sign", new Sign(), "again2.norm");
        normalised(graph, "conv2", convolution(35), "conv2.sign");
        graph.node("conv2.prelu", new Prelu(), "conv2.norm").node("add2", new Add(), "conv2.prelu", "again2.norm")
                .node("add2.prelu", new Prelu(), "add2").node("conv3.sign", new Sign(), "add2.prelu");
        normalised(graph, "conv3", convolution(35), "conv3.sign");
        graph.node("add3", new Add(), "conv3.norm", "add2.prelu").node("add3.relu", new Relu(), "add3")
                .node("again3.norm", new BatchNorm(), "add3.relu").node("again3.sign", new Sign(), "again3.norm");
        normalised(graph, "dense", new Dense(CLASSES), "again3.sign");
        return graph.build();
    }

    private static Network pooledStream() {
        Network.Graph graph = Network.graph("pooled stream", new ImageShape(7, 8, 2));
        normalised(graph, "conv0", convolution(5), Network.INPUT);
        graph.node("conv0.sign", new Sign(), "conv0.norm"); // equal sums of real inputs would differ by rounding
        normalised(graph, "conv1", convolution(19), "conv0.sign");
        graph.node("first.relu", new Relu(), "conv1.norm")
                .node("first.maxPool", new MaxPool(3, 3).stride(2, 2).padding(1, 1), "first.relu")
                .node("again2.norm", new BatchNorm(), "first.maxPool").node("conv2.sign", new Sign(), "again2.norm");
        normalised(graph, "conv2", convolution(19), "conv2.sign");
        graph.node("add2", new Add(), "conv2.norm", "again2.norm").node("conv3.sign", new Sign(), "add2");
        normalised(graph, "conv3", convolution(19).stride(2, 2), "conv3.sign");
        graph.node("down3.averagePool", new AveragePool(3, 3).stride(2, 2).padding(1, 1), "add2")
                .node("add3", new Add(), "conv3.norm", "down3.averagePool")
                .node("last.maxPool", new MaxPool(1, 2), "add3");
        classify(graph, "last.maxPool", CLASSES);
        return graph.build();
    }

    private static Network concat() {
        Network.Graph graph = Network.graph("concat", new ImageShape(4, 5, 2));
        normalised(graph, "conv1", convolution(11), Network.INPUT);
        graph.node("first.sign", new Sign(), "conv1.norm");
        normalised(graph, "left", convolution(18), "first.sign");
        normalised(graph, "right", BinaryConvolution.of(7), "first.sign");
        graph.node("join", new Concat(), "right.norm", "conv1.norm", "left.norm")
                .node("conv2.sign", new Sign(), "join");
        normalised(graph, "conv2", convolution(36), "conv2.sign");
        graph.node("add", new Add(), "conv2.norm", "join");
        classify(graph, "add", CLASSES);
        return graph.build();
    }

    /** Joined signs, of images of at least four rows and columns. */
    public static Network joinedSigns(String name, ImageShape input, int classes) {
        Network.Graph graph = Network.graph(name, input);
        normalised(graph, "conv1", convolution(35), Network.INPUT);
        graph.node("conv1.sign", new Sign(), "conv1.norm");
        normalised(graph, "left", BinaryConvolution.of(7), "conv1.sign");
        graph.node("left.sign", Sign.approximate(), "left.norm");
        normalised(graph, "right", convolution(18), "conv1.sign");
        graph.node("right.sign", Sign.clipped(1.25), "right.norm")
                .node("join", new Concat(), "left.sign", "conv1.sign", "right.sign");
        normalised(graph, "conv2", convolution(19), "join");
        graph.node("conv2.sign", new Sign(), "conv2.norm").node("conv2.pool", new MaxPool(2, 2), "conv2.sign");
        normalised(graph, "strided", BinaryConvolution.of(21).kernel(2, 2).stride(2, 2), "join");
        graph.node("strided.sign", new Sign(), "strided.norm")
                .node("join2", new Concat(), "conv2.pool", "strided.sign")
                .node("pool3", new MaxPool(1, 2), "join2");
        normalised(graph, "wide", BinaryConvolution.of(3).kernel(2, 4).stride(2, 4), "join");
        graph.node("wide.sign", new Sign(), "wide.norm").node("join3", new Concat(), "pool3", "wide.sign");
        normalised(graph, "dense", new Dense(classes), "join3");
        return graph.build();
    }

    /** A real convolution that is rectified and pooled, two blocks with shortcuts, and a real dense layer. */
    public static Network stem(String name, ImageShape input, int channels, int classes) {
        Network.Graph graph = Network.graph(name, input);
        normalised(graph, "conv1", RealConvolution.of(channels).kernel(3, 3).same(), Network.INPUT);
        graph.node("first.relu", new Relu(), "conv1.norm")
                .node("first.maxPool", new MaxPool(3, 3).stride(2, 2).padding(1, 1), "first.relu")
                .node("again2.norm", new BatchNorm(), "first.maxPool").node("conv2.sign", new Sign(), "again2.norm");
        normalised(graph, "conv2", convolution(channels), "conv2.sign");
        graph.node("add2", new Add(), "conv2.norm", "again2.norm").node("conv3.sign", new Sign(), "add2");
        normalised(graph, "conv3", convolution(channels), "conv3.sign");
        graph.node("add3", new Add(), "conv3.norm", "add2").node("end.pool", new GlobalAveragePool(), "add3")
                .node("dense", new RealDense(classes), "end.pool");
        return graph.build();
    }

    /** A real convolution that is normalised and pooled, two blocks with such signs, and a real dense layer. */
    public static Network pooledStem(String name, ImageShape input, int channels, int classes, Sign sign) {
        Network.Graph graph = Network.graph(name, input);
        normalised(graph, "conv1", RealConvolution.of(channels).kernel(3, 3).same(), Network.INPUT);
        graph.node("first.maxPool", new MaxPool(3, 3).stride(2, 2).padding(1, 1), "conv1.norm")
                .node("conv2.sign", sign, "first.maxPool");
        normalised(graph, "conv2", convolution(channels), "conv2.sign");
        graph.node("add2", new Add(), "conv2.norm", "first.maxPool").node("conv3.sign", sign, "add2");
        normalised(graph, "conv3", convolution(channels), "conv3.sign");
        graph.node("add3", new Add(), "conv3.norm", "add2").node("end.pool", new GlobalAveragePool(), "add3")
                .node("dense", new RealDense(classes), "end.pool");
        return graph.build();
    }

    private static Network normalisedInput() {
        Network.Graph graph = Network.graph("normalised input", new ImageShape(6, 5, 3));
        graph.node("first.norm", new BatchNorm(), Network.INPUT).node("slopes.prelu", new Prelu(), Network.INPUT)
                .node("join", new Add(), "first.norm", "slopes.prelu");
        normalised(graph, "conv1", RealConvolution.of(7).kernel(3, 3), "join");
        graph.node("conv1.sign", new Sign(), "conv1.norm");
        normalised(graph, "dense", new Dense(CLASSES), "conv1.sign");
        return graph.build();
    }

    private static Network estimators() {
        Network.Graph graph = Network.graph("estimators", new ImageShape(8, 10, 2));
        normalised(graph, "conv1", convolution(35), Network.INPUT);
        graph.node("conv1.sign", Sign.approximate(), "conv1.norm")
                .node("conv2", convolution(35).clip(0.125), "conv1.sign")
                .node("conv2.pool", new MaxPool(2, 2), "conv2").node("conv2.norm", new BatchNorm(), "conv2.pool")
                .node("conv2.sign", Sign.clipped(1.25), "conv2.norm");
        normalised(graph, "conv3", convolution(18), "conv2.sign");
        graph.node("conv3.sign", Sign.approximate(), "conv3.norm").node("conv3.pool", new MaxPool(1, 2), "conv3.sign");
        normalised(graph, "conv4", convolution(18), "conv3.pool");
        graph.node("conv5.sign", Sign.approximate(), "conv4.norm");
        normalised(graph, "conv5", convolution(18), "conv5.sign");
        graph.node("add", new Add(), "conv5.norm", "conv4.norm").node("dense6.sign", Sign.clipped(0.75), "add");
        normalised(graph, "dense6", new Dense(35).clip(0.0625), "dense6.sign");
        graph.node("dense7.sign", Sign.clipped(1.5), "dense6.norm");
        normalised(graph, "dense7", new Dense(CLASSES), "dense7.sign");
        return graph.build();
    }

    private static Network scaled() {
        Network.Graph graph = Network.graph("scaled", new ImageShape(8, 10, 2));
        normalised(graph, "conv1", convolution(35).scaled(), Network.INPUT);
        graph.node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2", convolution(35).clip(0.0625).scaled(), "conv1.sign")
                .node("conv2.pool", new MaxPool(2, 2), "conv2").node("conv2.norm", new BatchNorm(), "conv2.pool")
                .node("conv2.sign", new Sign(), "conv2.norm");
        normalised(graph, "conv3", convolution(18).clip(1.0 / 1024).scaled(), "conv2.sign");
        graph.node("conv3.sign", new Sign(), "conv3.norm").node("conv3.pool", new MaxPool(1, 2), "conv3.sign");
        normalised(graph, "conv4", convolution(18).scaled(), "conv3.pool");
        graph.node("conv5.sign", Sign.approximate(), "conv4.norm");
        normalised(graph, "conv5", convolution(18).clip(1.0 / 1024).scaled(), "conv5.sign");
        graph.node("join", new Add(), "conv5.norm", "conv4.norm").node("join.sign", new Sign(), "join");
        normalised(graph, "dense6", new Dense(35).clip(1.0 / 1024).scaled(), "join.sign");
        graph.node("dense6.sign", new Sign(), "dense6.norm");
        normalised(graph, "dense7", new Dense(CLASSES).clip(1.0 / 128).scaled(), "dense6.sign");
        return graph.build();
    }

    private static Network scaledTwice() {
        Network.Graph graph = Network.graph("scaled twice", new ImageShape(5, 6, 2));
        graph.node("conv1", convolution(7).clip(1.0 / 128).scaled(), Network.INPUT)
                .node("conv1.norm", new BatchNorm(), "conv1").node("conv1.sign", new Sign(), "conv1.norm")
                .node("conv2", convolution(20).clip(1.0 / 1024).scaled(), "conv1.sign")
                .node("conv2.maxPool", new MaxPool(3, 3).stride(2, 2).padding(1, 1), "conv2")
                .node("conv2.norm", new BatchNorm(), "conv2.maxPool")
                .node("right.norm", new BatchNorm(), "conv2.maxPool")
                .node("add2", new Add(), "conv2.norm", "right.norm");
        classify(graph, "add2", CLASSES);
        return graph.build();
    }

    /** Depthwise convolutions; 35 channels, so that there are tiles. */
    public static Network depthwise(String name, ImageShape input, int classes) {
        Network.Graph graph = Network.graph(name, input);
        graph.node("input.sign", new Sign(), Network.INPUT);
        normalised(graph, "first", DepthwiseConvolution.of(3, 2).padding(1, 0).clip(0.125), "input.sign");
        graph.node("first.sign", new Sign(), "first.norm");
        normalised(graph, "conv1", BinaryConvolution.of(35), "first.sign");
        graph.node("conv1.sign", new Sign(), "conv1.norm");
        normalised(graph, "wide", DepthwiseConvolution.of(3, 3).same(), "conv1.sign");
        normalised(graph, "conv2", BinaryConvolution.of(35), "conv1.sign");
        graph.node("join", new Add(), "wide.norm", "conv2.norm").node("again.sign", new Sign(), "join");
        normalised(graph, "strided", DepthwiseConvolution.of(5, 3).stride(2, 1).padding(2, 1), "again.sign");
        graph.node("strided.sign", new Sign(), "strided.norm")
                .node("last", DepthwiseConvolution.of(1, 2), "strided.sign")
                .node("last.pool", new MaxPool(2, 2), "last").node("last.norm", new BatchNorm(), "last.pool")
                .node("last.sign", new Sign(), "last.norm");
        normalised(graph, "dense", new Dense(classes), "last.sign");
        return graph.build();
    }
}
