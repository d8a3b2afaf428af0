package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.BatchNormBackwardKernel;
import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.kernel.Normalisation;
import io.github.bitgrad.kernel.QuantiseKernel;
import io.github.bitgrad.kernel.WholeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Convolutions.ChannelTile;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes operations of batch normalisation before a sign (bitgrad.h, "Batch normalisation before a sign"): passes over
 * rows that leave a partial sum for each block of rows, and short ones over channels between them. Matrices of sums of
 * several terms are [blocks, terms · channels].
 *
 * <p>Where a layer is normalised a tile of channels at a time, y and the gradient, [rows, channels], are a tile of the
 * others, [rows, columns]: their columns from first on. Values a channel are those of the tile. Tiles of bits are
 * written in ascending order (bitgrad.h, "Tiles").
 */
public final class Normalisations {
    private static final int BLOCK_ROWS = BatchNormSignKernel.BLOCK_ROWS;
    private static final int COEFFICIENTS = BatchNormBackwardKernel.COEFFICIENTS;

    /**
     * The last pass of a layer's backward normalisation, whatever pooling comes with it.
     *
     * @param gradient at what the layer passes on, float16 or float32 [its pixels, channels]
     * @param coefficients of {@link Normalisations#coefficients}; in units of the scale where the result is quantised
     * @param result the gradient at the layer's sums, [pixels, channels], or columns where the gradient is a tile
     * @param stochastic whether integers are rounded at random
     * @param layer what random numbers follow from, beside seed and step
     */
    public record Backward(Buffer gradient, Buffer coefficients, Buffer result, boolean stochastic, int layer) {
        private void expect(String name, long windows, long pixels) {
            expectChannels(name, windows);
            Operations.expectShape(name, pixels, gradient.columns(), result);
        }

        private void expectChannels(String name, long windows) {
            Operations.expectShape(name, windows, gradient.columns(), gradient);
            Operations.expectShape(name, COEFFICIENTS, gradient.columns(), coefficients);
        }

        /** Runs the kernel with the layer's seed of the running step. */
        private Operations.Range seeded(TrainingClock clock, BatchNormBackwardKernel.Backward kernel) {
            return (begin, end) -> kernel.run(clock.random(layer), begin, end);
        }

        private List<Buffer> uses(Buffer... more) {
            List<Buffer> uses = new ArrayList<>(List.of(more));
            uses.addAll(List.of(gradient, coefficients, result));
            return uses;
        }
    }

    /**
     * What normalises sums: x = (sums − mean) / deviation + beta.
     *
     * @param mean float32 [1, channels]
     * @param deviation float32 [1, channels], above 0
     * @param beta float32 [1, channels]
     */
    public record Normaliser(Buffer mean, Buffer deviation, Buffer beta) {
        private Normalisation bound() {
            return new Normalisation(matrix(mean), matrix(deviation), matrix(beta));
        }
    }

    /**
     * What is kept of signs.
     *
     * @param signs bits [rows, columns]
     * @param straightThrough bits [rows, columns]: where the gradient passes the sign
     * @param mean of the signs, float32 [1, channels]
     */
    public record Signs(Buffer signs, Buffer straightThrough, Buffer mean) {
    }

    /**
     * What the forward pass of a layer kept.
     *
     * @param deviation float32 [1, channels]
     * @param beta float32 [1, channels]
     * @param signMean the mean of the signs, float32 [1, channels]
     * @param count normalised values a channel, more than rows where signs were pooled
     */
    public record Kept(Buffer deviation, Buffer beta, Buffer signMean, long count) {
    }

    /**
     * What the integers of a gradient are scaled by.
     *
     * @param squares of the gradient, float32 [1, channels], as {@link #coefficients} fills them
     * @param elements that the layer's gradient at what it passes on has
     * @param clip how many times their root mean square the largest integer stands for
     * @param type of the integers
     */
    public record Squares(Buffer squares, long elements, float clip, ElementType type) {
        private void expect(String name) {
            Operations.expectShape(name, 1, squares.columns(), squares);
        }

