package io.github.bitgrad.step;

import static io.github.bitgrad.step.BatchNormSignOperations.blockSums;
import static io.github.bitgrad.step.BatchNormSignOperations.expectChannels;
import static io.github.bitgrad.step.BatchNormSignOperations.overRows;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.step.Operations.overChannels;
import static io.github.bitgrad.step.Operations.whole;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.BatchNormBackwardKernel;
import io.github.bitgrad.kernel.BatchNormExactKernel;
import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.kernel.WholeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes operations of the backward pass of batch normalisation before a sign (bitgrad.h, "Batch normalisation before a
 * sign"). Where a layer is normalised a tile of channels at a time, the gradient, [rows, channels], is a tile of the
 * matrices of bits, [rows, columns]: their columns from first on. Values per channel are those of the tile.
 */
public final class BatchNormBackwardOperations {
    /** Sums are made over blocks of so many rows. */
    public static final long BLOCK_ROWS = BatchNormSignOperations.BLOCK_ROWS;

    /** The sums of a channel that {@link #exactSums} makes. */
    public static final int EXACT_TERMS = BatchNormExactKernel.TERMS;

    private static final int COEFFICIENTS = BatchNormBackwardKernel.COEFFICIENTS;

    /**
     * The last pass of a layer's backward normalisation, whatever pooling comes with it.
     *
     * @param gradient at what the layer passes on, float16 or float32 [its pixels, channels]
     * @param coefficients of {@link BatchNormBackwardOperations#coefficients}; in units of the scale where the result
     *            is quantised
     * @param result the gradient at the layer's sums, [pixels, channels], or columns where the gradient is a tile
     * @param stochastic whether integers are rounded at random
     * @param layer what random numbers follow from, beside seed and step
     */
    public record Backward(Buffer gradient, Buffer coefficients, Buffer result, boolean stochastic, int layer) {
        private void expect(String name, long windows, long pixels) {
            expectChannels(name, windows);
            expectShape(name, pixels, gradient.columns(), result);
        }

        private void expectChannels(String name, long windows) {
            expectShape(name, windows, gradient.columns(), gradient);
            expectShape(name, COEFFICIENTS, gradient.columns(), coefficients);
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
     * The values per channel of an exact backward pass, float32 [1, channels] each.
     *
     * @param deviation of what was normalised
     * @param betaGradient written
     * @param squares written: what {@link Squares} takes
     */
    public record Exact(Buffer deviation, Buffer betaGradient, Buffer squares) {
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
            expectShape(name, 1, squares.columns(), squares);
        }

        private WholeCall scale(Buffer scale) {
            return BatchNormBackwardKernel.gradientScale(matrix(squares), elements, clip, type, matrix(scale));
        }
    }

    private BatchNormBackwardOperations() {
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
        long channels = values.columns();
        expectChannels(name, values, kept.deviation(), kept.beta(), kept.signMean(), betaGradient, squares);
        Buffer sums = gradientSums(program, name, gradient, signs);
        Buffer coefficients =
                program.temporary(name + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS, channels);
        program.train(overChannels(name + ".coefficients", sums, channels,
                arena -> BatchNormBackwardKernel.coefficients(arena, matrix(sums), values.rows(), kept.count(),
                        new BatchNormBackwardKernel.Kept(matrix(kept.deviation()), matrix(kept.beta()),
                                matrix(kept.signMean())),
                        new BatchNormBackwardKernel.Results(matrix(betaGradient), matrix(coefficients),
                                matrix(squares)))::run,
                List.of(sums, kept.deviation(), kept.beta(), kept.signMean(), betaGradient, coefficients, squares)));
        return coefficients;
    }

    /**
     * The first of the two passes of an exact backward pass, from values that are computed again: fills signs and sums.
     * All matrices may be the same rows of larger ones, from a multiple of {@link #BLOCK_ROWS} rows on.
     *
     * @param gradient at the normalised values, float16 or float32 [rows, channels]
     * @param y what was normalised, int16 or float32 [rows, channels]
     * @param mean of what was normalised: float32 [1, channels]
     * @param signs of y − mean, bits [rows, columns], of which those of the tile are written
     * @param sums float32 [blocks of the rows, {@link #EXACT_TERMS} · channels]: written
     */
    public static Operation exactSums(String name, ChannelTile gradient, Buffer y, Buffer mean, Buffer signs,
            Buffer sums) {
        Buffer values = gradient.values();
        long channels = values.columns();
        expectShape(name, values.rows(), channels, y);
        expectChannels(name, values, mean);
        expectTile(name, values.rows(), channels, gradient.first(), signs);
        expectExactSums(name, values.rows(), channels, sums);
        return overRows(name, values,
                arena -> BatchNormExactKernel.sums(arena, matrix(values), matrix(y), matrix(mean), gradient.first(),
                        matrix(signs), matrix(sums))::run,
                List.of(values, y, mean, signs, sums));
    }

    /**
     * The second pass: fills betaGradient and squares [1, channels] and returns what {@link Backward} takes, float32 [3,
     * channels].
     *
     * @param sums of {@link #exactSums}
     * @param rows that they are over
     */
    public static Buffer exactCoefficients(Program program, String name, Buffer sums, long rows, Exact by) {
        long channels = by.deviation().columns();
        expectExactSums(name, rows, channels, sums);
        expectShape(name, 1, channels, by.deviation(), by.betaGradient(), by.squares());
        Buffer coefficients =
                program.temporary(name + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS, channels);
        program.train(overChannels(name + ".coefficients", sums, channels,
                arena -> BatchNormExactKernel.coefficients(arena, matrix(sums), rows, matrix(by.deviation()),
                        new BatchNormBackwardKernel.Results(matrix(by.betaGradient()), matrix(coefficients),
                                matrix(by.squares())))::run,
                List.of(sums, by.deviation(), by.betaGradient(), coefficients, by.squares())));
        return coefficients;
    }

    private static void expectExactSums(String name, long rows, long channels, Buffer sums) {
        expectShape(name, BatchNormSignKernel.blocks(rows), EXACT_TERMS * channels, sums);
    }

    /** Block sums of a gradient, of the gradient times signs, and of its squares: float32 [blocks, 3 · channels]. */
    static Buffer gradientSums(Program program, String name, ChannelTile gradient, Buffer signs) {
        Buffer values = gradient.values();
        expectTile(name, values.rows(), values.columns(), gradient.first(), signs);
        Buffer sums = blockSums(program, name + ".sums", values, BatchNormBackwardKernel.TERMS);
        program.train(overRows(name + ".sums", values,
                arena -> BatchNormBackwardKernel.gradientSums(arena, matrix(values), gradient.first(), matrix(signs),
                        matrix(sums))::run,
                List.of(values, signs, sums)));
        return sums;
    }

    /** scale [1, 1] of integers, of a layer's squares. */
    public static Operation gradientScale(String name, Squares squares, Buffer scale) {
        squares.expect(name);
        expectShape(name, 1, 1, scale);
        return whole(name, squares.squares().columns(), _ -> squares.scale(scale), List.of(squares.squares(), scale));
    }

    /** scale = that of the last step; in the first step, as {@link #gradientScale} makes it of squares. */
    public static Operation scaleOfLastStep(String name, Squares squares, Buffer last, Buffer scale,
            TrainingClock clock) {
        squares.expect(name);
        expectShape(name, 1, 1, last, scale);
        return bound(name, 1, 1, squares.squares().columns(), _ -> {
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
        expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        expectShape(name, 1, 1, scale);
        return whole(name, coefficients.columns(),
                _ -> BatchNormBackwardKernel.scaleCoefficients(matrix(coefficients), matrix(scale)),
                List.of(coefficients, scale));
    }

    /**
     * Where signs were pooled: unselected int8 [2, columns], the gradient of the elements that max pooling did not
     * select, one value per channel and sign, +1 and then −1. The gradient of those that it selected is what {@link
     * #backward} makes of the pooled gradient and the pooled signs.
     *
     * @param coefficients float32 [3, channels], in units of the scale
     */
    public static Operation unselectedGradient(String name, Buffer coefficients, long first, Buffer unselected) {
        expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        expectTile(name, BatchNormBackwardKernel.SIGNS, coefficients.columns(), first, unselected);
        return whole(name, coefficients.columns(),
                _ -> BatchNormBackwardKernel.unselectedGradient(matrix(coefficients), first, matrix(unselected)),
                List.of(coefficients, unselected));
    }

    /** From the gradient at signs, bits [rows, columns] as the result, to that at what was normalised. */
    public static Operation backward(String name, Backward backward, long first, Buffer signs, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        backward.expectChannels(name, signs.rows());
        expectTile(name, signs.rows(), gradient.columns(), first, signs);
        if (result.columns() == gradient.columns()) {
            expectShape(name, signs.rows(), gradient.columns(), result);
        } else {
            expectTile(name, signs.rows(), gradient.columns(), first, result);
        }
        return bound(name, gradient.rows(), BLOCK_ROWS, elements(gradient),
                arena -> backward.seeded(clock, BatchNormBackwardKernel.signs(arena, matrix(gradient), first,
                        matrix(signs), matrix(backward.coefficients()), matrix(result), backward.stochastic())),
                backward.uses(signs));
    }

    /**
     * From the gradient at signs to that at sums which were pooled and then normalised, of all channels.
     *
     * @param pooling of the sums
     * @param signs bits [windows, channels]
     * @param argmax as {@link MaxPoolPackedOperations#maxPool} fills it
     */
    public static Operation backwardPooledSums(String name, Backward backward, PoolingShape pooling, Buffer signs,
            Buffer argmax, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        long images = result.rows() / pooling.pixels();
        long windows = images * pooling.pooledPixels();
        backward.expect(name, windows, images * pooling.pixels());
        expectShape(name, windows, pooling.channels(), gradient, signs);
        expectShape(name, pooling.argmaxPlanes() * windows, pooling.channels(), argmax);
        return bound(name, images, 1, elements(result),
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
        expectShape(name, result.rows(), pooling.channels(), signs, result);
        return bound(name, images, 1, elements(result),
                arena -> backward.seeded(clock,
                        BatchNormBackwardKernel.pooledSigns(arena, pooling, matrix(gradient), matrix(signs),
                                matrix(backward.coefficients()), matrix(result), backward.stochastic())),
                backward.uses(signs));
    }
}
