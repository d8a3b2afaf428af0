package io.github.bitgrad.algorithm;

import io.github.bitgrad.step.Snapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a step leaves of a node. Here, and nowhere else in the tests of gradients, stand the names of buffers and
 * operations.
 *
 * @param node its name
 */
record NodeBuffers(Snapshots snapshots, String node) {
    /** The node's name up to the first dot, with which all names begin. */
    static String block(String node) {
        return node.split("\\.")[0];
    }

    String name(String suffix) {
        return block(node) + suffix;
    }

    private double[][] last(String suffix) {
        return snapshots.last(name(suffix));
    }

    private double[][] result(String suffix) {
        return snapshots.result(name(suffix));
    }

    /** What an operation left in the buffer of the same name. */
    private double[][] after(String suffix) {
        return snapshots.after(name(suffix), name(suffix));
    }

    /** The value of a layer of a kind, whose operation is named by the kind. */
    double[][] valueOf(String kind) {
        return result(".forward." + kind);
    }

    /** The gradient at the input of a layer of a kind, whose operation is named by the kind. */
    double[][] gradientOf(String kind) {
        return result(".backward." + kind);
    }

    /** The gradient at so many rows of the input of such a layer, of all images or of some images at a time. */
    double[][] gradientOf(String kind, int rows) {
        return ofImages(".backward." + kind, rows);
    }

    /** What an operation left, and then those of the same name with a number, which are for the images after it. */
    private double[][] ofImages(String suffix, int rows) {
        List<double[]> all = new ArrayList<>(List.of(result(suffix)));
        for (int number = 2; all.size() < rows; number++) {
            all.addAll(List.of(result(suffix + number)));
        }
        return all.toArray(double[][]::new);
    }

    /** Of a product. */
    double[][] sums() {
        return last(".forward.sums");
    }

    /** Of a product, with its biases. */
    double[][] biasedSums() {
        return snapshots.after(name(".forward.bias"), name(".forward.sums"));
    }

    /** The sums of a product on bits, before values that are normalised take their place. */
    double[][] sumsOnBits() {
        return snapshots.after(name(".forward"), name(".forward.sums"));
    }

    /** Of a sum of several values: that after the last was added. */
    double[][] joined(int inputs) {
        return result(".forward.add" + (inputs == 2 ? "" : Integer.toString(inputs - 1)));
    }

    /** The channels of so many values beside each other, after those of the last were copied. */
    double[][] joinedChannels(int inputs) {
        return snapshots.after(name(".forward.concat" + inputs), name(".joined"));
    }

    /** The same of signs as bits. */
    double[][] joinedSigns(int inputs) {
        return snapshots.after(name(".forward.concat" + inputs), name(".joinedSigns"));
    }

    /** Where a gradient passes joined signs: 1, else −1. */
    double[][] joinedStraightThrough(int inputs) {
        return snapshots.after(name(".forward.concatStraightThrough" + inputs), name(".joinedStraightThrough"));
    }

    /** The gradients at so many values whose channels were joined, in the order in which they were taken apart. */
    List<double[][]> partsOfGradient(int inputs) {
        return IntStream.rangeClosed(1, inputs).mapToObj(i -> result(".backward.concat" + (i == 1 ? "" : "" + i)))
                .toList();
    }

    /** Of normalisation: [0] is a value for each channel. */
    double[] perChannel(String what) {
        return last("." + what)[0];
    }

    /** Normalised values, where they are computed as numbers. */
    double[][] output() {
        return result(".forward.normalise");
    }

    double[][] signs() {
        return last(".signs");
    }

    /** Where a gradient passes the sign: 1, else −1. */
    double[][] straightThrough() {
        return last(".straightThrough");
    }

    /** Of max pooling of signs on bits. */
    double[][] pooledSigns() {
        return last(".pooledSigns");
    }

    /** Of max pooling of signs on float32. */
    double[][] pooledReals() {
        return last(".pooled");
    }

    /** The gradient at the input of a product. */
    double[][] inputGradient() {
        return after(".backward.inputGradient");
    }

    /** The gradient that a sign on float32 lets through. */
    double[][] gradientThroughSign() {
        return result(".backward.straightThrough");
    }

    /** The gradient behind a sign whose estimator is an approximation. */
    double[][] gradientThroughApproximation() {
        return result(".backward.approximateSign");
    }

    /** The gradient at what was pooled, on float32. */
    double[][] unpooledGradient() {
        return after(".backward.pool");
    }

    /** The sum of the gradients of a value that several nodes take. */
    double[][] summedGradient(int consumers) {
        return result(".backward.add" + (consumers == 2 ? "" : Integer.toString(consumers - 1)));
    }

    /** The gradient at what was normalised, which may be integers. */
    double[][] normalisedGradient() {
        return result(".backward.normalise");
    }

    /** The gradient at so many rows of sums as real numbers, of all images or of some images at a time. */
    double[][] normalisedGradient(int rows) {
        return ofImages(".backward.normalise", rows);
    }

    /** The gradient of a normalisation that keeps its output, spread over the pixels of pooling windows. */
    double[][] spreadGradient() {
        return last(".backward.spread");
    }

    /** What the integers of {@link #normalisedGradient} are multiples of; in tiles. */
    double scaleInTiles() {
        return last(".backward.scale")[0][0];
    }

    /** The scale of the next step; in tiles. */
    double nextScale() {
        return last(nextScaleSuffix())[0][0];
    }

    static String nextScaleSuffix() {
        return ".backward.nextScale";
    }

    /** The gradient of the signs that max pooling did not take, in tiles: [0] for +1, [1] for −1. */
    double[][] gradientOfOthers() {
        return last(".backward.unselected");
    }

    /** The gradient at sums in the policy's format, which may be integers. */
    double[][] sumGradient() {
        return last(".backward.gradient");
    }

    /** What the integers of {@link #sumGradient} are multiples of. */
    double sumGradientScale() {
        return last(".backward.gradient.scale")[0][0];
    }

    double[][] weightGradient() {
        return last(".backward.weightGradient");
    }

    double[][] weightGradientSigns() {
        return last(".backward.weightGradientSigns");
    }

    /** A parameter, or what the optimizer keeps of one: {@code weights}, {@code weights.momentum}. */
    double[][] parameter(String what) {
        return last("." + what);
    }
}
