package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Wrong arguments of every kernel are exceptions that name the operation and the operand. What kernels compute is
 * tested in C.
 */
class KernelsTest {
    private static final long ROWS = 3;
    private static final long CHANNELS = 5;
    private static final long FAN_IN = 70;
    private static final long ELEMENTS = 11;

    record Operand(String name, ElementType type, long rows, long columns) {
        long bytes() {
            return type.bytes(rows, columns);
        }
    }

    interface Body {
        void run(MemorySegment[] operands, long begin, long end);
    }

    /** A call that is right, with the range [0, end). */
    record Call(String operation, long end, List<Operand> operands, Body body) {
        void run(MemorySegment[] segments) {
            body.run(segments, 0, end);
        }

        @Override
        public String toString() {
            return operation + operands.stream().map(operand -> operand.type().label()).distinct().toList();
        }
    }

    private static Operand matrix(String name, ElementType type, long rows, long columns) {
        return new Operand(name, type, rows, columns);
    }

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

    private static Call call(String operation, long end, Body body, Operand... operands) {
        return new Call(operation, end, List.of(operands), body);
    }

    static final List<Call> CALLS = List.of(
            call("sign", ELEMENTS, (s, begin, end) -> Kernels.sign(s[0], s[1], begin, end), vector("values", FLOAT32),
                    vector("signs", FLOAT32)),
            signPack(FLOAT32), signPack(FLOAT16),
            call("sign_unpack", ROWS, (s, begin, end) -> Kernels.signUnpack(s[0], FAN_IN, s[1], begin, end),
                    matrix("bits", BITS, ROWS, FAN_IN), matrix("values", FLOAT32, ROWS, FAN_IN)),
            call("float16_to_float32", ELEMENTS, (s, begin, end) -> Kernels.float16ToFloat32(s[0], s[1], begin, end),
                    vector("halves", FLOAT16), vector("values", FLOAT32)),
            call("float32_to_float16", ELEMENTS, (s, begin, end) -> Kernels.float32ToFloat16(s[0], s[1], begin, end),
                    vector("values", FLOAT32), vector("halves", FLOAT16)),
            call("bytes_to_float32", ELEMENTS,
                    (s, begin, end) -> Kernels.bytesToFloat32(s[0], s[1], 1, 0, begin, end), vector("bytes", UINT8),
                    vector("values", FLOAT32)),
            call("binary_gemm", ROWS,
                    (s, begin, end) -> Kernels.binaryGemm(s[0], s[1], s[2], CHANNELS, FAN_IN, begin, end),
                    matrix("x", BITS, ROWS, FAN_IN), weight("weights", BITS), activation("y", INT16)),
            inputGradient(FLOAT32), inputGradient(FLOAT16), weightGradientSigns(FLOAT32), weightGradientSigns(FLOAT16),
            call("batch_norm_statistics_l2", CHANNELS,
                    (s, begin, end) -> Kernels.batchNormStatisticsL2(s[0], ROWS, CHANNELS, s[1], s[2], begin, end),
                    activation("y", FLOAT32), channel("mean"), channel("deviation")),
            batchNormStatisticsL1(INT16), batchNormStatisticsL1(FLOAT32), batchNormApply(INT16),
            batchNormApply(FLOAT32),
            batchNormSign(INT16), batchNormSign(FLOAT32),
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
            batchNormBackwardSigns(FLOAT32), batchNormBackwardSigns(FLOAT16),
            call("moving_average", ELEMENTS,
                    (s, begin, end) -> Kernels.movingAverage(s[0], s[1], 0.5f, begin, end), vector("values", FLOAT32),
                    vector("average", FLOAT32)),
            call("straight_through", ELEMENTS, (s, begin, end) -> Kernels.straightThrough(s[0], s[1], begin, end),
                    vector("x", FLOAT32), vector("gradient", FLOAT32)),
            straightThroughMask(FLOAT32), straightThroughMask(FLOAT16),
            call("softmax_cross_entropy", ROWS,
                    (s, begin, end) -> Kernels.softmaxCrossEntropy(s[0], s[1], CHANNELS, 1, s[2], s[3], s[4], begin,
                            end),
                    activation("logits", FLOAT32), matrix("labels", INT32, 1, ROWS), activation("gradient", FLOAT32),
                    matrix("losses", FLOAT32, 1, ROWS), matrix("predictions", INT32, 1, ROWS)),
            updateAdam(FLOAT32, FLOAT32), updateAdam(FLOAT16, BITS), updateMomentum(FLOAT32, FLOAT32),
            updateMomentum(FLOAT16, BITS), updateBop(FLOAT32, FLOAT32, FLOAT32), updateBop(BITS, FLOAT16, BITS),
            sgemm(false, false), sgemm(false, true), sgemm(true, false));

    private static Call signPack(ElementType type) {
        return call("sign_pack", ROWS, (s, begin, end) -> Kernels.signPack(type, s[0], FAN_IN, s[1], begin, end),
                matrix("values", type, ROWS, FAN_IN), matrix("bits", BITS, ROWS, FAN_IN));
    }

