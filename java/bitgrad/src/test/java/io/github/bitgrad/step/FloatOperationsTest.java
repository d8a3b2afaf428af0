package io.github.bitgrad.step;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;
import java.util.Set;

class FloatOperationsTest extends OperationsContract {
    private static final long ROWS = 6;
    private static final long CHANNELS = 5;
    private static final long FAN_IN = 7;
    private static final TrainingClock CLOCK = new TrainingClock();

    private static final Shape Y = new Shape(ROWS, CHANNELS);
    /** A matrix of which Y can be the last tile. */
    private static final Shape WIDE = new Shape(ROWS, 48 + CHANNELS);
    private static final Shape X = new Shape(ROWS, FAN_IN);
    private static final Shape W = new Shape(CHANNELS, FAN_IN);
    private static final Shape CHANNEL = new Shape(1, CHANNELS);
    private static final Shape ROW = new Shape(1, ROWS);
    /** Two images of 4x5 pixels with 3 channels, and windows of 2x2: 3x4 outputs of 2 channels, and 2x2 pooled. */
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(4, 5, 3, 2, 1, 0, 2);
    private static final PoolingShape POOLING = new PoolingShape(4, 5, 3, 2);
    private static final Shape IMAGES = new Shape(2 * 20, 3);
    private static final Shape SUMS = new Shape(2 * 12, 2);
    private static final Shape FILTERS = new Shape(2, 12);
    private static final Shape COLUMNS = new Shape(BlasOperations.columnRows(CONVOLUTION, 2), 12);
    private static final Shape POOLED = new Shape(2 * 4, 3);

