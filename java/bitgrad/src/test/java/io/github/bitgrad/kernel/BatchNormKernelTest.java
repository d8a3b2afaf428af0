package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormKernelTest extends KernelContract {
    private static final long ROWS = 3;
    private static final long CHANNELS = 5;
    private static final long ELEMENTS = 11;

    private static Operand activation(String name, ElementType type) {
        return matrix(name, type, ROWS, CHANNELS);
    }

    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static final List<Call> CALLS = List.of(
            bound("batch_norm_statistics_l2", CHANNELS,
                    (_, m) -> BatchNormKernel.statisticsL2(m[0], m[1], m[2])::run, activation("y", FLOAT32),
                    channel("mean"), channel("deviation")),
            apply(INT16), apply(FLOAT32),
            bound("batch_norm_backward_l2", CHANNELS,
                    (arena, m) -> BatchNormKernel.backwardL2(arena, m[0], m[1], m[2], m[3], m[4])::run,
                    activation("gradient", FLOAT32), activation("x", FLOAT32), channel("beta"), channel("deviation"),
                    channel("beta_gradient")),
            bound("batch_norm_backward_l1", CHANNELS,
                    (arena, m) -> BatchNormKernel.backwardL1(arena, m[0], m[1], m[2], m[3], m[4])::run,
                    activation("gradient", FLOAT32), activation("x", FLOAT32), channel("beta"), channel("deviation"),
                    channel("beta_gradient")),
            bound("moving_average", ELEMENTS, (_, m) -> {
                BatchNormKernel.MovingAverage call = BatchNormKernel.movingAverage(m[0], m[1]);
                return (begin, end) -> call.run(0.5f, begin, end);
            }, matrix("values", FLOAT32, 1, ELEMENTS), matrix("average", FLOAT32, 1, ELEMENTS)));

    private static Call apply(ElementType type) {
        return bound("batch_norm_apply", ROWS,
                (arena, m) -> BatchNormKernel.apply(arena, m[0], new Normalisation(m[1], m[2], m[3]), m[4])::run,
                activation("y", type), channel("mean"), channel("deviation"), channel("beta"),
                activation("x", FLOAT32));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("batch_norm_statistics_l2", "batch_norm_apply", "batch_norm_backward_l2",
                "batch_norm_backward_l1", "moving_average");
    }

    /** 4 · (2^31 − 1)² is more than 2^63 and, in 64 bits, less than nothing. */
    @Test
    void aShapeWhoseBytesOverflowIsTooLong() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix large = new Matrix(FLOAT32, Integer.MAX_VALUE, Integer.MAX_VALUE, arena.allocate(64, 64));
            assertRefused(() -> BatchNormKernel.statisticsL2(large, large, large),
                    "batch_norm_statistics_l2: y has 64 bytes, but float32[2147483647, 2147483647] takes 8589934588 a row.");
        }
    }

    @Test
    void noRowsToReduceOverAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(64, 64);
            Matrix one = new Matrix(FLOAT32, 1, 1, s);
            Matrix none = new Matrix(FLOAT32, 1, 0, s);
            assertRefused(() -> BatchNormKernel.statisticsL2(new Matrix(FLOAT32, 0, 1, s), one, one),
                    "batch_norm_statistics_l2 refused its arguments: a size was zero, negative or beyond its limit.");
            assertRefused(() -> BatchNormKernel.statisticsL2(new Matrix(FLOAT32, -1, 1, s), one, one),
                    "batch_norm_statistics_l2: y cannot have the shape [-1, 1]; sizes are positive 32-bit numbers.");
            assertRefused(() -> BatchNormKernel.statisticsL2(none, none, none),
                    "batch_norm_statistics_l2: y cannot have the shape [1, 0]; sizes are positive 32-bit numbers.");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1, 2})
    void aDecayThatIsNoneIsRefused(float decay) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix one = new Matrix(FLOAT32, 1, 1, arena.allocate(64, 64));
            BatchNormKernel.MovingAverage call = BatchNormKernel.movingAverage(one, one);
            assertRefused(() -> call.run(decay, 0, 1),
                    "moving_average refused its arguments: a number was not in its interval.");
        }
    }
}
