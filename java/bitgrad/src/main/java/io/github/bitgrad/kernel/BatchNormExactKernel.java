package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_exact_coefficients_operands;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_exact_sums_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The exact backward pass of batch normalisation, from values that are computed again: {@code bitgrad.h}, "Batch
 * normalisation of a stream". Its last pass is that of {@link BatchNormBackwardKernel}.
 */
public final class BatchNormExactKernel {
    /** Sums per channel and block: of the gradient, of gradient · (y − mean), of gradient² and of the signs. */
    public static final int TERMS = 4;

    private BatchNormExactKernel() {
    }

    /**
     * {@code bg_batch_norm_exact_sums}, by ranges of rows that begin and end with a block.
     *
     * @param arena of the native arguments
     * @param gradient float16 or float32 [rows, channels]: at the normalised values
     * @param y int16 or float32 [rows, channels]: what was normalised
     * @param mean float32 [1, channels]: of y
     * @param first where the channels begin among the columns of signs
     * @param signs bits [rows, columns]: written, set where y is at least the mean
     * @param sums float32 [blocks, 4 · channels]: written
     */
    public static RangeCall sums(Arena arena, Matrix gradient, Matrix y, Matrix mean, long first, Matrix signs,
            Matrix sums) {
        Operands operands = new Operands("batch_norm_exact_sums");
        operands.read("gradient", gradient);
        operands.read("y", y, y.type(), gradient.rows(), gradient.columns());
        operands.readChannels("mean", mean, gradient.columns());
        operands.write("signs", signs, BITS, gradient.rows(), signs.columns());
        operands.write("sums", sums, FLOAT32, BatchNormSignKernel.blocks(gradient.rows()),
                TERMS * gradient.columns());
        MemorySegment arguments = bg_batch_norm_exact_sums_operands.allocate(arena);
        bg_batch_norm_exact_sums_operands.type(arguments, Kernels.code(gradient.type()));
        bg_batch_norm_exact_sums_operands.gradient(arguments, gradient.segment());
        bg_batch_norm_exact_sums_operands.y_type(arguments, Kernels.code(y.type()));
        bg_batch_norm_exact_sums_operands.y(arguments, y.segment());
        bg_batch_norm_exact_sums_operands.mean(arguments, mean.segment());
        bg_batch_norm_exact_sums_operands.rows(arguments, gradient.rows());
        Operands.tile(bg_batch_norm_exact_sums_operands.tile(arguments), signs, first, gradient.columns());
        bg_batch_norm_exact_sums_operands.signs(arguments, signs.segment());
        bg_batch_norm_exact_sums_operands.sums(arguments, sums.segment());
        return RangeCall.of("batch_norm_exact_sums", gradient.rows(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_exact_sums(arguments, begin, end));
    }

    /**
     * {@code bg_batch_norm_exact_coefficients}, by ranges of channels.
     *
     * @param arena of the native arguments
     * @param sums float32 [blocks, 4 · channels]
     * @param rows that the block sums are over
     * @param deviation float32 [1, channels]
     * @param results written
     */
    public static RangeCall coefficients(Arena arena, Matrix sums, long rows, Matrix deviation,
            BatchNormBackwardKernel.Results results) {
        long channels = deviation.columns();
        Operands operands = new Operands("batch_norm_exact_coefficients");
        operands.read("sums", sums, FLOAT32, BatchNormSignKernel.blocks(rows), TERMS * channels);
        operands.readChannels("deviation", deviation, channels);
        operands.writeChannels("beta_gradient", results.betaGradient(), channels);
        operands.write("coefficients", results.coefficients(), FLOAT32, BatchNormBackwardKernel.COEFFICIENTS,
                channels);
        operands.writeChannels("squares", results.squares(), channels);
        MemorySegment arguments = bg_batch_norm_exact_coefficients_operands.allocate(arena);
        bg_batch_norm_exact_coefficients_operands.sums(arguments, sums.segment());
        bg_batch_norm_exact_coefficients_operands.rows(arguments, rows);
        bg_batch_norm_exact_coefficients_operands.channels(arguments, channels);
        bg_batch_norm_exact_coefficients_operands.deviation(arguments, deviation.segment());
        bg_batch_norm_exact_coefficients_operands.beta_gradient(arguments, results.betaGradient().segment());
        bg_batch_norm_exact_coefficients_operands.coefficients(arguments, results.coefficients().segment());
        bg_batch_norm_exact_coefficients_operands.squares(arguments, results.squares().segment());
        return RangeCall.of("batch_norm_exact_coefficients", channels, operands,
                (begin, end) -> Bitgrad.bg_batch_norm_exact_coefficients(arguments, begin, end));
    }
}
