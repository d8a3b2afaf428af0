package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.step.Operations.overChannels;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.kernel.BatchNormSignKernel;
import io.github.bitgrad.kernel.Normalisation;
import io.github.bitgrad.kernel.SignThresholdKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Function;

/**
 * Makes operations of batch normalisation before a sign (bitgrad.h, "Batch normalisation before a sign"): passes over
 * rows that leave a partial sum for each block of rows, and short ones over channels between them. Matrices of sums of
 * several terms are [blocks, terms · channels].
 *
 * <p>Where a layer is normalised a tile of channels at a time, y, [rows, channels], is a tile of the matrices of bits,
 * [rows, columns]: their columns from first on. Values per channel are those of the tile. Tiles of bits are written in
 * ascending order (bitgrad.h, "Tiles").
 */
public final class BatchNormSignOperations {
    static final int BLOCK_ROWS = BatchNormSignKernel.BLOCK_ROWS;

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

    private BatchNormSignOperations() {
    }

    /**
     * thresholds int32 [1, channels]: the least sum of each channel whose normalised value has the sign +1.
     */
    public static Operation thresholds(String name, Normaliser normaliser, Buffer thresholds) {
        expectShape(name, 1, thresholds.columns(), thresholds, normaliser.mean(), normaliser.deviation(),
                normaliser.beta());
        return bound(name, thresholds.columns(), Operations.LANES, thresholds.columns(),
                _ -> SignThresholdKernel.thresholds(normaliser.bound(), matrix(thresholds))::run,
                List.of(normaliser.mean(), normaliser.deviation(), normaliser.beta(), thresholds));
    }

    /** mean [1, channels] of y int16 or float32 [rows, channels], in two passes. */
    public static void mean(Program program, String name, Buffer y, Buffer mean) {
        expectChannels(name, y, mean);
        Buffer sums = blockSums(program, name + ".sums", y, 1);
        program.train(valueSums(name + ".sums", y, sums));
        program.train(meanOfSums(name, sums, y, mean));
    }

    /**
     * sums [1, channels] of y int16 or float32 [rows, channels]: the sums of blocks of rows are summed in blocks again,
     * until one is left.
     */
    public static void sums(Program program, String name, Buffer y, Buffer sums) {
        expectChannels(name, y, sums);
        Buffer rows = y;
        while (rows.rows() > BLOCK_ROWS) {
            Buffer blocks = blockSums(program, "%s.blocks%s".formatted(name, BatchNormSignKernel.blocks(rows.rows())),
                    rows, 1);
            program.train(valueSums(blocks.name(), rows, blocks));
            rows = blocks;
        }
        program.train(valueSums(name, rows, sums));
    }

    private static Operation valueSums(String name, Buffer y, Buffer sums) {
        return overRows(name, y, _ -> BatchNormSignKernel.valueSums(matrix(y), matrix(sums))::run, List.of(y, sums));
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
        expectTile(name, y.rows(), y.columns(), first, kept.signs(), kept.straightThrough());
        Buffer sums = blockSums(program, name + ".signSums", y, 1);
        program.train(overRows(name, y, arena -> BatchNormSignKernel.sign(arena, matrix(y), by.bound(), first,
                matrix(kept.signs()), matrix(kept.straightThrough()), matrix(sums))::run,
                List.of(y, by.mean(), by.deviation(), by.beta(), kept.signs(), kept.straightThrough(), sums)));
        program.train(meanOfSums(name + ".signMean", sums, y, kept.mean()));
    }

    /** signs = sgn(x), bits [rows, columns], of the normalised y, for inference, which has no backward pass. */
    public static Operation sign(String name, Buffer y, Normaliser by, long first, Buffer signs) {
        expectChannels(name, y, by.mean(), by.deviation(), by.beta());
        expectTile(name, y.rows(), y.columns(), first, signs);
        return overRows(name, y,
                arena -> BatchNormSignKernel.sign(arena, matrix(y), by.bound(), first, matrix(signs))::run,
                List.of(y, by.mean(), by.deviation(), by.beta(), signs));
    }

    static Buffer blockSums(Program program, String name, Buffer matrix, int terms) {
        return program.temporary(name, Variable.OTHER, FLOAT32, BatchNormSignKernel.blocks(matrix.rows()),
                terms * matrix.columns());
    }

    /** For values a channel of a matrix. */
    static void expectChannels(String name, Buffer matrix, Buffer... values) {
        expectShape(name, 1, matrix.columns(), values);
    }

    static Operation overRows(String name, Buffer matrix, Function<Arena, Operations.Range> bound,
            List<Buffer> uses) {
        return bound(name, matrix.rows(), BLOCK_ROWS, elements(matrix), bound, uses);
    }
}