        private WholeCall scale(Buffer scale) {
            return BatchNormBackwardKernel.gradientScale(matrix(squares), elements, clip, type, matrix(scale));
        }
    }

    private Normalisations() {
    }

    private static Buffer blockSums(Program program, String name, Buffer matrix, int terms) {
        return program.temporary(name, Variable.OTHER, FLOAT32, BatchNormSignKernel.blocks(matrix.rows()),
                terms * matrix.columns());
    }

    /** For values a channel of a matrix. */
    private static void expectChannels(String name, Buffer matrix, Buffer... values) {
        Operations.expectShape(name, 1, matrix.columns(), values);
    }

    private static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    private static Operation overRows(String name, Buffer matrix, Function<Arena, Operations.Range> bound,
            List<Buffer> uses) {
        return Operations.bound(name, matrix.rows(), BLOCK_ROWS, elements(matrix), bound, uses);
    }

    private static Operation overChannels(String name, Buffer sums, long channels,
            Function<Arena, Operations.Range> bound, List<Buffer> uses) {
        return Operations.bound(name, channels, Operations.LANES, elements(sums), bound, uses);
    }

    private static Operation whole(String name, long work, Supplier<WholeCall> bound, List<Buffer> uses) {
        return Operations.bound(name, 1, 1, work, _ -> {
            WholeCall kernel = bound.get();
            return (_, _) -> kernel.run();
        }, uses);
    }

    /** mean [1, channels] of y int16 or float32 [rows, channels], in two passes. */
    public static void mean(Program program, String name, Buffer y, Buffer mean) {
        expectChannels(name, y, mean);
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(overRows(name + ".sums", y, _ -> BatchNormSignKernel.valueSums(matrix(y), matrix(sums))::run,
                List.of(y, sums)));
        program.train(meanOfSums(name, sums, y, mean));
    }

    /** mean [1, channels], from block sums of a matrix like y. */
    private static Operation meanOfSums(String name, Buffer sums, Buffer y, Buffer mean) {
        return overChannels(name, sums, y.columns(),
                _ -> BatchNormSignKernel.mean(matrix(sums), y.rows(), matrix(mean))::run, List.of(sums, mean));
    }

    /** mean [1, channels] of so many rows of integers whose sums are totals, int64 [1, channels]. */
    public static void meanOfIntegers(Program program, String name, Buffer totals, long rows, Buffer mean) {
        expectChannels(name, totals, totals, mean);
        program.train(overChannels(name, totals, totals.columns(),
                _ -> BatchNormSignKernel.meanOfIntegers(matrix(totals), rows, matrix(mean))::run,
                List.of(totals, mean)));
    }

    /** deviation [1, channels], ψ, of y int16 or float32 [rows, channels], in two passes. */
    public static void deviation(Program program, String name, Buffer y, Buffer mean, Buffer deviation) {
        expectChannels(name, y, mean, deviation);
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(overRows(name + ".sums", y,
                _ -> BatchNormSignKernel.deviationSums(matrix(y), matrix(mean), matrix(sums))::run,
                List.of(y, mean, sums)));
        program.train(overChannels(name, sums, y.columns(),
                _ -> BatchNormSignKernel.deviation(matrix(sums), y.rows(), matrix(deviation))::run,
                List.of(sums, deviation)));
    }

    /**
     * Of the normalised y, signs = sgn(x) and straightThrough = (|x| ≤ 1), in their columns from first on, and the mean
     * of the signs, in two passes.
     */
    public static void sign(Program program, String name, Buffer y, Normaliser by, long first, Signs kept) {
        expectChannels(name, y, by.mean(), by.deviation(), by.beta(), kept.mean());
        Operations.expectTile(name, y.rows(), y.columns(), first, kept.signs(), kept.straightThrough());
        Buffer sums = blockSums(program, name + ".signSums", y, 1);
        program.train(overRows(name, y, arena -> BatchNormSignKernel.sign(arena, matrix(y), by.bound(), first,
                matrix(kept.signs()), matrix(kept.straightThrough()), matrix(sums))::run,
                List.of(y, by.mean(), by.deviation(), by.beta(), kept.signs(), kept.straightThrough(), sums)));
        program.train(meanOfSums(name + ".signMean", sums, y, kept.mean()));
    }

