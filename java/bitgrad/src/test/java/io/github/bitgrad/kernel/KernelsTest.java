package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.INT8;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels of {@link Kernels} and, beside them, sgemm. */
class KernelsTest extends KernelContract {
    private static final long ROWS = 3;
    private static final long CHANNELS = 5;
    private static final long FAN_IN = 70;
    private static final long ELEMENTS = 11;

    /** Images of 2x3 pixels; two of them have twelve output pixels. */
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(2, 3, 2, 3, 1, 1, 4);
    private static final MemorySegment NUMBERS = Arena.global().allocateFrom(ValueLayout.JAVA_LONG,
            CONVOLUTION.numbers());
    private static final long OUTPUTS = 12;
    private static final MaxPooling POOLING = new MaxPooling(5, 3, 2, 2);

    /** [rows, channels]. */
    private static Operand activation(String name, ElementType type) {
        return matrix(name, type, ROWS, CHANNELS);
    }

    /** [channels, fan-in]. */
    private static Operand weight(String name, ElementType type) {
        return matrix(name, type, CHANNELS, FAN_IN);
    }

    /** [channels] of float32. */
    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static Operand vector(String name, ElementType type) {
        return matrix(name, type, 1, ELEMENTS);
    }

    private static final List<Call> CALLS = List.of(
            call("sign", ELEMENTS, (s, begin, end) -> Kernels.sign(s[0], s[1], begin, end), vector("values", FLOAT32),
                    vector("signs", FLOAT32)),
            signPack(FLOAT32), signPack(FLOAT16), signPack(INT8), signPackStraightThrough(),
            add(FLOAT32), add(FLOAT16),
            call("float16_to_float32", ELEMENTS, (s, begin, end) -> Kernels.float16ToFloat32(s[0], s[1], begin, end),
                    vector("halves", FLOAT16), vector("values", FLOAT32)),
            call("float32_to_float16", ELEMENTS, (s, begin, end) -> Kernels.float32ToFloat16(s[0], s[1], begin, end),
                    vector("values", FLOAT32), vector("halves", FLOAT16)),
            call("bytes_to_float32", ELEMENTS,
                    (s, begin, end) -> Kernels.bytesToFloat32(s[0], s[1], 1, 0, begin, end), vector("bytes", UINT8),
                    vector("values", FLOAT32)),
            call("batch_norm_statistics_l2", CHANNELS,
                    (s, begin, end) -> Kernels.batchNormStatisticsL2(s[0], ROWS, CHANNELS, s[1], s[2], begin, end),
                    activation("y", FLOAT32), channel("mean"), channel("deviation")),
            batchNormApply(INT16), batchNormApply(FLOAT32),
            call("batch_norm_backward_l2", CHANNELS,
                    (s, begin, end) -> Kernels.batchNormBackwardL2(s[0], s[1], ROWS, CHANNELS, s[2], s[3], s[4], begin,
                            end),
                    activation("gradient", FLOAT32), activation("x", FLOAT32), channel("beta"), channel("deviation"),
                    channel("beta_gradient")),
            call("batch_norm_backward_l1", CHANNELS,
                    (s, begin, end) -> Kernels.batchNormBackwardL1(s[0], s[1], ROWS, CHANNELS, s[2], s[3], s[4], begin,
                            end),
                    activation("gradient", FLOAT32), activation("x", FLOAT32), channel("beta"), channel("deviation"),
                    channel("beta_gradient")),
            call("moving_average", ELEMENTS,
                    (s, begin, end) -> Kernels.movingAverage(s[0], s[1], 0.5f, begin, end), vector("values", FLOAT32),
                    vector("average", FLOAT32)),
            call("straight_through", ELEMENTS, (s, begin, end) -> Kernels.straightThrough(s[0], s[1], begin, end),
                    vector("x", FLOAT32), vector("gradient", FLOAT32)),
            call("softmax_cross_entropy", ROWS,
                    (s, begin, end) -> Kernels.softmaxCrossEntropy(s[0], s[1], CHANNELS, 1, s[2], s[3], s[4], begin,
                            end),
                    activation("logits", FLOAT32), matrix("labels", INT32, 1, ROWS), activation("gradient", FLOAT32),
                    matrix("losses", FLOAT32, 1, ROWS), matrix("predictions", INT32, 1, ROWS)),
            updateAdam(FLOAT32, FLOAT32), updateAdam(FLOAT16, BITS), updateMomentum(FLOAT32, FLOAT32),
            updateMomentum(FLOAT16, BITS), updateBop(FLOAT32, FLOAT32, FLOAT32), updateBop(BITS, FLOAT16, BITS),
            call("im2col", OUTPUTS,
                    (s, begin, end) -> Kernels.im2col(CONVOLUTION, NUMBERS, s[0], s[1], begin, end, 0, 18),
                    matrix("x", FLOAT32, 2, 12), matrix("columns", FLOAT32, OUTPUTS, 18)),
            call("im2col_signs", OUTPUTS,
                    (s, begin, end) -> Kernels.im2colSigns(CONVOLUTION, NUMBERS, s[0], s[1], begin, end, 0, 18),
                    matrix("x", FLOAT32, 2, 12), matrix("columns", FLOAT32, OUTPUTS, 18)),
            call("col2im", OUTPUTS,
                    (s, begin, end) -> Kernels.col2im(CONVOLUTION, NUMBERS, s[0], s[1], begin, end),
                    matrix("columns", FLOAT32, OUTPUTS, 18), matrix("dx", FLOAT32, 2, 12)),
            call("max_pool", 2, (s, begin, end) -> Kernels.maxPool(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("x", FLOAT32, 2, 30), matrix("pooled", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4)),
            call("max_pool_signs", 2, (s, begin, end) -> Kernels.maxPoolSigns(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("x", FLOAT32, 2, 30), matrix("pooled", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4)),
            call("max_pool_backward", 2,
                    (s, begin, end) -> Kernels.maxPoolBackward(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("pooled_gradient", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4),
                    matrix("gradient", FLOAT32, 2, 30)),
            sgemm(false, false), sgemm(false, true), sgemm(true, false));

    private static Call signPack(ElementType type) {
        return call("sign_pack", ROWS, (s, begin, end) -> Kernels.signPack(type, s[0], FAN_IN, s[1], begin, end),
                matrix("values", type, ROWS, FAN_IN), matrix("bits", BITS, ROWS, FAN_IN));
    }

    private static Call signPackStraightThrough() {
        return call("sign_pack", ROWS,
                (s, begin, end) -> Kernels.signPack(FLOAT32, s[0], FAN_IN, s[1], s[2], begin, end),
                matrix("values", FLOAT32, ROWS, FAN_IN), matrix("bits", BITS, ROWS, FAN_IN),
                matrix("straight_through", BITS, ROWS, FAN_IN));
    }

    private static Call add(ElementType type) {
        return call("add", ELEMENTS, (s, begin, end) -> Kernels.add(type, s[0], s[1], s[2], begin, end),
                vector("a", type), vector("b", type), vector("sum", type));
    }

    private static Call batchNormApply(ElementType type) {
        return call("batch_norm_apply", ROWS,
                (s, begin, end) -> Kernels.batchNormApply(type, s[0], CHANNELS, s[1], s[2], s[3], s[4], begin, end),
                activation("y", type), channel("mean"), channel("deviation"), channel("beta"),
                activation("x", FLOAT32));
    }

    private static Call updateAdam(ElementType state, ElementType gradient) {
        return call("update_adam", CHANNELS,
                (s, begin, end) -> Kernels.updateAdam(state, s[0], s[1], s[2], gradient, s[3], 1, FAN_IN, 1e-3f, 0.9f,
                        0.999f, 1e-7f, 1, 1, 1, begin, end),
                weight("weights", state), weight("momentum", state), weight("second_moment", state),
                weight("gradient", gradient));
    }

    private static Call updateMomentum(ElementType state, ElementType gradient) {
        return call("update_momentum", CHANNELS,
                (s, begin, end) -> Kernels.updateMomentum(state, s[0], s[1], gradient, s[2], 1, FAN_IN, 1e-3f, 0.9f, 1,
                        begin, end),
                weight("weights", state), weight("momentum", state), weight("gradient", gradient));
    }

    private static Call updateBop(ElementType weights, ElementType momentum, ElementType gradient) {
        return call("update_bop", CHANNELS,
                (s, begin, end) -> Kernels.updateBop(weights, s[0], momentum, s[1], gradient, s[2], 1, FAN_IN, 1e-3f,
                        1e-6f, begin, end),
                weight("weights", weights), weight("momentum", momentum), weight("gradient", gradient));
    }

    /** C [3, 5] from a sum over 7, its rows and those of A and B further apart than they are long. */
    private static Call sgemm(boolean transposeA, boolean transposeB) {
        int rows = 3;
        int columns = 5;
        int sum = 7;
        int stride = 9;
        return call("sgemm", -1,
                (s, _, _) -> Blas.sgemm(transposeA, transposeB, rows, columns, sum, s[0], stride, s[1], stride, s[2],
                        stride, false),
                matrix("a", FLOAT32, 1, transposeA ? (sum - 1) * stride + rows : (rows - 1) * stride + sum),
                matrix("b", FLOAT32, 1, transposeB ? (columns - 1) * stride + sum : (sum - 1) * stride + columns),
                matrix("c", FLOAT32, 1, (rows - 1) * stride + columns));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        Set<String> operations = methods(Kernels.class);
        operations.add("sgemm");
        return operations;
    }

    /** 4 · (2^31 − 1)² is more than 2^63 and, in 64 bits, less than nothing. */
    @Test
    void aShapeWhoseBytesOverflowIsTooLong() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(64, 64);
            assertRefused(() -> Kernels.batchNormApply(FLOAT32, small, Integer.MAX_VALUE, small, small, small, small, 0,
                    Integer.MAX_VALUE),
                    "batch_norm_apply: y has 64 bytes, but float32[2147483647, 2147483647] takes 8589934588 a row.");
        }
    }

    @Test
    void operandsThatMayBeMissingMay() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment y = arena.allocate(64, 64);
            MemorySegment zero = arena.allocate(64, 64);
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1, 1, 1);
            MemorySegment predictions = arena.allocate(64, 64);
            MemorySegment losses = arena.allocate(64, 64);
            Kernels.softmaxCrossEntropy(y, zero, 4, 1, MemorySegment.NULL, losses, predictions, 0, 1);
            assertThat(losses.get(ValueLayout.JAVA_FLOAT, 0)).isCloseTo((float) Math.log(4),
                    within(1e-6f));
            Kernels.maxPool(new MaxPooling(2, 2, 1, 2), one, losses, MemorySegment.NULL, 0, 1);
            assertThat(losses.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 4, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aLabelThatIsNoClassIsRefused(int label) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment labels = arena.allocateFrom(ValueLayout.JAVA_INT, 3, label);
            assertRefused(() -> Kernels.softmaxCrossEntropy(arena.allocate(32, 64), labels, 4, 1,
                    arena.allocate(32, 64), arena.allocate(8, 64), arena.allocate(8, 64), 0, 2),
                    "softmax_cross_entropy refused its arguments: a label was not one of the classes.");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aNumberThatIsNoneIsRefused(float number) {
        String refusal = "%s refused its arguments: a number was not in its interval.";
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            assertRefused(() -> Kernels.bytesToFloat32(s, s, number, 0, 0, 1), refusal, "bytes_to_float32");
            assertRefused(() -> Kernels.movingAverage(s, s, number, 0, 1), refusal, "moving_average");
            assertRefused(() -> Kernels.softmaxCrossEntropy(s, s, 1, number, s, s, s, 0, 1), refusal,
                    "softmax_cross_entropy");
            assertRefused(
                    () -> Kernels.updateAdam(FLOAT32, s, s, s, FLOAT32, s, 1, 1, number, 0.9f, 0.999f, 1e-7f, 1, 1,
                            1, 0, 1),
                    refusal, "update_adam");
            assertRefused(() -> Kernels.updateMomentum(FLOAT32, s, s, FLOAT32, s, number, 1, 1, 0.9f, 1, 0, 1), refusal,
                    "update_momentum");
            assertRefused(() -> Kernels.updateBop(FLOAT32, s, FLOAT32, s, FLOAT32, s, 1, 1, number, 0, 0, 1), refusal,
                    "update_bop");
        }
    }

