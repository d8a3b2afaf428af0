package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT64;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_batch_norm_sign_operands;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Batch normalisation before a sign, forward: {@code bitgrad.h}, "Batch normalisation before a sign". Block sums are
 * float32 [blocks, channels], with a block for each {@link #BLOCK_ROWS} rows. Statistics are float32 [1, channels].
 */
public final class BatchNormSignKernel {
    /** Rows whose partial sum is one: ranges of rows begin at multiples of it where block sums are made. */
    public static final int BLOCK_ROWS = Bitgrad.BG_SUM_BLOCK();

    /** What is added to deviations, or what they are at least. */
    public static final float EPSILON = Bitgrad.BG_EPSILON();

    private BatchNormSignKernel() {
    }

    /** Rows of the block sums of so many rows. */
    public static long blocks(long rows) {
        return Math.ceilDiv(rows, BLOCK_ROWS);
    }

    /** {@code bg_batch_norm_value_sums}: block sums of y int16 or float32 [rows, channels], by ranges of rows. */
    public static RangeCall valueSums(Matrix y, Matrix sums) {
        Operands operands = new Operands("batch_norm_value_sums");
        operands.read("y", y);
        operands.write("sums", sums, FLOAT32, blocks(y.rows()), y.columns());
        int type = Kernels.code(y.type());
        return RangeCall.of("batch_norm_value_sums", y.rows(), operands, (begin, end) -> Bitgrad
                .bg_batch_norm_value_sums(type, y.segment(), y.rows(), y.columns(), sums.segment(), begin, end));
    }

    /**
     * {@code bg_batch_norm_mean}, by ranges of channels.
     *
     * @param rows that the block sums are over
     */
    public static RangeCall mean(Matrix sums, long rows, Matrix mean) {
        Operands operands = new Operands("batch_norm_mean");
        long channels = sums.columns();
        operands.read("sums", sums, FLOAT32, blocks(rows), channels);
        operands.writeChannels("mean", mean, channels);
        return RangeCall.of("batch_norm_mean", channels, operands, (begin, end) -> Bitgrad
                .bg_batch_norm_mean(sums.segment(), rows, channels, mean.segment(), begin, end));
    }

    /**
     * {@code bg_batch_norm_mean_of_integers}, by ranges of channels.
     *
     * @param sums int64 [1, channels], of all rows
     */
    public static RangeCall meanOfIntegers(Matrix sums, long rows, Matrix mean) {
        Operands operands = new Operands("batch_norm_mean_of_integers");
        long channels = sums.columns();
        operands.read("sums", sums, INT64, 1, channels);
        operands.writeChannels("mean", mean, channels);
        return RangeCall.of("batch_norm_mean_of_integers", channels, operands, (begin, end) -> Bitgrad
                .bg_batch_norm_mean_of_integers(sums.segment(), rows, channels, mean.segment(), begin, end));
    }

    /** {@code bg_batch_norm_deviation_sums}: block sums of |y − mean|, by ranges of rows. */
    public static RangeCall deviationSums(Matrix y, Matrix mean, Matrix sums) {
        Operands operands = new Operands("batch_norm_deviation_sums");
        operands.read("y", y);
        operands.readChannels("mean", mean, y.columns());
        operands.write("sums", sums, FLOAT32, blocks(y.rows()), y.columns());
        int type = Kernels.code(y.type());
        return RangeCall.of("batch_norm_deviation_sums", y.rows(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_deviation_sums(type, y.segment(), y.rows(), y.columns(),
                        mean.segment(), sums.segment(), begin, end));
    }

    /**
     * {@code bg_batch_norm_deviation}, by ranges of channels.
     *
     * @param rows that the block sums are over
     */
    public static RangeCall deviation(Matrix sums, long rows, Matrix deviation) {
        Operands operands = new Operands("batch_norm_deviation");
        long channels = sums.columns();
        operands.read("sums", sums, FLOAT32, blocks(rows), channels);
        operands.writeChannels("deviation", deviation, channels);
        return RangeCall.of("batch_norm_deviation", channels, operands, (begin, end) -> Bitgrad
                .bg_batch_norm_deviation(sums.segment(), rows, channels, deviation.segment(), begin, end));
    }

    /**
     * {@code bg_batch_norm_sign}, by ranges of rows that begin and end with a block.
     *
     * @param arena of the native arguments
     * @param y int16 or float32 [rows, channels]
     * @param first where y's channels begin among the columns of the bits
     * @param signs bits [rows, columns]; likewise straightThrough
     * @param sums block sums of the signs
     */
    public static RangeCall sign(Arena arena, Matrix y, Normalisation normalisation, long first, Matrix signs,
            Matrix straightThrough, Matrix sums) {
        Operands operands = checked(y, normalisation, signs);
        operands.write("straight_through", straightThrough, BITS, y.rows(), signs.columns());
        operands.write("sums", sums, FLOAT32, blocks(y.rows()), y.columns());
        MemorySegment arguments = arguments(arena, y, normalisation, first, signs);
        bg_batch_norm_sign_operands.straight_through(arguments, straightThrough.segment());
        bg_batch_norm_sign_operands.sums(arguments, sums.segment());
        return call(y, operands, arguments);
    }

    /** The signs alone, for inference, by any ranges of rows. */
    public static RangeCall sign(Arena arena, Matrix y, Normalisation normalisation, long first, Matrix signs) {
        Operands operands = checked(y, normalisation, signs);
        return call(y, operands, arguments(arena, y, normalisation, first, signs));
    }

    private static Operands checked(Matrix y, Normalisation normalisation, Matrix signs) {
        Operands operands = new Operands("batch_norm_sign");
        operands.read("y", y);
        normalisation.check(operands, y.columns());
        operands.write("signs", signs, BITS, y.rows(), signs.columns());
        return operands;
    }

    private static MemorySegment arguments(Arena arena, Matrix y, Normalisation normalisation, long first,
            Matrix signs) {
        MemorySegment arguments = bg_batch_norm_sign_operands.allocate(arena);
        bg_batch_norm_sign_operands.type(arguments, Kernels.code(y.type()));
        bg_batch_norm_sign_operands.y(arguments, y.segment());
        bg_batch_norm_sign_operands.rows(arguments, y.rows());
        Operands.tile(bg_batch_norm_sign_operands.tile(arguments), signs, first, y.columns());
        bg_batch_norm_sign_operands.mean(arguments, normalisation.mean().segment());
        bg_batch_norm_sign_operands.deviation(arguments, normalisation.deviation().segment());
        bg_batch_norm_sign_operands.beta(arguments, normalisation.beta().segment());
        bg_batch_norm_sign_operands.signs(arguments, signs.segment());
        bg_batch_norm_sign_operands.straight_through(arguments, MemorySegment.NULL);
        bg_batch_norm_sign_operands.sums(arguments, MemorySegment.NULL);
        return arguments;
    }

    private static RangeCall call(Matrix y, Operands operands, MemorySegment arguments) {
        return RangeCall.of("batch_norm_sign", y.rows(), operands,
                (begin, end) -> Bitgrad.bg_batch_norm_sign(arguments, begin, end));
    }
}
