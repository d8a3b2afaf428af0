package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.MemorySegment;

/**
 * The kernels of {@code bitgrad.h} for batch normalisation before a sign, and for quantisation, checked as
 * {@link Kernels} are. Block sums are float32 [blocks, channels], with a block for each 256 rows. Where a matrix [rows,
 * channels] is a tile of wider ones, [rows, columns], it is their columns from first on ({@code bitgrad.h}, "Tiles").
 */
public final class NormalisationKernels {
    static {
        Isa.selected();
    }

    private NormalisationKernels() {
    }

    /** Rows of block sums. */
    public static long blocks(long rows) {
        return Math.ceilDiv(rows, Bitgrad.BG_SUM_BLOCK());
    }

    /** {@code bg_batch_norm_value_sums}: y int16 or float32 [rows, channels], sums float32 [blocks, channels]. */
    public static void valueSums(ElementType type, MemorySegment y, long rows, long channels, MemorySegment sums,
            long rowBegin, long rowEnd) {
        String name = "batch_norm_value_sums";
        Operands.matrix(name, "y", y, type, rows, channels);
        Operands.outputMatrix(name, "sums", sums, FLOAT32, blocks(rows), channels);
        Kernels.check(name, Bitgrad.bg_batch_norm_value_sums(Kernels.code(type), y, rows, channels, sums, rowBegin,
                rowEnd));
    }

    /** {@code bg_batch_norm_mean}: sums float32 [blocks, channels], mean float32 [channels]. */
    public static void mean(MemorySegment sums, long rows, long channels, MemorySegment mean, long channelBegin,
            long channelEnd) {
        String name = "batch_norm_mean";
        Operands.matrix(name, "sums", sums, FLOAT32, blocks(rows), channels);
        Operands.outputVector(name, "mean", mean, FLOAT32, channelEnd);
        Kernels.check(name, Bitgrad.bg_batch_norm_mean(sums, rows, channels, mean, channelBegin, channelEnd));
    }