    private static Call inputGradient(ElementType type) {
        return call("input_gradient", ROWS,
                (s, begin, end) -> Kernels.inputGradient(type, s[0], s[1], s[2], CHANNELS, FAN_IN, begin, end),
                activation("dy", type), weight("weights", BITS), matrix("dx", type, ROWS, FAN_IN));
    }

    private static Call weightGradientSigns(ElementType type) {
        return call("weight_gradient_signs", CHANNELS,
                (s, begin, end) -> Kernels.weightGradientSigns(type, s[0], s[1], s[2], ROWS, CHANNELS, FAN_IN, begin,
                        end),
                activation("dy", type), matrix("x", BITS, ROWS, FAN_IN), weight("signs", BITS));
    }

    private static Call batchNormStatisticsL1(ElementType type) {
        return call("batch_norm_statistics_l1", CHANNELS,
                (s, begin, end) -> Kernels.batchNormStatisticsL1(type, s[0], ROWS, CHANNELS, s[1], s[2], s[3], s[4],
                        begin, end),
                activation("y", type), channel("beta"), channel("mean"), channel("deviation"), channel("magnitude"));
    }

    private static Call batchNormApply(ElementType type) {
        return call("batch_norm_apply", ROWS,
                (s, begin, end) -> Kernels.batchNormApply(type, s[0], CHANNELS, s[1], s[2], s[3], s[4], begin, end),
                activation("y", type), channel("mean"), channel("deviation"), channel("beta"),
                activation("x", FLOAT32));
    }

    private static Call batchNormSign(ElementType type) {
        return call("batch_norm_sign", ROWS,
                (s, begin, end) -> Kernels.batchNormSign(type, s[0], CHANNELS, s[1], s[2], s[3], s[4], s[5], begin,
                        end),
                activation("y", type), channel("mean"), channel("deviation"), channel("beta"),
                activation("signs", BITS), activation("straight_through", BITS));
    }

    private static Call batchNormBackwardSigns(ElementType type) {
        return call("batch_norm_backward_signs", CHANNELS,
                (s, begin, end) -> Kernels.batchNormBackwardSigns(type, s[0], s[1], ROWS, CHANNELS, s[2], s[3], s[4],
                        begin, end),
                activation("gradient", type), activation("signs", BITS), channel("deviation"), channel("magnitude"),
                channel("beta_gradient"));
    }

