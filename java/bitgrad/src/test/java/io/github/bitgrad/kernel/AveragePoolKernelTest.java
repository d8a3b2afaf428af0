package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.WindowShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AveragePoolKernelTest extends KernelContract {
    private static final WindowShape POOLING = new WindowShape(5, 3, 2, 2, 2, 2, 2, 0, 0);
    private static final long IMAGES = 2;
    private static final Operand AVERAGES = matrix("averages", FLOAT32, IMAGES * 2, 2);

    private static final List<Call> CALLS = List.of(
            bound("average_pool", IMAGES,
                    (arena, m) -> AveragePoolKernel.averagePool(arena, POOLING, IMAGES, m[0], m[1])::run,
                    matrix("x", FLOAT32, IMAGES * 15, 2), AVERAGES),
            bound("average_pool", IMAGES,
                    (arena, m) -> AveragePoolKernel.averagePool(arena, POOLING, IMAGES, m[0], m[1])::run,
                    matrix("x", INT16, IMAGES * 15, 2), AVERAGES),
            bound("average_pool_backward", IMAGES,
                    (arena, m) -> AveragePoolKernel.backward(arena, POOLING, IMAGES, m[0], m[1])::run,
                    matrix("average_gradient", FLOAT32, IMAGES * 2, 2), matrix("gradient", FLOAT32, IMAGES * 15, 2)));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("average_pool", "average_pool_backward");
    }

    /** The average of 1, 5, 3 is 3, and each gets a third of its gradient; the fourth value fills no window. */
    @Test
    void windowsDifferByAxis() {
        WindowShape series = new WindowShape(1, 4, 1, 1, 3, 1, 3, 0, 0);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = new Matrix(FLOAT32, 4, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 5, 3, 9));
            Matrix averages = new Matrix(FLOAT32, 1, 1, arena.allocate(4, 64));
            AveragePoolKernel.averagePool(arena, series, 1, x, averages).run(0, 1);
            assertThat(averages.segment().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(3);
            AveragePoolKernel.backward(arena, series, 1, averages, x).run(0, 1);
            assertThat(x.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 1, 1, 0);
        }
    }
}