    /** {@code bg_batch_norm_mean_of_integers}: sums int64 [channels], mean float32 [channels]. */
    public static void meanOfIntegers(MemorySegment sums, long rows, long channels, MemorySegment mean,
            long channelBegin, long channelEnd) {
        String name = "batch_norm_mean_of_integers";
        Operands.vector(name, "sums", sums, INT64, channelEnd);
        Operands.outputVector(name, "mean", mean, FLOAT32, channelEnd);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_mean_of_integers(sums, rows, channels, mean, channelBegin, channelEnd));
    }

    /** {@code bg_batch_norm_deviation_sums}: as {@link #valueSums}; mean float32 [channels]. */
    public static void deviationSums(ElementType type, MemorySegment y, long rows, long channels, MemorySegment mean,
            MemorySegment sums, long rowBegin, long rowEnd) {
        String name = "batch_norm_deviation_sums";
        Operands.matrix(name, "y", y, type, rows, channels);
        Operands.vector(name, "mean", mean, FLOAT32, channels);
        Operands.outputMatrix(name, "sums", sums, FLOAT32, blocks(rows), channels);
        Kernels.check(name, Bitgrad.bg_batch_norm_deviation_sums(Kernels.code(type), y, rows, channels, mean, sums,
                rowBegin, rowEnd));
    }

    /** {@code bg_batch_norm_deviation}: sums float32 [blocks, channels], deviation float32 [channels]. */
    public static void deviation(MemorySegment sums, long rows, long channels, MemorySegment deviation,
            long channelBegin, long channelEnd) {
        String name = "batch_norm_deviation";
        Operands.matrix(name, "sums", sums, FLOAT32, blocks(rows), channels);
        Operands.outputVector(name, "deviation", deviation, FLOAT32, channelEnd);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_deviation(sums, rows, channels, deviation, channelBegin, channelEnd));
    }

    /**
     * {@code bg_batch_norm_sign}: y int16 or float32 [rows, channels] to bits [rows, columns]; straightThrough and sums
     * [blocks, channels] may be {@link MemorySegment#NULL}.
     */
    public static void sign(ElementType type, MemorySegment y, long rows, long channels, long columns, long first,
            MemorySegment mean, MemorySegment deviation, MemorySegment beta, MemorySegment signs,
            MemorySegment straightThrough, MemorySegment sums, long rowBegin, long rowEnd) {
        String name = "batch_norm_sign";
        Operands.matrix(name, "y", y, type, rows, channels);
        Operands.vector(name, "mean", mean, FLOAT32, channels);
        Operands.vector(name, "deviation", deviation, FLOAT32, channels);
        Operands.vector(name, "beta", beta, FLOAT32, channels);
        Operands.outputMatrix(name, "signs", signs, BITS, rows, columns);
        if (straightThrough != MemorySegment.NULL) {
            Operands.outputMatrix(name, "straight_through", straightThrough, BITS, rows, columns);
        }
        if (sums != MemorySegment.NULL) {
            Operands.outputMatrix(name, "sums", sums, FLOAT32, blocks(rows), channels);
        }
        Kernels.check(name,
                Bitgrad.bg_batch_norm_sign(Kernels.code(type), y, rows, channels, columns, first, mean, deviation, beta,
                        signs, straightThrough, sums, rowBegin, rowEnd));
    }

    /**
     * {@code bg_batch_norm_gradient_sums}: gradient float16 or float32 [rows, channels], signs bits [rows, columns], sums
     * float32 [blocks, 3 · channels].
     */
    public static void gradientSums(ElementType type, MemorySegment gradient, MemorySegment signs, long rows,
            long channels, long columns, long first, MemorySegment sums, long rowBegin, long rowEnd) {
        String name = "batch_norm_gradient_sums";
        Operands.matrix(name, "gradient", gradient, type, rows, channels);
        Operands.matrix(name, "signs", signs, BITS, rows, columns);
        Operands.outputMatrix(name, "sums", sums, FLOAT32, blocks(rows), 3 * channels);
        Kernels.check(name, Bitgrad.bg_batch_norm_gradient_sums(Kernels.code(type), gradient, signs, rows, channels,
                columns, first, sums, rowBegin, rowEnd));
    }

    /**
     * {@code bg_batch_norm_coefficients}: sums float32 [blocks, 3 · channels], coefficients float32 [3, channels], the
     * others float32 [channels].
     */
    public static void coefficients(MemorySegment sums, long rows, long channels, long count, MemorySegment deviation,
            MemorySegment beta, MemorySegment signMean, MemorySegment betaGradient, MemorySegment coefficients,
            MemorySegment squares, long channelBegin, long channelEnd) {
        String name = "batch_norm_coefficients";
        Operands.matrix(name, "sums", sums, FLOAT32, blocks(rows), 3 * channels);
        Operands.vector(name, "deviation", deviation, FLOAT32, channelEnd);
        Operands.vector(name, "beta", beta, FLOAT32, channelEnd);
        Operands.vector(name, "sign_mean", signMean, FLOAT32, channelEnd);
        Operands.outputVector(name, "beta_gradient", betaGradient, FLOAT32, channelEnd);
        Operands.outputMatrix(name, "coefficients", coefficients, FLOAT32, 3, channels);
        Operands.outputVector(name, "squares", squares, FLOAT32, channelEnd);
        Kernels.check(name, Bitgrad.bg_batch_norm_coefficients(sums, rows, channels, count, deviation, beta, signMean,
                betaGradient, coefficients, squares, channelBegin, channelEnd));
    }

    /** {@code bg_batch_norm_gradient_scale}: squares float32 [channels], scale float32 [1]; type int8 or int16. */
    public static void gradientScale(MemorySegment squares, long channels, long count, float clip, ElementType type,
            MemorySegment scale) {
        String name = "batch_norm_gradient_scale";
        Operands.vector(name, "squares", squares, FLOAT32, channels);
        Operands.outputVector(name, "scale", scale, FLOAT32, 1);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_gradient_scale(squares, channels, count, clip, Kernels.code(type), scale));
    }

    /** {@code bg_batch_norm_scale_coefficients}: coefficients float32 [3, channels], scale float32 [1]. */
    public static void scaleCoefficients(MemorySegment coefficients, long channels, MemorySegment scale) {
        String name = "batch_norm_scale_coefficients";
        Operands.outputMatrix(name, "coefficients", coefficients, FLOAT32, 3, channels);
        Operands.vector(name, "scale", scale, FLOAT32, 1);
        Kernels.check(name, Bitgrad.bg_batch_norm_scale_coefficients(coefficients, channels, scale));
    }

    /** {@code bg_batch_norm_gradient_rest}: coefficients float32 [3, channels], others int8 [2, columns]. */
    public static void gradientRest(MemorySegment coefficients, long channels, long columns, long first,
            MemorySegment others) {
        String name = "batch_norm_gradient_rest";
        Operands.matrix(name, "coefficients", coefficients, FLOAT32, 3, channels);
        Operands.outputMatrix(name, "others", others, INT8, 2, columns);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_gradient_rest(coefficients, channels, columns, first, others));
    }

    private static void backwardOperands(String name, ElementType type, MemorySegment gradient, MemorySegment signs,
            long windows, long signRows, long rows, long channels, long columns, MemorySegment coefficients,
            ElementType dyType, long dyColumns, MemorySegment dy) {
        Operands.matrix(name, "gradient", gradient, type, windows, channels);
        Operands.matrix(name, "signs", signs, BITS, signRows, columns);
        Operands.matrix(name, "coefficients", coefficients, FLOAT32, 3, channels);
        Operands.outputMatrix(name, "dy", dy, dyType, rows, dyColumns);
    }

    private static int rounding(boolean stochastic) {
        return stochastic ? Bitgrad.BG_STOCHASTIC() : Bitgrad.BG_NEAREST();
    }

    /**
     * {@code bg_batch_norm_backward_signs}: gradient float16 or float32 [rows, channels], signs bits [rows,
     * columns], coefficients float32 [3, channels], dy of its type [rows, dyColumns], which are columns or channels.
     */
    public static void backwardSigns(ElementType type, MemorySegment gradient, MemorySegment signs, long channels,
            long columns, long first, MemorySegment coefficients, ElementType dyType, boolean stochastic, int seed,
            long dyColumns, MemorySegment dy, long rowBegin, long rowEnd) {
        String name = "batch_norm_backward_signs";
        backwardOperands(name, type, gradient, signs, rowEnd, rowEnd, rowEnd, channels, columns, coefficients, dyType,
                dyColumns, dy);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_backward_signs(Kernels.code(type), gradient, signs, channels, columns, first,
                        coefficients, Kernels.code(dyType), rounding(stochastic), seed, dyColumns, dy, rowBegin,
                        rowEnd));
    }

    /**
     * {@code bg_batch_norm_backward_pooled_values}: gradient and signs [windows, channels], argmax bits [planes ·
     * windows, channels], dy [images · pixels, channels]; the others as {@link #backwardSigns}.
     *
     * @param pooling of what dy is the gradient at
     */
    public static void backwardPooledValues(ElementType type, MemorySegment gradient, MemorySegment signs,
            MemorySegment argmax, MaxPooling pooling, MemorySegment coefficients, ElementType dyType,
            boolean stochastic, int seed, MemorySegment dy, long images, long imageBegin,
            long imageEnd) {
        String name = "batch_norm_backward_pooled_values";
        long channels = pooling.channels();
        long windows = Operands.rows(imageEnd, pooling.pooledPixels());
        backwardOperands(name, type, gradient, signs, windows, windows, Operands.rows(imageEnd, pooling.pixels()),
                channels, channels, coefficients, dyType, channels, dy);
        Operands.matrix(name, "argmax", argmax, BITS,
                Operands.rows(images, pooling.argmaxPlanes() * pooling.pooledPixels()), channels);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_backward_pooled_values(Kernels.code(type), gradient, signs, argmax,
                        pooling.height(), pooling.width(), channels, pooling.windowHeight(), coefficients,
                        Kernels.code(dyType),
                        rounding(stochastic), seed, dy, images, imageBegin, imageEnd));
    }

    /**
     * {@code bg_batch_norm_backward_pooled_signs}: gradient [windows, channels], signs and dy [images · pixels,
     * channels]; the others as {@link #backwardSigns}.
     *
     * @param pooling of what dy is the gradient at
     */
    public static void backwardPooledSigns(ElementType type, MemorySegment gradient, MemorySegment signs,
            MaxPooling pooling, MemorySegment coefficients, ElementType dyType,
            boolean stochastic, int seed, MemorySegment dy, long imageBegin, long imageEnd) {
        String name = "batch_norm_backward_pooled_signs";
        backwardOperands(name, type, gradient, signs, Operands.rows(imageEnd, pooling.pooledPixels()),
                Operands.rows(imageEnd, pooling.pixels()),
                Operands.rows(imageEnd, pooling.pixels()), pooling.channels(), pooling.channels(), coefficients,
                dyType, pooling.channels(), dy);
        Kernels.check(name,
                Bitgrad.bg_batch_norm_backward_pooled_signs(Kernels.code(type), gradient, signs, pooling.height(),
                        pooling.width(), pooling.channels(), pooling.windowHeight(), coefficients, Kernels.code(dyType),
                        rounding(stochastic), seed, dy, imageBegin, imageEnd));
    }

    /** {@code bg_quantise}: values float32 [count] to int8 or int16 [count], scale float32 [1]. */
    public static void quantise(MemorySegment values, long count, ElementType type, MemorySegment quantised,
            MemorySegment scale) {
        String name = "quantise";
        Operands.vector(name, "values", values, FLOAT32, count);
        Operands.outputVector(name, "quantised", quantised, type, count);
        Operands.outputVector(name, "scale", scale, FLOAT32, 1);
        Kernels.check(name, Bitgrad.bg_quantise(values, count, Kernels.code(type), quantised, scale));
    }
}