    /** signs = sgn(x), bits [rows, columns], of the normalised y, for inference, which has no backward pass. */
    public static Operation sign(String name, Buffer y, Normaliser by, long first, Buffer signs) {
        expectChannels(name, y, by.mean(), by.deviation(), by.beta());
        Operations.expectTile(name, y.rows(), y.columns(), first, signs);
        return overRows(name, y,
                arena -> BatchNormSignKernel.sign(arena, matrix(y), by.bound(), first, matrix(signs))::run,
                List.of(y, by.mean(), by.deviation(), by.beta(), signs));
    }

    /**
     * Fills betaGradient and squares [1, channels] and returns what {@link Backward} takes, float32 [3, channels], in
     * two passes.
     *
     * @param gradient at what the layer passes on, float16 or float32 [rows, channels]
     * @param signs that it passes on, bits [rows, columns], of which those from first on belong to the gradient
     * @param squares what {@link Squares} takes
     */
    public static Buffer coefficients(Program program, String name, ChannelTile gradient, Buffer signs, Kept kept,
            Buffer betaGradient, Buffer squares) {
        Buffer values = gradient.values();
        long first = gradient.first();
        long channels = values.columns();
        expectChannels(name, values, kept.deviation(), kept.beta(), kept.signMean(), betaGradient, squares);
        Operations.expectTile(name, values.rows(), channels, first, signs);
        Buffer sums = blockSums(program, name + ".sums", values, BatchNormBackwardKernel.TERMS);
        Buffer coefficients =
                program.temporary(name + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS, channels);
        program.train(overRows(name + ".sums", values,
                arena -> BatchNormBackwardKernel.gradientSums(arena, matrix(values), first, matrix(signs),
                        matrix(sums))::run,
                List.of(values, signs, sums)));
        program.train(overChannels(name + ".coefficients", sums, channels,
                arena -> BatchNormBackwardKernel.coefficients(arena, matrix(sums), values.rows(), kept.count(),
                        new BatchNormBackwardKernel.Kept(matrix(kept.deviation()), matrix(kept.beta()),
                                matrix(kept.signMean())),
                        new BatchNormBackwardKernel.Results(matrix(betaGradient), matrix(coefficients),
                                matrix(squares)))::run,
                List.of(sums, kept.deviation(), kept.beta(), kept.signMean(), betaGradient, coefficients, squares)));
        return coefficients;
    }

    /** scale [1, 1] of integers, of a layer's squares. */
    public static Operation gradientScale(String name, Squares squares, Buffer scale) {
        squares.expect(name);
        Operations.expectShape(name, 1, 1, scale);
        return whole(name, squares.squares().columns(), () -> squares.scale(scale), List.of(squares.squares(), scale));
    }

    /** scale = that of the last step; in the first step, as {@link #gradientScale} makes it of squares. */
    public static Operation scaleOfLastStep(String name, Squares squares, Buffer last, Buffer scale,
            TrainingClock clock) {
        squares.expect(name);
        Operations.expectShape(name, 1, 1, last, scale);
        return Operations.bound(name, 1, 1, squares.squares().columns(), _ -> {
            WholeCall kernel = squares.scale(scale);
            return (_, _) -> {
                if (clock.step() == 1) {
                    kernel.run();
                } else {
                    scale.segment().copyFrom(last.segment());
                }
            };
        }, List.of(squares.squares(), last, scale));
    }

    /** coefficients [3, channels] in units of the scale [1, 1]. */
    public static Operation scaleCoefficients(String name, Buffer coefficients, Buffer scale) {
        Operations.expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        Operations.expectShape(name, 1, 1, scale);
        return whole(name, coefficients.columns(),
                () -> BatchNormBackwardKernel.scaleCoefficients(matrix(coefficients), matrix(scale)),
                List.of(coefficients, scale));
    }

