package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.tensor.ElementType;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

class ReluKernelTest extends KernelContract {
    private static final long ROWS = 3;
    private static final long CHANNELS = 6;
    private static final long COLUMNS = 64 + CHANNELS;

    private static Operand values(String name, ElementType type) {
        return matrix(name, type, ROWS, CHANNELS);
    }

    private static Operand channels(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static Stream<Call> of(ElementType type) {
        return Stream.of(
                bound("relu", ROWS, (arena, m) -> ReluKernel.relu(arena, m[0], m[1])::run, values("x", type),
                        values("y", FLOAT32)),
                bound("relu", ROWS, (arena, m) -> ReluKernel.relu(arena, m[0], m[1], m[2], 64)::run,
                        values("x", type), values("y", FLOAT32), matrix("positive", BITS, ROWS, COLUMNS)),
                bound("prelu", ROWS, (arena, m) -> ReluKernel.prelu(arena, m[0], m[1], m[2])::run, values("x", type),
                        channels("slopes"), values("y", FLOAT32)),
                bound("prelu_backward", CHANNELS,
                        (arena, m) -> ReluKernel.preluBackward(arena, m[0], m[1], m[2], m[3], m[4])::run,
                        values("x", type), channels("slopes"), values("gradient", FLOAT32), values("result", FLOAT32),
                        channels("slope_gradient")));
    }

    private static final List<Call> CALLS = Stream.concat(Stream.concat(of(FLOAT32), of(INT16)),
            Stream.of(bound("relu_backward", ROWS,
                    (arena, m) -> ReluKernel.backward(arena, m[0], m[1], 64, m[2])::run, values("gradient", FLOAT32),
                    matrix("positive", BITS, ROWS, COLUMNS), values("result", FLOAT32))))
            .toList();

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("relu", "relu_backward", "prelu", "prelu_backward");
    }
}