    private static Call straightThroughMask(ElementType type) {
        return call("straight_through_mask", ROWS,
                (s, begin, end) -> Kernels.straightThroughMask(type, s[0], s[1], CHANNELS, begin, end),
                activation("mask", BITS), activation("gradient", type));
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
                        stride),
                matrix("a", FLOAT32, 1, transposeA ? (sum - 1) * stride + rows : (rows - 1) * stride + sum),
                matrix("b", FLOAT32, 1, transposeB ? (columns - 1) * stride + sum : (sum - 1) * stride + columns),
                matrix("c", FLOAT32, 1, (rows - 1) * stride + columns));
    }

    private static MemorySegment[] allocate(Call call, Arena arena) {
        return call.operands().stream().map(operand -> arena.allocate(operand.bytes(), 64))
                .toArray(MemorySegment[]::new);
    }

    private static void assertRefused(ThrowingCallable call, String message, Object... arguments) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message, arguments);
    }

    @Test
    void everyKernelIsCalled() {
        Set<String> kernels = Arrays.stream(Kernels.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())).map(Method::getName)
                .map(name -> name.replaceAll("[A-Z]", "_$0").toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        kernels.add("sgemm");
        assertThat(CALLS.stream().map(Call::operation).collect(Collectors.toSet())).isEqualTo(kernels);
    }

    @ParameterizedTest
    @FieldSource("CALLS")
    void anOperandThatIsAByteTooShortIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            call.run(allocate(call, arena)); // exactly long enough
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = segments[i].asSlice(0, operand.bytes() - 1);
                assertRefused(() -> call.run(segments), "%s: %s has %d bytes, but %s[%d, %d] takes %d a row.",
                        call.operation(), operand.name(), operand.bytes() - 1, operand.type().label(), operand.rows(),
                        operand.columns(), operand.type().bytes(1, operand.columns()));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CALLS")
    void aMisalignedOperandIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                if (operand.type() == UINT8) {
                    continue; // is never misaligned
                }
                int alignment = operand.type().alignment();
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = arena.allocate(operand.bytes() + alignment / 2, 64).asSlice(alignment / 2);
                assertRefused(() -> call.run(segments),
                        "%s: %s begins at an address that is no multiple of %d, which %s needs.", call.operation(),
                        operand.name(), alignment, operand.type().label());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CALLS")
    void anOperandOnTheHeapIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = MemorySegment.ofArray(new long[(int) operand.bytes() / Long.BYTES + 1]);
                assertRefused(() -> call.run(segments),
                        "%s: %s is on the Java heap, but kernels work on native memory; allocate it from an Arena.",
                        call.operation(), operand.name());
            }
        }
    }

    /** Which operands are written is found out by running the call on bytes that it will hardly write itself. */
    @ParameterizedTest
    @FieldSource("CALLS")
    void anOperandThatIsWrittenMustNotBeReadOnly(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] before = filled(call, arena);
            MemorySegment[] after = filled(call, arena);
            call.run(after);
            int written = 0;
            for (int i = 0; i < call.operands().size(); i++) {
                MemorySegment[] segments = filled(call, arena);
                segments[i] = segments[i].asReadOnly();
                if (before[i].mismatch(after[i]) < 0) {
                    call.run(segments);
                } else {
                    written++;
                    assertRefused(() -> call.run(segments),
                            "%s: %s is read-only, but the kernel writes to it; pass memory of your own.",
                            call.operation(), call.operands().get(i).name());
                }
            }
            assertThat(written).isPositive();
        }
    }

    /** Positive numbers, none beyond int16 or any other operand's limits; beyond 1 where x is to be masked. */
    private static MemorySegment[] filled(Call call, Arena arena) {
        MemorySegment[] segments = allocate(call, arena);
        for (int i = 0; i < segments.length; i++) {
            switch (call.operands().get(i).name()) {
                case "labels" -> {
                } // 0 is one
                case "x" -> segments[i].fill((byte) 0x42);
                default -> segments[i].fill((byte) (0x3c + i)); // so that no average is what was there
            }
        }
        return segments;
    }

    @ParameterizedTest
    @FieldSource("CALLS")
    void anOperandThatWasFreedIsRefused(Call call) {
        MemorySegment[] segments;
        try (Arena arena = Arena.ofConfined()) {
            segments = allocate(call, arena);
        }
        assertThatThrownBy(() -> call.run(segments)).isInstanceOf(IllegalStateException.class)
                .hasMessage("Already closed");
    }

    @ParameterizedTest
    @FieldSource("CALLS")
    void aRangeThatIsNoneIsRefused(Call call) {
        if (call.end() < 0) {
            return; // sgemm has no range
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] segments = allocate(call, arena);
            call.body().run(segments, call.end(), call.end()); // an empty one is one
            String refusal = call.operation()
                    + " refused its arguments: a range began below zero, or ended before its begin or after the last.";
            assertRefused(() -> call.body().run(segments, -1, call.end()), refusal);
            assertRefused(() -> call.body().run(segments, call.end(), call.end() - 1), refusal);
            assertRefused(() -> call.body().run(segments, Long.MIN_VALUE, call.end()), refusal);
            assertThatThrownBy(() -> call.body().run(segments, 0, call.end() + 1))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageMatching(
                            call.operation() + "(: \\w+ has \\d+ bytes, but .*| refused its arguments: a range .*)");
            for (long end : new long[] {-1, Long.MIN_VALUE, 1L << 31, 1L << 62, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> call.body().run(segments, 0, end)).as("end %d", end)
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(call.operation());
            }
        }
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
            MemorySegment signs = arena.allocate(64, 64);
            Kernels.batchNormSign(INT16, y, 4, zero, one, zero, signs, MemorySegment.NULL, 0, 1);
            assertThat(signs.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0b1111);
            MemorySegment losses = arena.allocate(64, 64);
            Kernels.softmaxCrossEntropy(y, zero, 4, 1, MemorySegment.NULL, losses, signs, 0, 1);
            assertThat(losses.get(ValueLayout.JAVA_FLOAT, 0)).isCloseTo((float) Math.log(4),
                    within(1e-6f));
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
    void aFanInWhoseSumsDoNotFitIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(32768 / 8, 64);
            MemorySegment y = arena.allocate(2, 64);
            Kernels.binaryGemm(row, row, y, 1, 32767, 0, 1);
            assertThat(y.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 32767);
            assertRefused(() -> Kernels.binaryGemm(row, row, y, 1, 32768, 0, 1),
                    "binary_gemm refused its arguments: a size was zero, negative or beyond its limit.");
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
                    "No kernel takes %s where types can be chosen; use float32, float16, int16 or bits.", type.label());
        }
    }

    /** Sizes that OpenBLAS would end the process for. */
    @Test
    void sizesThatAreNoneAreRefusedBeforeOpenBlas() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(256, 64);
            assertRefused(() -> Blas.sgemm(false, false, 0, 2, 2, s, 2, s, 2, s, 2),
                    "sgemm: a cannot have the shape [0, 2] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 2, -1, s, 2, s, 2, s, 2),
                    "sgemm: a cannot have the shape [2, -1] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, true, 2, 2, 3, s, 3, s, 2, s, 2),
                    "sgemm: b cannot have the shape [2, 3] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 3, 2, s, 2, s, 3, s, 2),
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
            Blas.sgemm(transposeA, transposeB, 2, 2, 3, a, stride, b, stride, c, stride);
            float between = Float.intBitsToFloat(0x40404040);
            assertThat(c.asSlice(0, 32).toArray(ValueLayout.JAVA_FLOAT)).containsExactly(22, 28, between, between, 49,
                    64, between, between);
        }
    }
}
