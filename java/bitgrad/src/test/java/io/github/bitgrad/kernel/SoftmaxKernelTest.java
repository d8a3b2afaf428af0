package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoftmaxKernelTest extends KernelContract {
    private static final long ROWS = 3;
    private static final long CLASSES = 5;

    private static final Operand LOGITS = matrix("logits", FLOAT32, ROWS, CLASSES);
    private static final Operand LABELS = matrix("labels", INT32, 1, ROWS);
    private static final Operand LOSSES = matrix("losses", FLOAT32, 1, ROWS);
    private static final Operand PREDICTIONS = matrix("predictions", INT32, 1, ROWS);

    private static final List<Call> CALLS = List.of(
            bound("softmax_cross_entropy", ROWS,
                    (arena, m) -> SoftmaxKernel.crossEntropy(arena, m[0], m[1], 1, m[2], m[3], m[4])::run, LOGITS,
                    LABELS, matrix("gradient", FLOAT32, ROWS, CLASSES), LOSSES, PREDICTIONS),
            bound("softmax_cross_entropy", ROWS,
                    (arena, m) -> SoftmaxKernel.crossEntropy(arena, m[0], m[1], m[2], m[3])::run, LOGITS, LABELS,
                    LOSSES, PREDICTIONS));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("softmax_cross_entropy");
    }

    private static Matrix floats(Arena arena, long rows, long columns) {
        return new Matrix(FLOAT32, rows, columns, arena.allocate(FLOAT32.bytes(rows, columns), 64));
    }

    private static Matrix integers(Arena arena, int... values) {
        return new Matrix(INT32, 1, values.length, arena.allocateFrom(ValueLayout.JAVA_INT, values));
    }

    @Test
    void fourEqualClassesLoseTheLogarithmOfFour() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix losses = floats(arena, 1, 1);
            SoftmaxKernel.crossEntropy(arena, floats(arena, 1, 4), integers(arena, 2), losses, integers(arena, 9))
                    .run(0, 1);
            assertThat(losses.segment().get(ValueLayout.JAVA_FLOAT, 0)).isCloseTo((float) Math.log(4), within(1e-6f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 4, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aLabelThatIsNoClassIsRefused(int label) {
        try (Arena arena = Arena.ofConfined()) {
            RangeCall call = SoftmaxKernel.crossEntropy(arena, floats(arena, 2, 4), integers(arena, 3, label), 1,
                    floats(arena, 2, 4), floats(arena, 1, 2), integers(arena, 0, 0));
            assertRefused(() -> call.run(0, 2),
                    "softmax_cross_entropy refused its arguments: a label was not one of the classes.");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aScaleThatIsNoneIsRefused(float scale) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix one = floats(arena, 1, 1);
            assertRefused(() -> SoftmaxKernel.crossEntropy(arena, one, integers(arena, 0), scale, one, one,
                    integers(arena, 0)),
                    "softmax_cross_entropy refused its arguments: a number was not in its interval.");
        }
    }
}
