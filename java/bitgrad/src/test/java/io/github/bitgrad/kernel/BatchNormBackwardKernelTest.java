package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormBackwardKernelTest extends KernelContract {
    /** What makes a mean absolute deviation the standard deviation of a normal distribution. */
    private static final float NORMAL = (float) Math.sqrt(Math.PI / 2);

    private static final long ROWS = 512;
    private static final long BLOCKS = 2;
    private static final long CHANNELS = 5;
    /** Of what the channels are the last tile of, in words of their own. */
    private static final long COLUMNS = 69;
    private static final long FIRST = 64;
    private static final long IMAGES = 2;
    private static final PoolingShape POOLING = new PoolingShape(4, 5, CHANNELS, 2, 1);
    private static final long WINDOWS = 20;
    private static final long PIXELS = 40;

    private static final List<Call> CALLS = List.of(gradientSums(FLOAT16), gradientSums(FLOAT32),
            bound("batch_norm_coefficients", CHANNELS,
                    (arena, m) -> BatchNormBackwardKernel.coefficients(arena, m[0], ROWS, ROWS,
                            new BatchNormBackwardKernel.Kept(m[1], m[2], m[3]),
                            new BatchNormBackwardKernel.Results(m[4], m[5], m[6]))::run,
                    matrix("sums", FLOAT32, BLOCKS, 3 * CHANNELS), channel("deviation"), channel("beta"),
                    channel("sign_mean"), channel("beta_gradient"), coefficients(), channel("squares")),
            gradientScale(INT8), gradientScale(INT16),
            whole("batch_norm_scale_coefficients", m -> BatchNormBackwardKernel.scaleCoefficients(m[0], m[1]),
                    coefficients(), scale()),
            whole("batch_norm_unselected_gradient",
                    m -> BatchNormBackwardKernel.unselectedGradient(m[0], FIRST, m[1]), coefficients(),
                    matrix("unselected", INT8, 2, COLUMNS)),
            backwardSigns(FLOAT32, FLOAT32), backwardSigns(FLOAT16, FLOAT16), backwardSigns(FLOAT16, INT16),
            backwardSigns(FLOAT32, INT8), pooledValues(FLOAT32, FLOAT32), pooledValues(FLOAT16, INT8),
            pooledSigns(FLOAT16, FLOAT16), pooledSigns(FLOAT32, INT16));

    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static Operand coefficients() {
        return matrix("coefficients", FLOAT32, 3, CHANNELS);
    }

    private static Operand scale() {
        return matrix("scale", FLOAT32, 1, 1);
    }

    private interface Whole {
        WholeCall bind(Matrix[] operands);
    }

    private static Call whole(String operation, Whole whole, Operand... operands) {
        return bound(operation, Call.NO_RANGE, (_, m) -> {
            WholeCall call = whole.bind(m);
            return (_, _) -> call.run();
        }, operands);
    }

    private static Running seeded(BatchNormBackwardKernel.Backward call, int seed) {
        return (begin, end) -> call.run(seed, begin, end);
    }

    private static Call gradientSums(ElementType type) {
        return bound("batch_norm_gradient_sums", ROWS,
                (arena, m) -> BatchNormBackwardKernel.gradientSums(arena, m[0], FIRST, m[1], m[2])::run,
                matrix("gradient", type, ROWS, CHANNELS), matrix("signs", BITS, ROWS, COLUMNS),
                matrix("sums", FLOAT32, BLOCKS, 3 * CHANNELS));
    }

    private static Call gradientScale(ElementType type) {
        return whole("batch_norm_gradient_scale", m -> BatchNormBackwardKernel.gradientScale(m[0], 1, 8, type, m[1]),
                channel("squares"), scale());
    }

    private static Call backwardSigns(ElementType type, ElementType result) {
        return bound("batch_norm_backward_signs", ROWS,
                (arena, m) -> seeded(
                        BatchNormBackwardKernel.signs(arena, m[0], FIRST, m[1], m[2], m[3], false), 0),
                matrix("gradient", type, ROWS, CHANNELS), matrix("signs", BITS, ROWS, COLUMNS), coefficients(),
                matrix("dy", result, ROWS, COLUMNS));
    }

    private static Call pooledValues(ElementType type, ElementType result) {
        return bound("batch_norm_backward_pooled_values", IMAGES,
                (arena, m) -> seeded(
                        BatchNormBackwardKernel.pooledValues(arena, POOLING, m[0], m[1], m[2], m[3], m[4], true), 1),
                matrix("gradient", type, WINDOWS, CHANNELS), matrix("signs", BITS, WINDOWS, CHANNELS),
                matrix("argmax", BITS, WINDOWS, CHANNELS), coefficients(), matrix("dy", result, PIXELS, CHANNELS));
    }

    private static Call pooledSigns(ElementType type, ElementType result) {
        return bound("batch_norm_backward_pooled_signs", IMAGES,
                (arena, m) -> seeded(
                        BatchNormBackwardKernel.pooledSigns(arena, POOLING, m[0], m[1], m[2], m[3], false), 0),
                matrix("gradient", type, WINDOWS, CHANNELS), matrix("signs", BITS, PIXELS, CHANNELS), coefficients(),
                matrix("dy", result, PIXELS, CHANNELS));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("batch_norm_gradient_sums", "batch_norm_coefficients", "batch_norm_gradient_scale",
                "batch_norm_scale_coefficients", "batch_norm_unselected_gradient", "batch_norm_backward_signs",
                "batch_norm_backward_pooled_values", "batch_norm_backward_pooled_signs");
    }

    private Matrix floats(long columns, float... values) {
        return new Matrix(FLOAT32, values.length / columns, columns,
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private Matrix bits(long columns, long... rows) {
        return new Matrix(BITS, rows.length, columns, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    private Matrix bytes(long rows, long columns) {
        return new Matrix(INT8, rows, columns, arena.allocate(rows * columns, 64));
    }

    private static void assertFloats(Matrix matrix, float... expected) {
        assertThat(matrix.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(expected, within(1e-6f));
    }

    private static byte[] bytesOf(Matrix matrix) {
        return matrix.segment().toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void aBlockThatIsCutIsRefused() {
        MemorySegment s = arena.allocate(ROWS * Float.BYTES, 64);
        RangeCall call = BatchNormBackwardKernel.gradientSums(arena, new Matrix(FLOAT32, ROWS, 1, s), 0,
                new Matrix(BITS, ROWS, 1, arena.allocate(BITS.bytes(ROWS, 1), 64)), floats(3, 0, 0, 0, 0, 0, 0));
        for (long[] range : new long[][] {{0, 255}, {1, 512}, {0, 257}, {255, 256}}) {
            assertRefused(() -> call.run(range[0], range[1]), "batch_norm_gradient_sums refused its arguments: "
                    + "a range began below zero, or ended before its begin or after the last.");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -1, Float.NaN, Float.POSITIVE_INFINITY})
    void aClipThatIsNoneIsRefused(float clip) {
        WholeCall call = BatchNormBackwardKernel.gradientScale(floats(1, 1), 1, clip, INT8, floats(1, 1));
        assertRefused(call::run, "batch_norm_gradient_scale refused its arguments: a number was not in its interval.");
    }

    @Test
    void fewerNormalisedThanRowsAreRefused() {
        Matrix one = floats(1, 1);
        assertRefused(
                () -> BatchNormBackwardKernel.coefficients(arena, floats(3, 0, 0, 0), 2, 1,
                        new BatchNormBackwardKernel.Kept(one, one, one),
                        new BatchNormBackwardKernel.Results(one, floats(1, 0, 0, 0), one)),
                "batch_norm_coefficients refused its arguments: a size was zero, negative or beyond its limit.");
    }

    /** Gradients 1, 3 with signs +, − and 2, 4 with −, +; two more that pooling left without a gradient count. */
    @Test
    void coefficientsAreOfSums() {
        Matrix sums = floats(6, 0, 0, 0, 0, 0, 0);
        BatchNormBackwardKernel.gradientSums(arena, floats(2, 1, 2, 3, 4), 0, bits(2, 0b01, 0b10), sums).run(0, 2);
        assertFloats(sums, 4, 6, -2, 2, 10, 20);
        BatchNormBackwardKernel.Kept kept = new BatchNormBackwardKernel.Kept(floats(2, 2, 0.5f),
                floats(2, -0.75f, 0.5f), floats(2, 0.5f, -0.5f));
        BatchNormBackwardKernel.Results results = new BatchNormBackwardKernel.Results(floats(2, 0, 0),
                floats(2, 0, 0, 0, 0, 0, 0), floats(2, 0, 0));
        BatchNormBackwardKernel.coefficients(arena, sums, 2, 4, kept, results).run(0, 2);
        assertFloats(results.betaGradient(), 4, 6);
        // means of v are 0.5 and 3, slopes NORMAL / 4 and −NORMAL
        assertFloats(results.coefficients(), 0.5f, 2, 0.5f + NORMAL / 8, 3 - NORMAL * 1.5f, 0.5f - NORMAL * 0.375f,
                3 + NORMAL / 2);
        assertFloats(results.squares(), 2.5f, 80);
    }

    /** The root mean square of 3 + 6 over 4 is 3/2; 42 of it are 63 of the largest integers. */
    @Test
    void theScaleIsOfTheRootMeanSquare() {
        Matrix scale = floats(1, 0);
        Matrix coefficients = floats(2, 1, 2, 3, 4, 5, 6);
        BatchNormBackwardKernel.gradientScale(floats(2, 3, 6), 4, 84, INT8, scale).run();
        assertFloats(scale, 2);
        BatchNormBackwardKernel.scaleCoefficients(coefficients, scale).run();
        assertFloats(coefficients, 0.5f, 1, 1.5f, 2, 2.5f, 3);
        BatchNormBackwardKernel.gradientScale(floats(2, 3, 6), 4, 8191, INT16, scale).run();
        assertFloats(scale, 1.5f);
    }

    /** A gradient of 1 at a sign of + and one of 2 at −. */
    @Test
    void backwardSubtractsMeanAndSign() {
        Matrix dy = floats(2, 0, 0);
        BatchNormBackwardKernel.signs(arena, floats(2, 1, 2), 0, bits(2, 0b01), floats(2, 0.5f, 2, 0.75f, 4, 0.25f, 2),
                dy, false).run(0, 0, 1);
        assertFloats(dy, -0.25f, 2);
        Matrix integers = bytes(1, 2);
        BatchNormBackwardKernel.signs(arena, floats(2, 1, 2), 0, bits(2, 0b01), floats(2, 2, 8, 3, 16, 1, 8), integers,
                false).run(0, 0, 1);
        assertThat(bytesOf(integers)).containsExactly(-1, 8);
    }

    /** Two channels behind 16, with the signs − and +, and gradients of 1 and 2. */
    @Test
    void tilesAreOfTheColumnsFromTheirFirst() {
        Matrix signs = bits(18, 0x2ffff);
        Matrix sums = floats(6, 0, 0, 0, 0, 0, 0);
        BatchNormBackwardKernel.gradientSums(arena, floats(2, 1, 2), 16, signs, sums).run(0, 1);
        assertFloats(sums, 1, 2, -1, 2, 1, 4);
        Matrix coefficients = floats(2, 2, 8, 3, 16, 1, 8);
        Matrix dy = bytes(1, 18);
        BatchNormBackwardKernel.signs(arena, floats(2, 1, 2), 16, signs, coefficients, dy, false).run(0, 0, 1);
        assertThat(dy.segment().asSlice(14).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 1, 0);
        Matrix unselected = bytes(2, 18);
        BatchNormBackwardKernel.unselectedGradient(coefficients, 16, unselected).run();
        MemorySegment both = unselected.segment();
        assertThat(both.asSlice(14, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, -3, -16);
        assertThat(both.asSlice(32).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, -1, -8);
    }

    @Test
    void aTileThatIsNoneIsRefused() {
        WholeCall call = BatchNormBackwardKernel.unselectedGradient(floats(2, 1, 1, 1, 1, 1, 1), 16, bytes(2, 64));
        assertRefused(call::run,
                "batch_norm_unselected_gradient refused its arguments: a size was zero, negative or beyond its limit.");
    }

    @Test
    void aScaleThatIsNoneIsRefused() {
        WholeCall call = BatchNormBackwardKernel.scaleCoefficients(floats(1, 1, 1, 1), floats(1, 0));
        assertRefused(call::run,
                "batch_norm_scale_coefficients refused its arguments: a number was not in its interval.");
    }

    /** Of the third element, whose sign is +. */
    @Test
    void backwardGoesToTheElementThatWasTaken() {
        PoolingShape window = new PoolingShape(2, 2, 1, 2);
        Matrix coefficients = floats(1, 0.5f, 0.375f, 0.125f);
        Matrix dy = floats(1, 9, 9, 9, 9);
        BatchNormBackwardKernel.pooledValues(arena, window, floats(1, 1), bits(1, 1), bits(1, 0, 1), coefficients, dy,
                false).run(0, 0, 1);
        assertFloats(dy, 0, 0, 0.125f, 0);
        // of pooled signs the others, −, − and +, were normalised too, so that they have a gradient by mean and sign
        BatchNormBackwardKernel.pooledSigns(arena, window, floats(1, 1), bits(1, 0, 0, 1, 1), coefficients, dy, false)
                .run(0, 0, 1);
        assertFloats(dy, -0.125f, -0.125f, 0.125f, -0.375f);
    }

    /** A half is rounded to even, or up and down as the seed says. */
    @Test
    void roundingIsAsAsked() {
        int count = 64;
        float[] halves = new float[count];
        Arrays.fill(halves, 0.5f);
        Matrix signs = bits(1, new long[count]);
        byte[][] rounded = new byte[3][];
        for (int seed = 0; seed < 3; seed++) {
            Matrix dy = bytes(count, 1);
            BatchNormBackwardKernel.signs(arena, floats(1, halves), 0, signs, floats(1, 1, 0, 0), dy, seed > 0)
                    .run(seed, 0, count);
            rounded[seed] = bytesOf(dy);
        }
        assertThat(rounded[0]).containsOnly(0);
        assertThat(rounded[1]).contains(0).contains(1).isNotEqualTo(rounded[2]);
    }
}