    @Override
    List<Case> cases() {
        return List.of(one("sign", List.of(Y, Y), b -> ElementwiseOperations.sign("op", b[0], b[1])),
                one("signPack", List.of(Y, Y), b -> ElementwiseOperations.signPack("op", b[0], b[1])),
                signPack(Y, 0), signPack(WIDE, 48),
                one("add", List.of(Y, Y, Y), b -> ElementwiseOperations.add("op", b[0], b[1], b[2])),
                addTile(Y, 0), addTile(WIDE, 48), copyTile(Y, 0), copyTile(WIDE, 48),
                one("copy", List.of(Y, Y), b -> ElementwiseOperations.copy("op", b[0], b[1])),
                one("fill", List.of(Y.ofAnyRows().ofAnyColumns()), b -> ElementwiseOperations.fill("op", b[0], 1)),
                one("copyColumns", List.of(Y.ofAnyColumns(), WIDE.ofAnyColumns()),
                        b -> ElementwiseOperations.copyColumns("op", b[0], 2, b[1], 7, 3)),
                one("convert", List.of(Y, Y), b -> ElementwiseOperations.convert("op", b[0], b[1])),
                one("pixels", List.of(Y, Y), b -> ElementwiseOperations.pixels("op", b[0], b[1])),
                one("sgemmForward", List.of(X, W, Y), b -> BlasOperations.sgemmForward("op", b[0], b[1], b[2])),
                one("sgemmWeightGradient", List.of(Y, X, W),
                        b -> BlasOperations.sgemmWeightGradient("op", b[0], b[1], b[2])),
                one("sgemmInputGradient", List.of(Y, W, X),
                        b -> BlasOperations.sgemmInputGradient("op", b[0], b[1], b[2])),
                one("statisticsL2", List.of(Y.ofAnyRows(), CHANNEL, CHANNEL),
                        b -> BatchNormOperations.statisticsL2("op", b[0], b[1], b[2])),
                one("normalise", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y),
                        b -> BatchNormOperations.normalise("op", b[0], b[1], b[2], b[3], b[4])),
                one("normaliseBackwardL2", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        b -> BatchNormOperations.normaliseBackwardL2("op", b[0], b[1], b[2], b[3], b[4])),
                one("normaliseBackwardL1", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        b -> BatchNormOperations.normaliseBackwardL1("op", b[0], b[1], b[2], b[3], b[4])),
                one("mean", List.of(CHANNEL, CHANNEL),
                        b -> BatchNormOperations.mean("op", b[0], b[1], CLOCK)),
                one("straightThrough", List.of(Y, Y), b -> ElementwiseOperations.straightThrough("op", b[0], 1, b[1])),
                approximateSign(Y, 0), approximateSign(WIDE, 48),
                one("softmaxCrossEntropy", List.of(Y, ROW, Y, ROW, ROW),
                        b -> SoftmaxOperations.softmaxCrossEntropy("op", b[0], b[1], 1, b[2], b[3], b[4])),
                one("softmaxCrossEntropy", List.of(Y.ofAnyColumns(), ROW, ROW, ROW),
                        b -> SoftmaxOperations.softmaxCrossEntropy("op", b[0], b[1], b[2], b[3])),
                one("adam", List.of(W, W, W, W),
                        b -> UpdateOperations.adam("op", b[0], b[1], b[2], b[3],
                                new UpdateOperations.AdamNumbers(1, 0.9f, 0.999f, 1e-7f, 1), CLOCK)),
                one("sgdMomentum", List.of(W, W, W),
                        b -> UpdateOperations.sgdMomentum("op", b[0], b[1], b[2],
                                new UpdateOperations.MomentumNumbers(1, 0.9f, 1),
                                CLOCK)),
                one("bop", List.of(W, W, W), b -> UpdateOperations.bop("op", b[0], b[1], b[2], 1, 0, CLOCK)),
                one("convolutionForward", List.of(IMAGES, FILTERS, COLUMNS, SUMS),
                        b -> BlasOperations.convolutionForward("op", CONVOLUTION, b[0], true, b[1], b[2], b[3])),
                one("convolutionInputGradient", List.of(SUMS, FILTERS, COLUMNS, IMAGES),
                        b -> BlasOperations.convolutionInputGradient("op", CONVOLUTION, b[0], b[1], b[2], b[3])),
                one("convolutionWeightGradient", List.of(SUMS, IMAGES, COLUMNS, FILTERS),
                        b -> BlasOperations.convolutionWeightGradient("op", CONVOLUTION, b[0], b[1], false, b[2],
                                b[3])),
                one("maxPool", List.of(IMAGES, POOLED, POOLED),
                        b -> MaxPoolOperations.maxPool("op", POOLING, b[0], b[1], b[2])),
                one("maxPool", List.of(IMAGES, POOLED), b -> MaxPoolOperations.maxPool("op", POOLING, b[0], b[1])),
                one("maxPoolSigns", List.of(IMAGES, POOLED, POOLED),
                        b -> MaxPoolOperations.maxPoolSigns("op", POOLING, b[0], b[1], b[2])),
                one("maxPoolSigns", List.of(IMAGES, POOLED),
                        b -> MaxPoolOperations.maxPoolSigns("op", POOLING, b[0], b[1])),
                one("maxPoolBackward", List.of(POOLED, POOLED, IMAGES),
                        b -> MaxPoolOperations.maxPoolBackward("op", POOLING, b[0], b[1], b[2])));
    }

    private static Case signPack(Shape wide, long first) {
        return one("signPack", List.of(Y, wide, wide),
                b -> ElementwiseOperations.signPack("op", new ChannelTile(b[0], first), 1, b[1], b[2]));
    }

    private static Case addTile(Shape wide, long first) {
        return one("addTile", List.of(Y, wide, wide),
                b -> ElementwiseOperations.addTile("op", new ChannelTile(b[0], first), b[1], b[2]));
    }

    private static Case approximateSign(Shape wide, long first) {
        return one("approximateSign", List.of(wide, Y),
                b -> ElementwiseOperations.approximateSign("op", b[0], new ChannelTile(b[1], first)));
    }

    private static Case copyTile(Shape wide, long first) {
        return one("copyTile", List.of(Y, wide),
                b -> ElementwiseOperations.copyTile("op", new ChannelTile(b[0], first), b[1]));
    }

    @Override
    Set<String> methods() {
        Set<String> methods = publicMethods(BatchNormOperations.class, BlasOperations.class,
                ElementwiseOperations.class, MaxPoolOperations.class, SoftmaxOperations.class, UpdateOperations.class);
        methods.remove("columnRows"); // makes none
        return methods;
    }
}
