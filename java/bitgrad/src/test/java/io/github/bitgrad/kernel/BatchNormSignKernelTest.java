package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchNormSignKernelTest extends KernelContract {
    /** What makes a mean absolute deviation the standard deviation of a normal distribution. */
    private static final float NORMAL = (float) Math.sqrt(Math.PI / 2);

    private static final long ROWS = 512;
    private static final long BLOCKS = 2;
    private static final long CHANNELS = 5;
    /** Of what the channels are the last tile of, in words of their own. */
    private static final long COLUMNS = 69;
    private static final long FIRST = 64;

    private static final List<Call> CALLS = List.of(valueSums(INT16), valueSums(FLOAT32),
            bound("batch_norm_mean", CHANNELS, (_, m) -> BatchNormSignKernel.mean(m[0], ROWS, m[1])::run, sums(),
                    channel("mean")),
            bound("batch_norm_mean_of_integers", CHANNELS,
                    (_, m) -> BatchNormSignKernel.meanOfIntegers(m[0], ROWS, m[1])::run,
                    matrix("sums", INT64, 1, CHANNELS), channel("mean")),
            deviationSums(INT16), deviationSums(FLOAT32),
            bound("batch_norm_deviation", CHANNELS, (_, m) -> BatchNormSignKernel.deviation(m[0], ROWS, m[1])::run,
                    sums(), channel("deviation")),
            sign(INT16), sign(FLOAT32), signAlone(INT16), signAlone(FLOAT32));

    private static Operand y(ElementType type) {
        return matrix("y", type, ROWS, CHANNELS);
    }

    private static Operand bits(String name) {
        return matrix(name, BITS, ROWS, COLUMNS);
    }

    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static Operand sums() {
        return matrix("sums", FLOAT32, BLOCKS, CHANNELS);
    }

    private static Call valueSums(ElementType type) {
        return bound("batch_norm_value_sums", ROWS, (_, m) -> BatchNormSignKernel.valueSums(m[0], m[1])::run, y(type),
                sums());
    }

    private static Call deviationSums(ElementType type) {
        return bound("batch_norm_deviation_sums", ROWS,
                (_, m) -> BatchNormSignKernel.deviationSums(m[0], m[1], m[2])::run, y(type), channel("mean"), sums());
    }

    private static Call sign(ElementType type) {
        return bound("batch_norm_sign", ROWS,
                (arena, m) -> BatchNormSignKernel.sign(arena, m[0], new Normalisation(m[1], m[2], m[3]), FIRST, m[4],
                        m[5], m[6])::run,
                y(type), channel("mean"), channel("deviation"), channel("beta"), bits("signs"),
                bits("straight_through"), sums());
    }

    private static Call signAlone(ElementType type) {
        return bound("batch_norm_sign", ROWS,
                (arena, m) -> BatchNormSignKernel.sign(arena, m[0], new Normalisation(m[1], m[2], m[3]), FIRST,
                        m[4])::run,
                y(type), channel("mean"), channel("deviation"), channel("beta"), bits("signs"));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("batch_norm_value_sums", "batch_norm_mean", "batch_norm_mean_of_integers",
                "batch_norm_deviation_sums", "batch_norm_deviation", "batch_norm_sign");
    }

    private Matrix floats(long columns, float... values) {
        return new Matrix(FLOAT32, values.length / columns, columns,
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private Matrix bits(long columns, long... rows) {
        return new Matrix(BITS, rows.length, columns, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    private static void assertFloats(Matrix matrix, float... expected) {
        assertThat(matrix.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(expected, within(1e-6f));
    }

    private static long[] rows(Matrix bits) {
        return bits.segment().toArray(ValueLayout.JAVA_LONG);
    }

    /** Two channels, whose statistics can be told by heart. */
    private Matrix twoChannels() {
        return new Matrix(INT16, 4, 2,
                arena.allocateFrom(ValueLayout.JAVA_SHORT, new short[] {1, -4, 2, -4, 3, 4, 6, 4}));
    }

    @Test
    void aBlockThatIsCutIsRefused() {
        Matrix y = new Matrix(FLOAT32, ROWS, CHANNELS, arena.allocate(ROWS * CHANNELS * Float.BYTES, 64));
        RangeCall call = BatchNormSignKernel.valueSums(y, floats(CHANNELS, new float[(int) (BLOCKS * CHANNELS)]));
        for (long[] range : new long[][] {{0, 255}, {1, 512}, {0, 257}, {255, 256}}) {
            assertRefused(() -> call.run(range[0], range[1]), "batch_norm_value_sums refused its arguments: "
                    + "a range began below zero, or ended before its begin or after the last.");
        }
    }

    @Test
    void meansAreOfColumns() {
        Matrix sums = floats(2, 0, 0);
        Matrix mean = floats(2, 0, 0);
        BatchNormSignKernel.valueSums(twoChannels(), sums).run(0, 4);
        assertFloats(sums, 12, 0);
        BatchNormSignKernel.mean(sums, 4, mean).run(0, 2);
        assertFloats(mean, 3, 0);
        Matrix integers = new Matrix(INT64, 1, 2, arena.allocateFrom(ValueLayout.JAVA_LONG, 10, -6));
        BatchNormSignKernel.meanOfIntegers(integers, 4, mean).run(0, 2);
        assertFloats(mean, 2.5f, -1.5f);
    }

    @Test
    void deviationsAreFromTheMean() {
        Matrix sums = floats(2, 0, 0);
        Matrix deviation = floats(2, 0, 0);
        BatchNormSignKernel.deviationSums(twoChannels(), floats(2, 3, 0), sums).run(0, 4);
        assertFloats(sums, 6, 16);
        BatchNormSignKernel.deviation(sums, 4, deviation).run(0, 2);
        assertFloats(deviation, NORMAL * 1.5f + 1e-4f, NORMAL * 4 + 1e-4f);
    }

    /** By deviations 2 and 4, t is −1.5, −0.5, 0.5, 3.5 and −6, −6, 2, 2. */
    @Test
    void signsAreOfTheNormalised() {
        Normalisation normalisation = new Normalisation(floats(2, 3, 0), floats(2, 2, 4), floats(2, 0.25f, -0.5f));
        Matrix signs = bits(2, 0, 0, 0, 0);
        Matrix straightThrough = bits(2, 0, 0, 0, 0);
        Matrix sums = floats(2, 0, 0);
        BatchNormSignKernel.sign(arena, twoChannels(), normalisation, 0, signs, straightThrough, sums).run(0, 4);
        assertThat(rows(signs)).containsExactly(0b00, 0b00, 0b11, 0b11);
        assertThat(rows(straightThrough)).containsExactly(0b01, 0b01, 0b11, 0b10);
        assertFloats(sums, 0, 0);
        signs.segment().fill((byte) 0);
        BatchNormSignKernel.sign(arena, twoChannels(), normalisation, 0, signs).run(1, 3);
        assertThat(rows(signs)).containsExactly(0b00, 0b00, 0b11, 0b00);
    }

    /** Two channels behind 16: by deviations of 2, t is −1.5 and 4. */
    @Test
    void tilesAreOfTheColumnsFromTheirFirst() {
        Matrix signs = bits(18, 0xffff);
        Matrix straightThrough = bits(18, 0);
        BatchNormSignKernel.sign(arena, floats(2, 0, 4),
                new Normalisation(floats(2, 1.5f, 0), floats(2, 2, 2), floats(2, 0, 0)), 16, signs, straightThrough,
                floats(2, 0, 0)).run(0, 1);
        assertThat(rows(signs)).containsExactly(0x2ffff);
        assertThat(rows(straightThrough)).containsExactly(0x10000);
    }
}
