package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalisationKernelsTest extends KernelContract {
    /** What makes a mean absolute deviation the standard deviation of a normal distribution. */
    private static final float NORMAL = (float) Math.sqrt(Math.PI / 2);

    private static final long ROWS = 512;
    private static final long BLOCKS = 2;
    private static final long CHANNELS = 5;
    /** Of what the channels are the last tile of, in words of their own. */
    private static final long COLUMNS = 69;
    private static final long FIRST = 64;
    private static final long IMAGES = 2;
    private static final MaxPooling POOLING = new MaxPooling(4, 4, CHANNELS, 2);
    private static final long WINDOWS = 8;
    private static final long PIXELS = 32;
    private static final long ELEMENTS = 11;

    /** Two channels, whose statistics can be told by heart. */
    private static final short[] Y = {1, -4, 2, -4, 3, 4, 6, 4};

    private static final List<Call> CALLS = List.of(valueSums(INT16), valueSums(FLOAT32),
            call("batch_norm_mean", CHANNELS,
                    (s, begin, end) -> NormalisationKernels.mean(s[0], ROWS, CHANNELS, s[1], begin, end), sums(1),
                    channel("mean")),
            call("batch_norm_mean_of_integers", CHANNELS,
                    (s, begin, end) -> NormalisationKernels.meanOfIntegers(s[0], ROWS, CHANNELS, s[1], begin, end),
                    matrix("sums", INT64, 1, CHANNELS), channel("mean")),
            deviationSums(INT16), deviationSums(FLOAT32),
            call("batch_norm_deviation", CHANNELS,
                    (s, begin, end) -> NormalisationKernels.deviation(s[0], ROWS, CHANNELS, s[1], begin, end), sums(1),
                    channel("deviation")),
            sign(INT16), sign(FLOAT32),
            gradientSums(FLOAT16), gradientSums(FLOAT32),
            call("batch_norm_coefficients", CHANNELS,
                    (s, begin, end) -> NormalisationKernels.coefficients(s[0], ROWS, CHANNELS, ROWS, s[1], s[2], s[3],
                            s[4], s[5], s[6], begin, end),
                    sums(3), channel("deviation"), channel("beta"), channel("sign_mean"), channel("beta_gradient"),
                    coefficients(), channel("squares")),
            gradientScale(INT8), gradientScale(INT16),
            call("batch_norm_scale_coefficients", Call.NO_RANGE,
                    (s, _, _) -> NormalisationKernels.scaleCoefficients(s[0], CHANNELS, s[1]), coefficients(), scale()),
            call("batch_norm_gradient_rest", Call.NO_RANGE,
                    (s, _, _) -> NormalisationKernels.gradientRest(s[0], CHANNELS, COLUMNS, FIRST, s[1]),
                    coefficients(), matrix("others", INT8, 2, COLUMNS)),
            backwardSigns(FLOAT32, FLOAT32), backwardSigns(FLOAT16, FLOAT16),
            backwardSigns(FLOAT16, INT16), backwardSigns(FLOAT32, INT8), backwardPooledValues(FLOAT32, FLOAT32),
            backwardPooledValues(FLOAT16, INT8), backwardPooledSigns(FLOAT16, FLOAT16),
            backwardPooledSigns(FLOAT32, INT16), quantise(INT8), quantise(INT16));

    private Arena arena;

    @BeforeAll
    void open() {
        arena = Arena.ofShared();
    }

    @AfterAll
    void close() {
        arena.close();
    }

    private static Operand activation(String name, ElementType type) {
        return matrix(name, type, ROWS, CHANNELS);
    }

    private static Operand wide(String name, ElementType type) {
        return matrix(name, type, ROWS, COLUMNS);
    }

    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    /** Block sums of so many terms. */
    private static Operand sums(int terms) {
        return matrix("sums", FLOAT32, BLOCKS, terms * CHANNELS);
    }

    private static Operand coefficients() {
        return matrix("coefficients", FLOAT32, 3, CHANNELS);
    }

    private static Operand scale() {
        return matrix("scale", FLOAT32, 1, 1);
    }

    private static Call valueSums(ElementType type) {
        return call("batch_norm_value_sums", ROWS,
                (s, begin, end) -> NormalisationKernels.valueSums(type, s[0], ROWS, CHANNELS, s[1], begin, end),
                activation("y", type), sums(1));
    }

    private static Call deviationSums(ElementType type) {
        return call("batch_norm_deviation_sums", ROWS,
                (s, begin, end) -> NormalisationKernels.deviationSums(type, s[0], ROWS, CHANNELS, s[1], s[2], begin,
                        end),
                activation("y", type), channel("mean"), sums(1));
    }

    private static Call sign(ElementType type) {
        return call("batch_norm_sign", ROWS,
                (s, begin, end) -> NormalisationKernels.sign(type, s[0], ROWS, CHANNELS, COLUMNS, FIRST, s[1], s[2],
                        s[3], s[4], s[5],
                        s[6], begin, end),
                activation("y", type), channel("mean"), channel("deviation"), channel("beta"),
                wide("signs", BITS), wide("straight_through", BITS), sums(1));
    }

    private static Call gradientSums(ElementType type) {
        return call("batch_norm_gradient_sums", ROWS,
                (s, begin, end) -> NormalisationKernels.gradientSums(type, s[0], s[1], ROWS, CHANNELS, COLUMNS, FIRST,
                        s[2], begin,
                        end),
                activation("gradient", type), wide("signs", BITS), sums(3));
    }

    private static Call gradientScale(ElementType type) {
        return call("batch_norm_gradient_scale", Call.NO_RANGE,
                (s, _, _) -> NormalisationKernels.gradientScale(s[0], CHANNELS, 1, 8, type, s[1]),
                channel("squares"), scale());
    }

    private static Call backwardSigns(ElementType type, ElementType result) {
        return call("batch_norm_backward_signs", ROWS,
                (s, begin, end) -> NormalisationKernels.backwardSigns(type, s[0], s[1], CHANNELS, COLUMNS, FIRST, s[2],
                        result, false,
                        0, COLUMNS, s[3], begin, end),
                activation("gradient", type), wide("signs", BITS), coefficients(), wide("dy", result));
    }

    private static Call backwardPooledValues(ElementType type, ElementType result) {
        return call("batch_norm_backward_pooled_values", IMAGES,
                (s, begin, end) -> NormalisationKernels.backwardPooledValues(type, s[0], s[1], s[2], POOLING, s[3],
                        result, true, 1, s[4], IMAGES, begin, end),
                matrix("gradient", type, WINDOWS, CHANNELS), matrix("signs", BITS, WINDOWS, CHANNELS),
                matrix("argmax", BITS, 2 * WINDOWS, CHANNELS), coefficients(), matrix("dy", result, PIXELS, CHANNELS));
    }

    private static Call backwardPooledSigns(ElementType type, ElementType result) {
        return call("batch_norm_backward_pooled_signs", IMAGES,
                (s, begin, end) -> NormalisationKernels.backwardPooledSigns(type, s[0], s[1], POOLING, s[2], result,
                        false, 0, s[3], begin, end),
                matrix("gradient", type, WINDOWS, CHANNELS), matrix("signs", BITS, PIXELS, CHANNELS), coefficients(),
                matrix("dy", result, PIXELS, CHANNELS));
    }

    private static Call quantise(ElementType type) {
        return call("quantise", Call.NO_RANGE,
                (s, _, _) -> NormalisationKernels.quantise(s[0], ELEMENTS, type, s[1], s[2]),
                matrix("values", FLOAT32, 1, ELEMENTS), matrix("quantised", type, 1, ELEMENTS), scale());
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return methods(NormalisationKernels.class).stream()
                .map(name -> name.equals("quantise") ? name : "batch_norm_" + name).collect(Collectors.toSet());
    }

    @Test
    void aBlockThatIsCutIsRefused() {
        MemorySegment s = arena.allocate(ROWS * CHANNELS * Float.BYTES, 64);
        String refusal = "%s refused its arguments: "
                + "a range began below zero, or ended before its begin or after the last.";
        for (long[] range : new long[][] {{0, 255}, {1, 512}, {0, 257}, {255, 256}}) {
            assertRefused(
                    () -> NormalisationKernels.valueSums(FLOAT32, s, ROWS, CHANNELS, s, range[0], range[1]),
                    refusal, "batch_norm_value_sums");
            assertRefused(
                    () -> NormalisationKernels.gradientSums(FLOAT32, s, s, ROWS, 1, 1, 0, s, range[0], range[1]),
                    refusal, "batch_norm_gradient_sums");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -1, Float.NaN, Float.POSITIVE_INFINITY})
    void aClipThatIsNoneIsRefused(float clip) {
        MemorySegment s = floats(1);
        assertRefused(() -> NormalisationKernels.gradientScale(s, 1, 1, clip, INT8, s),
                "batch_norm_gradient_scale refused its arguments: a number was not in its interval.");
    }

    @Test
    void fewerNormalisedThanRowsAreRefused() {
        MemorySegment s = arena.allocate(64, 64);
        assertRefused(() -> NormalisationKernels.coefficients(s, 2, 1, 1, s, s, s, s, s, s, 0, 1),
                "batch_norm_coefficients refused its arguments: a size was zero, negative or beyond its limit.");
    }

    @Test
    void meansAreOfColumns() {
        MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_SHORT, Y);
        MemorySegment sums = floats(0, 0);
        MemorySegment mean = floats(0, 0);
        NormalisationKernels.valueSums(INT16, y, 4, 2, sums, 0, 4);
        assertFloats(sums, 12, 0);
        NormalisationKernels.mean(sums, 4, 2, mean, 0, 2);
        assertFloats(mean, 3, 0);
        NormalisationKernels.meanOfIntegers(arena.allocateFrom(ValueLayout.JAVA_LONG, 10, -6), 4, 2, mean, 0, 2);
        assertFloats(mean, 2.5f, -1.5f);
    }

    @Test
    void deviationsAreFromTheMean() {
        MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_SHORT, Y);
        MemorySegment sums = floats(0, 0);
        MemorySegment deviation = floats(0, 0);
        NormalisationKernels.deviationSums(INT16, y, 4, 2, floats(3, 0), sums, 0, 4);
        assertFloats(sums, 6, 16);
        NormalisationKernels.deviation(sums, 4, 2, deviation, 0, 2);
        assertFloats(deviation, NORMAL * 1.5f + 1e-4f, NORMAL * 4 + 1e-4f);
    }

    /** By deviations 2 and 4, t is −1.5, −0.5, 0.5, 3.5 and −6, −6, 2, 2. */
    @Test
    void signsAreOfTheNormalised() {
        MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_SHORT, Y);
        MemorySegment signs = bits(0, 0, 0, 0);
        MemorySegment straightThrough = bits(0, 0, 0, 0);
        MemorySegment sums = floats(0, 0);
        MemorySegment deviation = floats(2, 4);
        NormalisationKernels.sign(INT16, y, 4, 2, 2, 0, floats(3, 0), deviation, floats(0.25f, -0.5f), signs,
                straightThrough, sums, 0, 4);
        assertThat(signs.toArray(ValueLayout.JAVA_LONG)).containsExactly(0b00, 0b00, 0b11, 0b11);
        assertThat(straightThrough.toArray(ValueLayout.JAVA_LONG)).containsExactly(0b01, 0b01, 0b11, 0b10);
        assertFloats(sums, 0, 0);
        signs.fill((byte) 0);
        NormalisationKernels.sign(INT16, y, 4, 2, 2, 0, floats(3, 0), deviation, floats(0.25f, -0.5f), signs,
                MemorySegment.NULL, MemorySegment.NULL, 1, 3);
        assertThat(signs.toArray(ValueLayout.JAVA_LONG)).containsExactly(0b00, 0b00, 0b11, 0b00);
    }

    /** Gradients 1, 3 with signs +, − and 2, 4 with −, +; two more that pooling left without a gradient count. */
    @Test
    void coefficientsAreOfSums() {
        MemorySegment sums = floats(0, 0, 0, 0, 0, 0);
        NormalisationKernels.gradientSums(FLOAT32, floats(1, 2, 3, 4), bits(0b01, 0b10), 2, 2, 2, 0, sums, 0, 2);
        assertFloats(sums, 4, 6, -2, 2, 10, 20);
        MemorySegment betaGradient = floats(0, 0);
        MemorySegment coefficients = floats(0, 0, 0, 0, 0, 0);
        MemorySegment squares = floats(0, 0);
        NormalisationKernels.coefficients(sums, 2, 2, 4, floats(2, 0.5f), floats(-0.75f, 0.5f), floats(0.5f, -0.5f),
                betaGradient, coefficients, squares, 0, 2);
        assertFloats(betaGradient, 4, 6);
        // means of v are 0.5 and 3, slopes NORMAL / 4 and −NORMAL
        assertFloats(coefficients, 0.5f, 2, 0.5f + NORMAL / 8, 3 - NORMAL * 1.5f, 0.5f - NORMAL * 0.375f,
                3 + NORMAL / 2);
        assertFloats(squares, 2.5f, 80);
    }

    /** The root mean square of 3 + 6 over 4 is 3/2; 42 of it are 63 of the largest integers. */
    @Test
    void theScaleIsOfTheRootMeanSquare() {
        MemorySegment scale = floats(0);
        MemorySegment coefficients = floats(1, 2, 3, 4, 5, 6);
        NormalisationKernels.gradientScale(floats(3, 6), 2, 4, 84, INT8, scale);
        assertFloats(scale, 2);
        NormalisationKernels.scaleCoefficients(coefficients, 2, scale);
        assertFloats(coefficients, 0.5f, 1, 1.5f, 2, 2.5f, 3);
        NormalisationKernels.gradientScale(floats(3, 6), 2, 4, 8191, INT16, scale);
        assertFloats(scale, 1.5f);
    }

    /** A gradient of 1 at a sign of + and one of 2 at −. */
    @Test
    void backwardSubtractsMeanAndSign() {
        MemorySegment dy = floats(0, 0);
        NormalisationKernels.backwardSigns(FLOAT32, floats(1, 2), bits(0b01), 2, 2, 0,
                floats(0.5f, 2, 0.75f, 4, 0.25f, 2),
                FLOAT32, false, 0, 2, dy, 0, 1);
        assertFloats(dy, -0.25f, 2);
        MemorySegment integers = arena.allocate(2, 64);
        NormalisationKernels.backwardSigns(FLOAT32, floats(1, 2), bits(0b01), 2, 2, 0, floats(2, 8, 3, 16, 1, 8), INT8,
                false,
                0, 2, integers, 0, 1);
        assertThat(integers.toArray(ValueLayout.JAVA_BYTE)).containsExactly(-1, 8);
    }

    /** Two channels behind 16: by deviations of 2, t is −1.5 and 4; gradients of 1 and 2 there. */
    @Test
    void tilesAreOfTheColumnsFromTheirFirst() {
        MemorySegment signs = bits(0xffff);
        MemorySegment straightThrough = bits(0);
        NormalisationKernels.sign(FLOAT32, floats(0, 4), 1, 2, 18, 16, floats(1.5f, 0), floats(2, 2), floats(0, 0),
                signs, straightThrough, MemorySegment.NULL, 0, 1);
        assertThat(signs.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x2ffff);
        assertThat(straightThrough.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x10000);
        MemorySegment sums = floats(0, 0, 0, 0, 0, 0);
        NormalisationKernels.gradientSums(FLOAT32, floats(1, 2), signs, 1, 2, 18, 16, sums, 0, 1);
        assertFloats(sums, 1, 2, -1, 2, 1, 4);
        MemorySegment coefficients = floats(2, 8, 3, 16, 1, 8);
        MemorySegment dy = arena.allocate(18, 64);
        NormalisationKernels.backwardSigns(FLOAT32, floats(1, 2), signs, 2, 18, 16, coefficients, INT8, false, 0, 18,
                dy, 0,
                1);
        assertThat(dy.asSlice(14).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 1, 0);
        MemorySegment others = arena.allocate(36, 64);
        NormalisationKernels.gradientRest(coefficients, 2, 18, 16, others);
        assertThat(others.asSlice(14, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, -3, -16);
        assertThat(others.asSlice(32).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, -1, -8);
    }

    @Test
    void aTileThatIsNoneIsRefused() {
        MemorySegment s = arena.allocate(1024, 64);
        assertRefused(() -> NormalisationKernels.gradientRest(s, 2, 64, 16, s),
                "batch_norm_gradient_rest refused its arguments: a size was zero, negative or beyond its limit.");
    }

    @Test
    void aScaleThatIsNoneIsRefused() {
        assertRefused(() -> NormalisationKernels.scaleCoefficients(floats(1, 1, 1), 1, floats(0)),
                "batch_norm_scale_coefficients refused its arguments: a number was not in its interval.");
    }

    /** Of the third element, whose sign is +. */
    @Test
    void backwardGoesToTheElementThatWasTaken() {
        MaxPooling window = new MaxPooling(2, 2, 1, 2);
        MemorySegment coefficients = floats(0.5f, 0.375f, 0.125f);
        MemorySegment dy = floats(9, 9, 9, 9);
        NormalisationKernels.backwardPooledValues(FLOAT32, floats(1), bits(1), bits(0, 1), window, coefficients,
                FLOAT32, false, 0, dy, 1, 0, 1);
        assertFloats(dy, 0, 0, 0.125f, 0);
        // of pooled signs the others, −, − and +, were normalised too, so that they have a gradient by mean and sign
        NormalisationKernels.backwardPooledSigns(FLOAT32, floats(1), bits(0, 0, 1, 1), window, coefficients, FLOAT32,
                false, 0, dy, 0, 1);
        assertFloats(dy, -0.125f, -0.125f, 0.125f, -0.375f);
    }

    /** A half is rounded to even, or up and down as the seed says. */
    @Test
    void roundingIsAsAsked() {
        int count = 64;
        float[] halves = new float[count];
        Arrays.fill(halves, 0.5f);
        MemorySegment gradient = floats(halves);
        MemorySegment signs = arena.allocate(8L * count, 64);
        MemorySegment coefficients = floats(1, 0, 0);
        byte[][] rounded = new byte[3][];
        for (int seed = 0; seed < 3; seed++) {
            MemorySegment dy = arena.allocate(count, 64);
            NormalisationKernels.backwardSigns(FLOAT32, gradient, signs, 1, 1, 0, coefficients, INT8, seed > 0, seed, 1,
                    dy, 0,
                    count);
            rounded[seed] = dy.toArray(ValueLayout.JAVA_BYTE);
        }
        assertThat(rounded[0]).containsOnly(0);
        assertThat(rounded[1]).contains(0).contains(1).isNotEqualTo(rounded[2]);
    }

    @Test
    void quantiseTakesTheLargestToTheLargest() {
        MemorySegment scale = floats(0);
        MemorySegment integers = arena.allocate(3, 64);
        NormalisationKernels.quantise(floats(31.5f, -15.75f, 0.1f), 3, INT8, integers, scale);
        assertFloats(scale, 0.5f);
        assertThat(integers.toArray(ValueLayout.JAVA_BYTE)).containsExactly(63, -32, 0); // −31.5 is rounded to even
    }

    private MemorySegment floats(float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    private MemorySegment bits(long... rows) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, rows);
    }

    private static void assertFloats(MemorySegment segment, float... expected) {
        assertThat(segment.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(expected, within(1e-6f));
    }
}
