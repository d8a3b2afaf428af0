package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpdateKernelTest extends KernelContract {
    private static final long ROWS = 5;
    private static final long COLUMNS = 70;
    private static final UpdateKernel.AdamNumbers ADAM = new UpdateKernel.AdamNumbers(0.9f, 0.999f, 1e-7f, 1);

    private static final List<Call> CALLS = List.of(adam(FLOAT32, FLOAT32), adam(FLOAT16, BITS),
            momentum(FLOAT32, FLOAT32), momentum(FLOAT16, BITS), bop(FLOAT32, FLOAT32, FLOAT32),
            bop(BITS, FLOAT16, BITS));

    private static Operand weight(String name, ElementType type) {
        return matrix(name, type, ROWS, COLUMNS);
    }

    private static Call adam(ElementType state, ElementType gradient) {
        return bound("update_adam", ROWS, (arena, m) -> {
            UpdateKernel.Adam call = UpdateKernel.adam(arena, m[0], m[1], m[2], m[3], 1, ADAM);
            return (begin, end) -> call.run(1e-3f, 1, 1, begin, end);
        }, weight("weights", state), weight("momentum", state), weight("second_moment", state),
                weight("gradient", gradient));
    }

    private static Call momentum(ElementType state, ElementType gradient) {
        return bound("update_momentum", ROWS, (arena, m) -> {
            UpdateKernel.RateCall call = UpdateKernel.momentum(arena, m[0], m[1], m[2], 1, 0.9f, 1);
            return (begin, end) -> call.run(1e-3f, begin, end);
        }, weight("weights", state), weight("momentum", state), weight("gradient", gradient));
    }

    private static Call bop(ElementType weights, ElementType momentum, ElementType gradient) {
        return bound("update_bop", ROWS, (arena, m) -> {
            UpdateKernel.RateCall call = UpdateKernel.bop(arena, m[0], m[1], m[2], 1, 1e-6f);
            return (begin, end) -> call.run(1e-3f, begin, end);
        }, weight("weights", weights), weight("momentum", momentum), weight("gradient", gradient));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("update_adam", "update_momentum", "update_bop");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aNumberThatIsNoneIsRefused(float number) {
        String refusal = "%s refused its arguments: a number was not in its interval.";
        try (Arena arena = Arena.ofConfined()) {
            Matrix one = new Matrix(FLOAT32, 1, 1, arena.allocate(64, 64));
            UpdateKernel.Adam adam = UpdateKernel.adam(arena, one, one, one, one, 1, ADAM);
            assertRefused(() -> adam.run(number, 1, 1, 0, 1), refusal, "update_adam");
            assertRefused(() -> UpdateKernel.adam(arena, one, one, one, one, number, ADAM), refusal, "update_adam");
            assertRefused(() -> UpdateKernel.momentum(arena, one, one, one, number, 0.9f, 1), refusal,
                    "update_momentum");
            UpdateKernel.RateCall bop = UpdateKernel.bop(arena, one, one, one, 1, 0);
            assertRefused(() -> bop.run(number, 0, 1), refusal, "update_bop");
        }
    }

    @Test
    void aTypeThatTheKernelDoesNotTakeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix half = new Matrix(FLOAT16, 1, 1, arena.allocate(64, 64));
            Matrix bits = new Matrix(BITS, 1, 1, half.segment());
            assertRefused(() -> UpdateKernel.bop(arena, half, half, bits, 1, 0),
                    "update_bop refused its arguments: an operand had an element type that it cannot have.");
        }
    }
}
