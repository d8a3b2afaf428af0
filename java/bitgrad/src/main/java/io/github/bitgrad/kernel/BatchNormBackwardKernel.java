package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_backward_pooled_operands;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_backward_signs_operands;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_coefficients_operands;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_gradient_sums_operands;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Batch normalisation before a sign, backward: {@code bitgrad.h}, "Batch normalisation before a sign". It holds where
 * the normalised output feeds exactly one sign. Block sums are those of {@link BatchNormSignKernel}; here each block
 * has {@link #TERMS} rows of them.
 */
public final class BatchNormBackwardKernel {
    /** Sums per channel and block: of the gradient, of gradient · sign and of gradient². */
    public static final int TERMS = 3;

    /** Coefficients per channel. */
    public static final int COEFFICIENTS = 3;

    /** Values per channel of an unselected gradient: where the sign is +1, and where it is −1. */
    public static final int SIGNS = 2;

    private BatchNormBackwardKernel() {
    }

    /**
     * What the forward pass kept of a layer, float32 [1, channels] each.
     *
     * @param deviation of the layer's sums
     * @param beta its bias
     * @param signMean the mean of all signs that were normalised
     */
    public record Kept(Matrix deviation, Matrix beta, Matrix signMean) {
    }

    /**
     * What the block sums of a gradient become.
     *
     * @param betaGradient float32 [1, channels]
     * @param coefficients float32 [3, channels]
     * @param squares float32 [1, channels]
     */
    public record Results(Matrix betaGradient, Matrix coefficients, Matrix squares) {
    }

    /**
     * {@code bg_batch_norm_gradient_sums}, by ranges of rows that begin and end with a block.
     *
     * @param arena of the native arguments
     * @param gradient float16 or float32 [rows, channels]
     * @param first where its channels begin among the columns of signs
     * @param signs bits [rows, columns]
     * @param sums float32 [blocks, 3 · channels]
     */
    public static RangeCall gradientSums(Arena arena, Matrix gradient, long first, Matrix signs, Matrix sums) {
        Operands operands = new Operands("batch_norm_gradient_sums");
        operands.read("gradient", gradient);
        operands.read("signs", signs, BITS, gradient.rows(), signs.columns());
        operands.write("sums", sums, FLOAT32, BatchNormSignKernel.blocks(gradient.rows()), TERMS * gradient.columns());
        MemorySegment arguments = bg_batch_norm_gradient_sums_operands.allocate(arena);
        bg_batch_norm_gradient_sums_operands.type(arguments, Kernels.code(gradient.type()));
        bg_batch_norm_gradient_sums_operands.gradient(arguments, gradient.segment());
        bg_batch_norm_gradient_sums_operands.signs(arguments, signs.segment());
        bg_batch_norm_gradient_sums_operands.rows(arguments, gradient.rows());
        Operands.tile(bg_batch_norm_gradient_sums_operands.tile(arguments), signs, first, gradient.columns());
        bg_batch_norm_gradient_sums_operands.sums(arguments, sums.segment());
        return RangeCall.of("batch_norm_gradient_sums", gradient.rows(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_gradient_sums(arguments, begin, end));
    }

    /**
     * {@code bg_batch_norm_coefficients}, by ranges of channels.
     *
     * @param arena of the native arguments
     * @param sums float32 [blocks, 3 · channels]
     * @param rows that the block sums are over
     * @param count normalised elements per channel, at least rows
     */
    public static RangeCall coefficients(Arena arena, Matrix sums, long rows, long count, Kept kept, Results results) {
        long channels = kept.deviation().columns();
        Operands operands = new Operands("batch_norm_coefficients");
        operands.read("sums", sums, FLOAT32, BatchNormSignKernel.blocks(rows), TERMS * channels);
        operands.readChannels("deviation", kept.deviation(), channels);
        operands.readChannels("beta", kept.beta(), channels);
        operands.readChannels("sign_mean", kept.signMean(), channels);
        operands.writeChannels("beta_gradient", results.betaGradient(), channels);
        operands.write("coefficients", results.coefficients(), FLOAT32, COEFFICIENTS, channels);
        operands.writeChannels("squares", results.squares(), channels);
        MemorySegment arguments = bg_batch_norm_coefficients_operands.allocate(arena);
        bg_batch_norm_coefficients_operands.sums(arguments, sums.segment());
        bg_batch_norm_coefficients_operands.rows(arguments, rows);
        bg_batch_norm_coefficients_operands.channels(arguments, channels);
        bg_batch_norm_coefficients_operands.count(arguments, count);
        bg_batch_norm_coefficients_operands.deviation(arguments, kept.deviation().segment());
        bg_batch_norm_coefficients_operands.beta(arguments, kept.beta().segment());
        bg_batch_norm_coefficients_operands.sign_mean(arguments, kept.signMean().segment());
        bg_batch_norm_coefficients_operands.beta_gradient(arguments, results.betaGradient().segment());
        bg_batch_norm_coefficients_operands.coefficients(arguments, results.coefficients().segment());
        bg_batch_norm_coefficients_operands.squares(arguments, results.squares().segment());
        return RangeCall.of("batch_norm_coefficients", channels, operands,
                (begin, end) -> Bitgrad.bg_batch_norm_coefficients(arguments, begin, end));
    }

    /**
     * {@code bg_batch_norm_gradient_scale}.
     *
     * @param squares float32 [1, channels]
     * @param count elements that their mean is over
     * @param clip how many times their root mean square the largest integer stands for
     * @param type of the integers, int8 or int16
     * @param scale float32 [1, 1]
     */
    public static WholeCall gradientScale(Matrix squares, long count, float clip, ElementType type, Matrix scale) {
        Operands operands = new Operands("batch_norm_gradient_scale");
        operands.readChannels("squares", squares, squares.columns());
        operands.write("scale", scale, FLOAT32, 1, 1);
        int code = Kernels.code(type);
        return new WholeCall("batch_norm_gradient_scale", operands, () -> Bitgrad.bg_batch_norm_gradient_scale(
                squares.segment(), squares.columns(), count, clip, code, scale.segment()));
    }

    /** {@code bg_batch_norm_scale_coefficients}: coefficients float32 [3, channels] by the scale, float32 [1, 1]. */
    public static WholeCall scaleCoefficients(Matrix coefficients, Matrix scale) {
        Operands operands = new Operands("batch_norm_scale_coefficients");
        operands.write("coefficients", coefficients, FLOAT32, COEFFICIENTS, coefficients.columns());
        operands.read("scale", scale, FLOAT32, 1, 1);
        return new WholeCall("batch_norm_scale_coefficients", operands, () -> Bitgrad
                .bg_batch_norm_scale_coefficients(coefficients.segment(), coefficients.columns(), scale.segment()));
    }

    /**
     * {@code bg_batch_norm_unselected_gradient}.
     *
     * @param coefficients float32 [3, channels]
     * @param first where their channels begin among the columns of unselected
     * @param unselected int8 [2, columns]
     */
    public static WholeCall unselectedGradient(Matrix coefficients, long first, Matrix unselected) {
        Operands operands = new Operands("batch_norm_unselected_gradient");
        operands.read("coefficients", coefficients, FLOAT32, COEFFICIENTS, coefficients.columns());
        operands.write("unselected", unselected, INT8, SIGNS, unselected.columns());
        return new WholeCall("batch_norm_unselected_gradient", operands,
                () -> Bitgrad.bg_batch_norm_unselected_gradient(coefficients.segment(), coefficients.columns(),
                        unselected.columns(), first, unselected.segment()));
    }

    /** A last pass of the backward normalisation, with its operands. */
    public static final class Backward extends KernelCall {
        /** What calls a native function on a range. */
        private interface Native {
            int call(int seed, long begin, long end);
        }

        private final long size;
        private final Native function;

        private Backward(String operation, long size, Operands operands, Native function) {
            super(operation, operands.segments());
            this.size = size;
            this.function = function;
            run(0, 0, 0); // what the function refuses is refused now
        }

        /**
         * Runs the kernel on [begin, end), rows or, where there are windows, images. Allocates nothing.
         *
         * @param seed of stochastic rounding
         */
        public void run(int seed, long begin, long end) {
            requireAlive();
            requireRange(begin, end, size);
            check(function.call(seed, begin, end));
        }
    }

    /**
     * {@code bg_batch_norm_backward_signs}.
     *
     * @param arena of the native arguments
     * @param gradient float16 or float32 [rows, channels]
     * @param first where its channels begin among the columns of signs
     * @param signs bits [rows, columns]
     * @param coefficients float32 [3, channels]
     * @param dy float16, float32, int16 or int8 [rows, columns], or [rows, channels] where it is of these alone
     * @param stochastic whether integers are rounded at random
     */
    public static Backward signs(Arena arena, Matrix gradient, long first, Matrix signs, Matrix coefficients, Matrix dy,
            boolean stochastic) {
        Operands operands = new Operands("batch_norm_backward_signs");
        operands.read("gradient", gradient);
        operands.read("signs", signs, BITS, gradient.rows(), signs.columns());
        operands.read("coefficients", coefficients, FLOAT32, COEFFICIENTS, gradient.columns());
        operands.write("dy", dy, dy.type(), gradient.rows(), dy.columns());
        MemorySegment arguments = bg_batch_norm_backward_signs_operands.allocate(arena);
        bg_batch_norm_backward_signs_operands.type(arguments, Kernels.code(gradient.type()));
        bg_batch_norm_backward_signs_operands.gradient(arguments, gradient.segment());
        bg_batch_norm_backward_signs_operands.signs(arguments, signs.segment());
        Operands.tile(bg_batch_norm_backward_signs_operands.tile(arguments), signs, first, gradient.columns());
        bg_batch_norm_backward_signs_operands.coefficients(arguments, coefficients.segment());
        bg_batch_norm_backward_signs_operands.dy_type(arguments, Kernels.code(dy.type()));
        bg_batch_norm_backward_signs_operands.rounding(arguments, rounding(stochastic));
        bg_batch_norm_backward_signs_operands.dy_columns(arguments, dy.columns());
        bg_batch_norm_backward_signs_operands.dy(arguments, dy.segment());
        return new Backward("batch_norm_backward_signs", gradient.rows(), operands,
                (seed, begin, end) -> Bitgrad.bg_batch_norm_backward_signs(arguments, seed, begin, end));
    }

    private static int rounding(boolean stochastic) {
        return stochastic ? Bitgrad.BG_STOCHASTIC() : Bitgrad.BG_NEAREST();
    }

    /**
     * {@code bg_batch_norm_backward_pooled_values}.
     *
     * @param arena of the native arguments
     * @param pooling of what dy is the gradient at
     * @param gradient float16 or float32 [windows, channels]
     * @param signs bits [windows, channels]
     * @param argmax bits [planes · windows, channels]
     * @param coefficients float32 [3, channels]
     * @param dy float16, float32, int16 or int8 [images · pixels, channels]
     * @param stochastic whether integers are rounded at random
     */
    public static Backward pooledValues(Arena arena, PoolingShape pooling, Matrix gradient, Matrix signs, Matrix argmax,
            Matrix coefficients, Matrix dy, boolean stochastic) {
        Operands operands = new Operands("batch_norm_backward_pooled_values");
        long images = images(pooling, dy);
        checkPooled(operands, pooling, images, gradient, coefficients, dy);
        operands.read("signs", signs, BITS, images * pooling.pooledPixels(), pooling.channels());
        operands.read("argmax", argmax, BITS, pooling.argmaxPlanes() * images * pooling.pooledPixels(),
                pooling.channels());
        MemorySegment arguments = pooled(arena, images, gradient, signs, coefficients, dy, stochastic);
        bg_batch_norm_backward_pooled_operands.argmax(arguments, argmax.segment());
        MemorySegment windows = Operands.pooling(arena, pooling);
        return new Backward("batch_norm_backward_pooled_values", images, operands, (seed, begin, end) -> Bitgrad
                .bg_batch_norm_backward_pooled_values(windows, arguments, seed, begin, end));
    }

    /**
     * {@code bg_batch_norm_backward_pooled_signs}: as {@link #pooledValues}, but for signs, which are those before
     * pooling.
     *
     * @param signs bits [images · pixels, channels]
     */
    public static Backward pooledSigns(Arena arena, PoolingShape pooling, Matrix gradient, Matrix signs,
            Matrix coefficients, Matrix dy, boolean stochastic) {
        Operands operands = new Operands("batch_norm_backward_pooled_signs");
        long images = images(pooling, dy);
        checkPooled(operands, pooling, images, gradient, coefficients, dy);
        operands.read("signs", signs, BITS, images * pooling.pixels(), pooling.channels());
        MemorySegment arguments = pooled(arena, images, gradient, signs, coefficients, dy, stochastic);
        bg_batch_norm_backward_pooled_operands.argmax(arguments, MemorySegment.NULL);
        MemorySegment windows = Operands.pooling(arena, pooling);
        return new Backward("batch_norm_backward_pooled_signs", images, operands, (seed, begin, end) -> Bitgrad
                .bg_batch_norm_backward_pooled_signs(windows, arguments, seed, begin, end));
    }

    private static long images(PoolingShape pooling, Matrix dy) {
        return dy.rows() / pooling.pixels();
    }

    private static void checkPooled(Operands operands, PoolingShape pooling, long images, Matrix gradient,
            Matrix coefficients, Matrix dy) {
        operands.read("gradient", gradient, gradient.type(), images * pooling.pooledPixels(), pooling.channels());
        operands.read("coefficients", coefficients, FLOAT32, COEFFICIENTS, pooling.channels());
        operands.write("dy", dy, dy.type(), images * pooling.pixels(), pooling.channels());
    }

    private static MemorySegment pooled(Arena arena, long images, Matrix gradient, Matrix signs, Matrix coefficients,
            Matrix dy, boolean stochastic) {
        MemorySegment arguments = bg_batch_norm_backward_pooled_operands.allocate(arena);
        bg_batch_norm_backward_pooled_operands.type(arguments, Kernels.code(gradient.type()));
        bg_batch_norm_backward_pooled_operands.gradient(arguments, gradient.segment());
        bg_batch_norm_backward_pooled_operands.signs(arguments, signs.segment());
        bg_batch_norm_backward_pooled_operands.images(arguments, images);
        bg_batch_norm_backward_pooled_operands.coefficients(arguments, coefficients.segment());
        bg_batch_norm_backward_pooled_operands.dy_type(arguments, Kernels.code(dy.type()));
        bg_batch_norm_backward_pooled_operands.rounding(arguments, rounding(stochastic));
        bg_batch_norm_backward_pooled_operands.dy(arguments, dy.segment());
        return arguments;
    }
}
