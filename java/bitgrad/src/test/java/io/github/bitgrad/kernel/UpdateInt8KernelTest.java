package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpdateInt8KernelTest extends KernelContract {
    private static final long TAPS = 4;
    private static final long CHANNELS = 2;
    private static final long ROWS = CHANNELS * TAPS;
    private static final long COLUMNS = 300;
    private static final long BLOCKS = 2;

    private static final List<Call> CALLS = List.of(updateInt8(FLOAT32), updateInt8(BITS), updateBopInt8(FLOAT32),
            updateBopInt8(BITS),
            bound("update_steps", CHANNELS, (arena, m) -> {
                UpdateInt8Kernel.Steps call = UpdateInt8Kernel.steps(arena, m[1], m[2], COLUMNS, 1, 0.5f, 1e-7f);
                return (begin, end) -> call.run(m[0].segment(), 1e-3f, 1, 1, begin, end);
            }, matrix("gradient", FLOAT32, CHANNELS, COLUMNS), matrix("second_moment", FLOAT32, 1, CHANNELS),
                    matrix("steps", FLOAT32, 1, CHANNELS)));

    private static Call updateInt8(ElementType gradient) {
        return bound("update_int8", ROWS, (arena, m) -> {
            UpdateInt8Kernel.Weights call = UpdateInt8Kernel.weights(arena, m[0],
                    new UpdateInt8Kernel.Momentum(m[1], m[2]), TAPS, m[4],
                    new UpdateInt8Kernel.Rule(gradient, 1, 0.9f, 0.1f));
            return (begin, end) -> call.run(m[3].segment(), 1, begin, end);
        }, matrix("weights", INT8, ROWS, COLUMNS), matrix("momentum", INT8, ROWS, COLUMNS),
                matrix("scales", FLOAT32, ROWS, BLOCKS), matrix("gradient", gradient, ROWS, COLUMNS),
                matrix("steps", FLOAT32, 1, CHANNELS));
    }

    private static Call updateBopInt8(ElementType gradient) {
        return bound("update_bop_int8", ROWS, (arena, m) -> {
            UpdateInt8Kernel.Flips call = UpdateInt8Kernel.bop(arena, m[0],
                    new UpdateInt8Kernel.Momentum(m[1], m[2]), gradient, 1, 1e-6f);
            return (begin, end) -> call.run(m[3].segment(), 1e-3f, begin, end);
        }, matrix("weights", BITS, ROWS, COLUMNS), matrix("momentum", INT8, ROWS, COLUMNS),
                matrix("scales", FLOAT32, ROWS, BLOCKS), matrix("gradient", gradient, ROWS, COLUMNS));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("update_int8", "update_steps", "update_bop_int8");
    }

    private Matrix matrix(ElementType type, long rows, long columns) {
        return new Matrix(type, rows, columns, arena.allocate(type.bytes(rows, columns), 64));
    }

    private UpdateInt8Kernel.Momentum momentum(long rows, long columns) {
        return new UpdateInt8Kernel.Momentum(matrix(INT8, rows, columns),
                matrix(FLOAT32, rows, UpdateInt8Kernel.blocks(columns)));
    }

    /** The gradient needs the rows of the run and no more. */
    @Test
    void onlyTheGradientBeginsWithTheRange() {
        UpdateInt8Kernel.Weights call = UpdateInt8Kernel.weights(arena, matrix(INT8, ROWS, COLUMNS),
                momentum(ROWS, COLUMNS), TAPS, matrix(FLOAT32, 1, CHANNELS),
                new UpdateInt8Kernel.Rule(FLOAT32, 1, 0, 1));
        MemorySegment gradient = arena.allocate(FLOAT32.bytes(2, COLUMNS), 64);
        call.run(gradient, 0, ROWS - 2, ROWS);
        assertRefused(() -> call.run(gradient, 0, ROWS - 3, ROWS),
                "update_int8: gradient has 2400 bytes, but float32[3, 300] takes 1200 a row.");
        assertRefused(() -> call.run(gradient, 0, ROWS - 1, ROWS + 1), "update_int8 refused its arguments: "
                + "a range began below zero, or ended before its begin or after the last.");
    }

    private UpdateInt8Kernel.Weights oneWeight(long taps, float gradientScale, float decay, float gain) {
        return UpdateInt8Kernel.weights(arena, matrix(INT8, 1, 1), momentum(1, 1), taps, matrix(FLOAT32, 1, 1),
                new UpdateInt8Kernel.Rule(FLOAT32, gradientScale, decay, gain));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aNumberThatIsNoneIsRefused(float number) {
        String refusal = "%s refused its arguments: a number was not in its interval.";
        MemorySegment gradient = floats(1);
        for (UpdateInt8Kernel.Weights call : List.of(oneWeight(1, number, 0, 1), oneWeight(1, 1, number, 1),
                oneWeight(1, 1, 0, number))) {
            assertRefused(() -> call.run(gradient, 0, 0, 1), refusal, "update_int8");
        }
        UpdateInt8Kernel.Steps steps = UpdateInt8Kernel.steps(arena, matrix(FLOAT32, 1, 1), matrix(FLOAT32, 1, 1), 1, 1,
                0, 1);
        assertRefused(() -> steps.run(gradient, number, 1, 1, 0, 1), refusal, "update_steps");
        UpdateInt8Kernel.Flips flips = UpdateInt8Kernel.bop(arena, matrix(BITS, 1, 1), momentum(1, 1), FLOAT32, 1, 0);
        assertRefused(() -> flips.run(gradient, number, 0, 1), refusal, "update_bop_int8");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void tapsThatAreNoneAreRefused(long taps) {
        UpdateInt8Kernel.Weights call = oneWeight(taps, 1, 0, 1);
        assertRefused(() -> call.run(floats(1), 0, 0, 1),
                "update_int8 refused its arguments: a size was zero, negative or beyond its limit.");
    }

    /** Every order of operands that Java could have mixed up shows here. */
    @Test
    void stepsAreThoseOfTheMeanSquare() {
        MemorySegment gradient = floats(9, 9, 3, -4); // of the second channel only
        MemorySegment secondMoment = floats(7, 10);
        MemorySegment steps = floats(7, 7);
        UpdateInt8Kernel.steps(arena, new Matrix(FLOAT32, 1, 2, secondMoment), new Matrix(FLOAT32, 1, 2, steps), 2, 2,
                0.75f, 0.5f).run(gradient.asSlice(8), 6, 3, 0.5f, 1, 2);
        float v = 0.75f * 10 + 0.25f * 4 * 12.5f;
        assertThat(secondMoment.toArray(JAVA_FLOAT)).containsExactly(7, v);
        assertThat(steps.toArray(JAVA_FLOAT)[0]).isEqualTo(7);
        assertThat(steps.toArray(JAVA_FLOAT)[1]).isCloseTo(6 * 3 / ((float) Math.sqrt(v * 0.5f) + 0.5f),
                within(1e-6f));
    }

    private MemorySegment floats(float... values) {
        return arena.allocateFrom(JAVA_FLOAT, values);
    }

    /** The optimizer of the tests below: Adam, on gradients +c and −c. */
    private static final class SignAdam {
        private static final float RATE = 1e-3f;
        private static final float BETA1 = 0.9f;
        private static final float BETA2 = 0.999f;
        private static final float EPSILON = 1e-7f;

        private static float correction(float beta, int step) {
            return (float) (1 / (1 - Math.pow(beta, step)));
        }

        /** What stands for the second moment. */
        private static float step(float c, int step) {
            return RATE * correction(BETA1, step) / (c + EPSILON);
        }
    }

    /** Signs of which more are +1 in the first word of a row, as many in the second, fewer in the third, and so on. */
    private static void randomSigns(Random random, MemorySegment signs, long rows, long columns) {
        long words = ElementType.words(columns);
        for (long i = 0; i < rows * words; i++) {
            long word = switch ((int) (i % words % 3)) {
                case 0 -> random.nextLong() | random.nextLong();
                case 1 -> random.nextLong();
                default -> random.nextLong() & random.nextLong();
            };
            boolean last = i % words == words - 1 && columns % Long.SIZE != 0;
            signs.setAtIndex(JAVA_LONG, i, last ? word & (1L << columns) - 1 : word); // shifts are modulo 64
        }
    }

    private static int sign(MemorySegment signs, long columns, long row, long column) {
        long word = signs.getAtIndex(JAVA_LONG, row * ElementType.words(columns) + column / Long.SIZE);
        return (word >> column & 1) == 1 ? 1 : -1;
    }

    /**
     * The rule of update_int8 on plain floats, before it rounds to bytes, is Adam where gradients are signs: weights go
     * some hundred rates of 0.001 far, with an error of a few 2^−24 of every step and of the weight itself.
     */
    @ParameterizedTest
    @CsvSource({"0.02, 500", "1, 500", "1e-4, 500", "0.3, 3000"}) // the last reach the limits
    void signGradientsNeedNoSecondMoment(float c, int steps) {
        int rows = 3;
        int columns = 190;
        int count = rows * columns;
        Matrix weights = matrix(FLOAT32, rows, columns);
        MemorySegment signs = arena.allocate(BITS.bytes(rows, columns), 64);
        UpdateKernel.Adam adam = UpdateKernel.adam(arena, weights, matrix(FLOAT32, rows, columns),
                matrix(FLOAT32, rows, columns), new Matrix(BITS, rows, columns, signs), c,
                new UpdateKernel.AdamNumbers(SignAdam.BETA1, SignAdam.BETA2, SignAdam.EPSILON, 1));
        float[] w = new float[count];
        float[] m = new float[count];
        Random random = new Random(5);
        for (int t = 1; t <= steps; t++) {
            randomSigns(random, signs, rows, columns);
            adam.run(SignAdam.RATE, SignAdam.correction(SignAdam.BETA1, t), SignAdam.correction(SignAdam.BETA2, t), 0,
                    rows);
            float step = SignAdam.step(c, t);
            for (int i = 0; i < count; i++) {
                float g = sign(signs, columns, i / columns, i % columns) * c;
                m[i] = SignAdam.BETA1 * m[i] + (1 - SignAdam.BETA1) * g;
                w[i] = Math.clamp(w[i] - step * m[i], -1, 1);
            }
        }
        assertThat(weights.segment().toArray(JAVA_FLOAT)).containsExactly(w, within(1e-5f));
        assertThat(w[0]).isLessThan(-0.15f);
        assertThat(w[count - 1]).isGreaterThan(0.15f);
    }

    /**
     * Weights in bytes follow weights in floats. Rounding is unbiased, up or down by less than one unit, so it adds a
     * variance of at most 1/4 unit² a weight and step, and to the mean of N weights after T steps a deviation of at
     * most √(T / N) / 2 units: this mean is within five of them of the mean of floats that see the same momenta.
     *
     * <p>
     * Momenta are rounded to nearest, which is off by at most half of their scale; what a momentum is off by decays
     * with it. So floats that see no rounding at all may differ by five deviations and what these errors add up to.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void weightsInBytesFollowWeightsInFloats(int seed) {
        int rows = 16;
        int columns = 1024;
        int count = rows * columns;
        int steps = 300;
        float c = 0.02f;
        UpdateInt8Kernel.Momentum momenta = momentum(rows, columns);
        Matrix updated = matrix(INT8, rows, columns);
        Matrix stepOfAll = matrix(FLOAT32, 1, 1);
        UpdateInt8Kernel.Weights call = UpdateInt8Kernel.weights(arena, updated, momenta, rows, stepOfAll,
                new UpdateInt8Kernel.Rule(BITS, c, SignAdam.BETA1, 1 - SignAdam.BETA1));
        MemorySegment weights = updated.segment();
        MemorySegment momentum = momenta.values().segment();
        MemorySegment scales = momenta.scales().segment();
        MemorySegment signs = arena.allocate(BITS.bytes(rows, columns), 64);
        double[] w = new double[count];
        double[] m = new double[count];
        double[] sameMomenta = new double[count];
        double momentumError = 0;
        double weightError = 0;
        Random random = new Random(seed);
        for (int t = 1; t <= steps; t++) {
            randomSigns(random, signs, rows, columns);
            for (int i = 0; i < rows; i++) { // more of them to one side, so that the mean moves
                signs.asSlice(BITS.bytes(i, columns), columns / 4 / Byte.SIZE).fill((byte) -1);
            }
            float step = SignAdam.step(c, t);
            for (int i = 0; i < count; i++) {
                double g = (1 - SignAdam.BETA1) * sign(signs, columns, i / columns, i % columns) * c;
                double before = momentum.get(JAVA_BYTE, i) * scales.getAtIndex(JAVA_FLOAT, i / 256);
                sameMomenta[i] -= step * (SignAdam.BETA1 * before + g);
                m[i] = SignAdam.BETA1 * m[i] + g;
                w[i] -= step * m[i];
            }
            stepOfAll.segment().set(JAVA_FLOAT, 0, step);
            call.run(signs, seed * 1000 + t, 0, rows);
            weightError += step * momentumError;
            momentumError = SignAdam.BETA1 * (momentumError + largest(scales) / 2);
        }
        double bytes = IntStream.range(0, count).mapToDouble(i -> weights.get(JAVA_BYTE, i) / 127.0).sum() / count;
        double deviation = Math.sqrt(steps / (double) count) / 2 / 127;
        assertThat(bytes).isCloseTo(mean(sameMomenta), within(5 * deviation));
        assertThat(bytes).isCloseTo(mean(w), within(5 * deviation + weightError));
        assertThat(mean(w)).isLessThan(-0.05); // has moved by far more than either bound
        assertThat(weightError).isLessThan(0.02);
    }

    private static double mean(double[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum() / values.length;
    }

    private static float largest(MemorySegment scales) {
        float largest = 0;
        for (float scale : scales.toArray(JAVA_FLOAT)) {
            largest = Math.max(largest, scale);
        }
        return largest;
    }

    /** Bytes follow from the seed, and do not depend on how rows are shared between calls. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void bytesDoNotDependOnHowRowsAreCut(int calls) {
        byte[] whole = updated(1, 7);
        assertThat(updated(calls, 7)).isEqualTo(whole);
        assertThat(updated(calls, 8)).isNotEqualTo(whole);
    }

    private byte[] updated(int calls, int seed) {
        Matrix weights = matrix(INT8, ROWS, COLUMNS);
        MemorySegment signs = arena.allocate(BITS.bytes(ROWS, COLUMNS), 64);
        UpdateInt8Kernel.Weights update = UpdateInt8Kernel.weights(arena, weights, momentum(ROWS, COLUMNS), TAPS,
                new Matrix(FLOAT32, 1, CHANNELS, floats(1, 2)), new UpdateInt8Kernel.Rule(BITS, 0.01f, 0.9f, 1));
        Random random = new Random(9);
        for (int t = 0; t < 3; t++) {
            randomSigns(random, signs, ROWS, COLUMNS);
            for (int call = 0; call < calls; call++) {
                long begin = ROWS * call / calls;
                long end = ROWS * (call + 1) / calls;
                update.run(signs.asSlice(BITS.bytes(begin, COLUMNS)), seed + t, begin, end);
            }
        }
        return weights.segment().toArray(JAVA_BYTE);
    }
}