    @Test
    void noRowsToReduceOverAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            assertRefused(() -> Kernels.batchNormStatisticsL2(s, 0, 1, s, s, 0, 1),
                    "batch_norm_statistics_l2 refused its arguments: a size was zero, negative or beyond its limit.");
            assertRefused(() -> Kernels.batchNormStatisticsL2(s, -1, 1, s, s, 0, 1),
                    "batch_norm_statistics_l2: y cannot have the shape [-1, 1]; sizes are positive 32-bit numbers.");
            assertRefused(() -> Kernels.batchNormStatisticsL2(s, 1, 0, s, s, 0, 0),
                    "batch_norm_statistics_l2: y cannot have the shape [1, 0]; sizes are positive 32-bit numbers.");
        }
    }

    /** Lengths are checked by a convolution that Java knows, so C must not read another. */
    @Test
    void numbersOfAnotherConvolutionAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(1024, 64);
            for (int i = 0; i < ConvolutionShape.NUMBERS; i++) {
                long[] others = CONVOLUTION.numbers();
                others[i]++;
                MemorySegment numbers = arena.allocateFrom(ValueLayout.JAVA_LONG, others);
                assertThatThrownBy(() -> Kernels.im2col(CONVOLUTION, numbers, s, s, 0, 1, 0, 1))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("im2col: convolution");
            }
            MemorySegment tooShort = NUMBERS.asSlice(0, 48);
            assertRefused(() -> Kernels.col2im(CONVOLUTION, tooShort, s, s, 0, 1),
                    "col2im: convolution has 48 bytes, but int64[1, 7] takes 56 a row.");
        }
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            assertRefused(() -> Kernels.signPack(INT16, s, 1, s, 0, 1),
                    "sign_pack refused its arguments: an operand had an element type that it cannot have.");
            assertRefused(() -> Kernels.updateBop(FLOAT16, s, FLOAT16, s, BITS, s, 1, 1, 0.5f, 0, 0, 1),
                    "update_bop refused its arguments: an operand had an element type that it cannot have.");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT32", "UINT8"})
    void aTypeThatNoKernelChoosesIsRefused(ElementType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            assertRefused(() -> Kernels.signPack(type, s, 1, s, 0, 1),
                    "No kernel takes %s where types can be chosen; use float32, float16, int16, int8 or bits.",
                    type.label());
        }
    }

    /** Sizes that OpenBLAS would end the process for. */
    @Test
    void sizesThatAreNoneAreRefusedBeforeOpenBlas() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(256, 64);
            assertRefused(() -> Blas.sgemm(false, false, 0, 2, 2, s, 2, s, 2, s, 2, false),
                    "sgemm: a cannot have the shape [0, 2] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 2, -1, s, 2, s, 2, s, 2, false),
                    "sgemm: a cannot have the shape [2, -1] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, true, 2, 2, 3, s, 3, s, 2, s, 2, false),
                    "sgemm: b cannot have the shape [2, 3] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 3, 2, s, 2, s, 3, s, 2, false),
                    "sgemm: c cannot have the shape [2, 3] with rows 2 elements apart.");
        }
    }

    /** The one product whose meaning of transposition and stride is ours to say. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void sgemmMultiplies(int transpositions) {
        boolean transposeA = (transpositions & 1) == 1;
        boolean transposeB = (transpositions & 2) == 2;
        int stride = 4;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(64, 64);
            MemorySegment b = arena.allocate(64, 64);
            MemorySegment c = arena.allocate(64, 64);
            for (int i = 0; i < 2; i++) { // A = [1 2 3; 4 5 6], B = [1 2; 3 4; 5 6]
                for (int j = 0; j < 3; j++) {
                    a.setAtIndex(ValueLayout.JAVA_FLOAT, transposeA ? j * stride + i : i * stride + j, 3 * i + j + 1);
                    b.setAtIndex(ValueLayout.JAVA_FLOAT, transposeB ? i * stride + j : j * stride + i, 2 * j + i + 1);
                }
            }
            c.fill((byte) 0x40); // is overwritten, but for what lies between the rows
            Blas.sgemm(transposeA, transposeB, 2, 2, 3, a, stride, b, stride, c, stride, false);
            float between = Float.intBitsToFloat(0x40404040);
            assertThat(c.asSlice(0, 32).toArray(ValueLayout.JAVA_FLOAT)).containsExactly(22, 28, between, between, 49,
                    64, between, between);
            Blas.sgemm(transposeA, transposeB, 2, 2, 3, a, stride, b, stride, c, stride, true);
            assertThat(c.asSlice(0, 32).toArray(ValueLayout.JAVA_FLOAT)).containsExactly(44, 56, between, between, 98,
                    128, between, between);
        }
    }
}
