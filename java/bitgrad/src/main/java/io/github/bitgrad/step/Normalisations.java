package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.NormalisationKernels;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

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
    /** Rows whose partial sum is one: {@code BG_SUM_BLOCK} of bitgrad.h. */
    private static final int BLOCK_ROWS = 256;

    /** Terms that are summed for the backward pass: g, g·sign and g². */
    private static final int GRADIENT_TERMS = 3;

    /** Values a channel that the backward pass takes from them. */
    private static final int COEFFICIENTS = 3;

    /** Gradients a channel where there is none from behind: where the sign is set, and where it is clear. */
    private static final int SIGNS = 2;

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

        private List<Buffer> uses(Buffer... others) {
            List<Buffer> uses = new ArrayList<>(List.of(others));
            uses.addAll(List.of(gradient, coefficients, result));
            return uses;
        }
    }

    private Normalisations() {
    }

    private static Buffer blockSums(Program program, String name, Buffer matrix, int terms) {
        return program.temporary(name, Variable.OTHER, FLOAT32, Math.ceilDiv(matrix.rows(), BLOCK_ROWS),
                terms * matrix.columns());
    }

    /** For values a channel of a matrix. */
    private static void expectChannels(String name, Buffer matrix, Buffer... values) {
        Operations.expectShape(name, 1, matrix.columns(), values);
    }

    private static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    private static Operation overRows(String name, Buffer matrix, Operations.Range range, List<Buffer> uses) {
        return Operations.of(name, matrix.rows(), BLOCK_ROWS, elements(matrix), range, uses);
    }

    private static Operation overChannels(String name, Buffer sums, long channels, Operations.Range range,
            List<Buffer> uses) {
        return Operations.of(name, channels, Operations.LANES, elements(sums), range, uses);
    }

    /** mean [1, channels] of y int16 or float32 [rows, channels], in two passes. */
    public static void mean(Program program, String name, Buffer y, Buffer mean) {
        expectChannels(name, y, mean);
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(overRows(name + ".sums", y, (begin, end) -> NormalisationKernels.valueSums(y.type(), y.segment(),
                y.rows(), y.columns(), sums.segment(), begin, end), List.of(y, sums)));
        program.train(meanOfSums(name, sums, y, mean));
    }

    /** mean [1, channels], from block sums of a matrix like y. */
    private static Operation meanOfSums(String name, Buffer sums, Buffer y, Buffer mean) {
        return overChannels(name, sums, y.columns(), (begin, end) -> NormalisationKernels.mean(sums.segment(), y.rows(),
                y.columns(), mean.segment(), begin, end), List.of(sums, mean));
    }

    /** mean [1, channels] of so many rows of integers whose sums are totals, int64 [1, channels]. */
    public static void meanOfIntegers(Program program, String name, Buffer totals, long rows, Buffer mean) {
        expectChannels(name, totals, totals, mean);
        program.train(overChannels(name, totals, totals.columns(),
                (begin, end) -> NormalisationKernels.meanOfIntegers(totals.segment(), rows, totals.columns(),
                        mean.segment(), begin, end),
                List.of(totals, mean)));
    }

    /** deviation [1, channels], ψ, of y int16 or float32 [rows, channels], in two passes. */
    public static void deviation(Program program, String name, Buffer y, Buffer mean, Buffer deviation) {
        expectChannels(name, y, mean, deviation);
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(
                overRows(name + ".sums", y, (begin, end) -> NormalisationKernels.deviationSums(y.type(), y.segment(),
                        y.rows(), y.columns(), mean.segment(), sums.segment(), begin, end), List.of(y, mean, sums)));
        program.train(
                overChannels(name, sums, y.columns(), (begin, end) -> NormalisationKernels.deviation(sums.segment(),
                        y.rows(), y.columns(), deviation.segment(), begin, end), List.of(sums, deviation)));
    }

    /**
     * signs = sgn(x) and straightThrough = (|x| ≤ 1), bits [rows, columns], of the normalised y, and signMean [1,
     * channels], the mean of signs, in two passes.
     */
    public static void sign(Program program, String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta,
            long first, Buffer signs, Buffer straightThrough, Buffer signMean) {
        expectChannels(name, y, mean, deviation, beta, signMean);
        Operations.expectTile(name, y.rows(), y.columns(), first, signs, straightThrough);
        Buffer sums = blockSums(program, name + ".signSums", y, 1);
        program.train(overRows(name, y, (begin, end) -> NormalisationKernels.sign(y.type(), y.segment(), y.rows(),
                y.columns(), signs.columns(), first, mean.segment(), deviation.segment(), beta.segment(),
                signs.segment(), straightThrough.segment(), sums.segment(), begin, end),
                List.of(y, mean, deviation, beta, signs, straightThrough, sums)));
        program.train(meanOfSums(name + ".signMean", sums, y, signMean));
    }

    /** The same for inference, which has no backward pass. */
    public static Operation sign(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta, long first,
            Buffer signs) {
        expectChannels(name, y, mean, deviation, beta);
        Operations.expectTile(name, y.rows(), y.columns(), first, signs);
        return overRows(name, y, (begin, end) -> NormalisationKernels.sign(y.type(), y.segment(), y.rows(), y.columns(),
                signs.columns(), first, mean.segment(), deviation.segment(), beta.segment(), signs.segment(),
                MemorySegment.NULL, MemorySegment.NULL, begin, end), List.of(y, mean, deviation, beta, signs));
    }

    /**
     * Fills betaGradient and squares [1, channels] and returns what {@link Backward} takes, float32 [3, channels], in two
     * passes.
     *
     * @param gradient at what the layer passes on, float16 or float32 [rows, channels]
     * @param signs that it passes on, bits [rows, columns]
     * @param count normalised values a channel, more than rows where signs were pooled
     * @param squares what {@link #gradientScale} takes
     */
    public static Buffer coefficients(Program program, String name, Buffer gradient, long first, Buffer signs,
            long count, Buffer deviation, Buffer beta, Buffer signMean, Buffer betaGradient, Buffer squares) {
        long channels = gradient.columns();
        expectChannels(name, gradient, deviation, beta, signMean, betaGradient, squares);
        Operations.expectTile(name, gradient.rows(), channels, first, signs);
        Buffer sums = blockSums(program, name + ".sums", gradient, GRADIENT_TERMS);
        Buffer coefficients =
                program.temporary(name + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS, channels);
        program.train(overRows(name + ".sums", gradient,
                (begin, end) -> NormalisationKernels.gradientSums(gradient.type(), gradient.segment(), signs.segment(),
                        gradient.rows(), channels, signs.columns(), first, sums.segment(), begin, end),
                List.of(gradient, signs, sums)));
        program.train(overChannels(name + ".coefficients", sums, channels,
                (begin, end) -> NormalisationKernels.coefficients(sums.segment(), gradient.rows(), channels, count,
                        deviation.segment(), beta.segment(), signMean.segment(), betaGradient.segment(),
                        coefficients.segment(), squares.segment(), begin, end),
                List.of(sums, deviation, beta, signMean, betaGradient, coefficients, squares)));
        return coefficients;
    }

    /**
     * scale [1, 1] of integers, of a layer's squares [1, channels].
     *
     * @param elements that the layer's gradient at what it passes on has
     * @param clip how many times their root mean square the largest integer stands for
     * @param type of the integers
     */
    public static Operation gradientScale(String name, Buffer squares, long elements, float clip, ElementType type,
            Buffer scale) {
        Operations.expectShape(name, 1, squares.columns(), squares);
        Operations.expectShape(name, 1, 1, scale);
        return Operations.of(name, 1, 1, squares.columns(),
                (_, _) -> NormalisationKernels.gradientScale(squares.segment(), squares.columns(), elements, clip, type,
                        scale.segment()),
                List.of(squares, scale));
    }

    /** scale = that of the last step; in the first step, as {@link #gradientScale} makes it of squares. */
    public static Operation scaleOfLastStep(String name, Buffer squares, long elements, float clip, ElementType type,
            Buffer last, Buffer scale, TrainingClock clock) {
        Operations.expectShape(name, 1, squares.columns(), squares);
        Operations.expectShape(name, 1, 1, last, scale);
        return Operations.of(name, 1, 1, squares.columns(), (_, _) -> {
            if (clock.step() == 1) {
                NormalisationKernels.gradientScale(squares.segment(), squares.columns(), elements, clip, type,
                        scale.segment());
            } else {
                scale.segment().copyFrom(last.segment());
            }
        }, List.of(squares, last, scale));
    }

    /** coefficients [3, channels] in units of the scale [1, 1]. */
    public static Operation scaleCoefficients(String name, Buffer coefficients, Buffer scale) {
        Operations.expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        Operations.expectShape(name, 1, 1, scale);
        return Operations.of(name, 1, 1, coefficients.columns(),
                (_, _) -> NormalisationKernels.scaleCoefficients(coefficients.segment(), coefficients.columns(),
                        scale.segment()),
                List.of(coefficients, scale));
    }

    /**
     * others int8 [2, columns]: where signs were pooled, the gradient at what a window did not choose, where its sign is
     * set and where it is clear. At what it chose, it is what {@link #backward} makes of pooled gradient and signs.
     *
     * @param coefficients float32 [3, channels], in units of the scale
     */
    public static Operation gradientRest(String name, Buffer coefficients, long first, Buffer others) {
        Operations.expectShape(name, COEFFICIENTS, coefficients.columns(), coefficients);
        Operations.expectTile(name, SIGNS, coefficients.columns(), first, others);
        return Operations.of(name, 1, 1, coefficients.columns(),
                (_, _) -> NormalisationKernels.gradientRest(coefficients.segment(), coefficients.columns(),
                        others.columns(), first, others.segment()),
                List.of(coefficients, others));
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
        return overRows(name, gradient,
                (begin, end) -> NormalisationKernels.backwardSigns(gradient.type(), gradient.segment(),
                        signs.segment(), gradient.columns(), signs.columns(), first, backward.coefficients().segment(),
                        result.type(), backward.stochastic(), clock.random(backward.layer()), result.columns(),
                        result.segment(), begin, end),
                backward.uses(signs));
    }

    /**
     * The same, of all channels, where sums were pooled, then normalised: to that at the sums before.
     *
     * @param pooling of the sums
     * @param signs bits [windows, channels]
     * @param argmax as {@link Convolutions#maxPool} fills it
     */
    public static Operation backwardPooledSums(String name, Backward backward, MaxPooling pooling, Buffer signs,
            Buffer argmax, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        long images = result.rows() / pooling.pixels();
        long windows = images * pooling.pooledPixels();
        backward.expect(name, windows, images * pooling.pixels());
        Operations.expectShape(name, windows, pooling.channels(), gradient, signs);
        Operations.expectShape(name, pooling.argmaxPlanes() * windows, pooling.channels(), argmax);
        return Operations.of(name, images, 1, elements(result),
                (begin, end) -> NormalisationKernels.backwardPooledValues(gradient.type(), gradient.segment(),
                        signs.segment(), argmax.segment(), pooling, backward.coefficients().segment(),
                        result.type(), backward.stochastic(),
                        clock.random(backward.layer()), result.segment(), images, begin, end),
                backward.uses(signs, argmax));
    }

    /**
     * The same where signs were pooled.
     *
     * @param pooling of the signs
     * @param signs before pooling, bits [pixels, channels]
     */
    public static Operation backwardPooledSigns(String name, Backward backward, MaxPooling pooling,
            Buffer signs, TrainingClock clock) {
        Buffer gradient = backward.gradient();
        Buffer result = backward.result();
        long images = result.rows() / pooling.pixels();
        backward.expect(name, images * pooling.pooledPixels(), images * pooling.pixels());
        Operations.expectShape(name, result.rows(), pooling.channels(), signs, result);
        return Operations.of(name, images, 1, elements(result),
                (begin, end) -> NormalisationKernels.backwardPooledSigns(gradient.type(), gradient.segment(),
                        signs.segment(), pooling, backward.coefficients().segment(), result.type(),
                        backward.stochastic(), clock.random(backward.layer()),
                        result.segment(), begin, end),
                backward.uses(signs));
    }

    /** integers [rows, columns] = values / scale, with the scale that takes the largest value to the largest integer. */
    public static Operation quantise(String name, Buffer values, Buffer integers, Buffer scale) {
        Operations.expectShape(name, values.rows(), values.columns(), integers);
        Operations.expectShape(name, 1, 1, scale);
        return Operations.of(name, 1, 1, elements(values),
                (_, _) -> NormalisationKernels.quantise(values.segment(), elements(values), integers.type(),
                        integers.segment(),
                        scale.segment()),
                List.of(values, integers, scale));
    }
}