    /**
     * Where signs were pooled: unselected int8 [2, columns], the gradient of the elements that max pooling did not
     * select, one value per channel and sign, +1 and then −1. The gradient of those that it selected is what {@link
     * #backward} makes of the pooled gradient and the pooled signs.
     *
     * @param coefficients float32 [3, channels], in units of the scale
     */
    public static Operation gradientRest(String name, Buffer coefficients, long first, Buffer unselected) {
        Operations.expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        Operations.expectTile(name, BatchNormBackwardKernel.SIGNS, coefficients.columns(), first, unselected);
        return whole(name, coefficients.columns(),
                () -> BatchNormBackwardKernel.unselectedGradient(matrix(coefficients), first, matrix(unselected)),
                List.of(coefficients, unselected));
    }

    /** From the gradient at signs, bits [rows, columns] as the result, to that at what was normalised. */
    public static Operation backward(String name, Backward backward, long first, Buffer signs, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        backward.expectChannels(name, signs.rows());
        Operations.expectTile(name, signs.rows(), gradient.columns(), first, signs);
        if (result.columns() == gradient.columns()) {
            Operations.expectShape(name, signs.rows(), gradient.columns(), result);
        } else {
            Operations.expectTile(name, signs.rows(), gradient.columns(), first, result);
        }
        return Operations.bound(name, gradient.rows(), BLOCK_ROWS, elements(gradient),
                arena -> backward.seeded(clock, BatchNormBackwardKernel.signs(arena, matrix(gradient), first,
                        matrix(signs), matrix(backward.coefficients()), matrix(result), backward.stochastic())),
                backward.uses(signs));
    }

    /**
     * From the gradient at signs to that at sums which were pooled and then normalised, of all channels.
     *
     * @param pooling of the sums
     * @param signs bits [windows, channels]
     * @param argmax as {@link Convolutions#maxPool} fills it
     */
    public static Operation backwardPooledSums(String name, Backward backward, PoolingShape pooling, Buffer signs,
            Buffer argmax, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        long images = result.rows() / pooling.pixels();
        long windows = images * pooling.pooledPixels();
        backward.expect(name, windows, images * pooling.pixels());
        Operations.expectShape(name, windows, pooling.channels(), gradient, signs);
        Operations.expectShape(name, pooling.argmaxPlanes() * windows, pooling.channels(), argmax);
        return Operations.bound(name, images, 1, elements(result),
                arena -> backward.seeded(clock,
                        BatchNormBackwardKernel.pooledValues(arena, pooling, matrix(gradient), matrix(signs),
                                matrix(argmax), matrix(backward.coefficients()), matrix(result),
                                backward.stochastic())),
                backward.uses(signs, argmax));
    }

    /**
     * From the gradient at pooled signs to that at the sums which were normalised before pooling, of all channels.
     *
     * @param pooling of the signs
     * @param signs before pooling, bits [pixels, channels]
     */
    public static Operation backwardPooledSigns(String name, Backward backward, PoolingShape pooling,
            Buffer signs, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        long images = result.rows() / pooling.pixels();
        backward.expect(name, images * pooling.pooledPixels(), images * pooling.pixels());
        Operations.expectShape(name, result.rows(), pooling.channels(), signs, result);
        return Operations.bound(name, images, 1, elements(result),
                arena -> backward.seeded(clock,
                        BatchNormBackwardKernel.pooledSigns(arena, pooling, matrix(gradient), matrix(signs),
                                matrix(backward.coefficients()), matrix(result), backward.stochastic())),
                backward.uses(signs));
    }

    /**
     * integers [rows, columns] = values / scale, with the scale that takes the largest value to the largest integer.
     */
    public static Operation quantise(String name, Buffer values, Buffer integers, Buffer scale) {
        Operations.expectShape(name, values.rows(), values.columns(), integers);
        Operations.expectShape(name, 1, 1, scale);
        return whole(name, elements(values),
                () -> QuantiseKernel.quantise(matrix(values), matrix(integers), matrix(scale)),
                List.of(values, integers, scale));
    }
}
