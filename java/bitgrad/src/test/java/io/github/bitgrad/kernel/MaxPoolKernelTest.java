package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MaxPoolKernelTest extends KernelContract {
    private static final PoolingShape POOLING = new PoolingShape(5, 3, 2, 2);
    private static final long IMAGES = 2;
    private static final Operand X = matrix("x", FLOAT32, IMAGES * 15, 2);
    private static final Operand POOLED = matrix("pooled", FLOAT32, IMAGES * 2, 2);
    private static final Operand ARGMAX = matrix("argmax", UINT8, IMAGES * 2, 2);

    private static final List<Call> CALLS = List.of(
            bound("max_pool", IMAGES,
                    (arena, m) -> MaxPoolKernel.maxPool(arena, POOLING, IMAGES, m[0], m[1], m[2])::run, X, POOLED,
                    ARGMAX),
            bound("max_pool", IMAGES, (arena, m) -> MaxPoolKernel.maxPool(arena, POOLING, IMAGES, m[0], m[1])::run, X,
                    POOLED),
            bound("max_pool_signs", IMAGES,
                    (arena, m) -> MaxPoolKernel.maxPoolSigns(arena, POOLING, IMAGES, m[0], m[1], m[2])::run, X, POOLED,
                    ARGMAX),
            bound("max_pool_signs", IMAGES,
                    (arena, m) -> MaxPoolKernel.maxPoolSigns(arena, POOLING, IMAGES, m[0], m[1])::run, X, POOLED),
            bound("max_pool_backward", IMAGES,
                    (arena, m) -> MaxPoolKernel.backward(arena, POOLING, IMAGES, m[0], m[1], m[2])::run,
                    matrix("pooled_gradient", FLOAT32, IMAGES * 2, 2), ARGMAX,
                    matrix("gradient", FLOAT32, IMAGES * 15, 2)));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("max_pool", "max_pool_signs", "max_pool_backward");
    }

    /** Of a series 1, 5, 5, 2 in windows of 1x3, the second is the largest, number 1. */
    @Test
    void windowsDifferByAxis() {
        PoolingShape series = new PoolingShape(1, 4, 1, 1, 3);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = new Matrix(FLOAT32, 4, 1, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 5, 5, 2));
            Matrix pooled = new Matrix(FLOAT32, 1, 1, arena.allocate(4, 64));
            Matrix argmax = new Matrix(UINT8, 1, 1, arena.allocate(1));
            MaxPoolKernel.maxPool(arena, series, 1, x, pooled, argmax).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(5);
            assertThat(argmax.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
            MaxPoolKernel.backward(arena, series, 1, pooled, argmax, x).run(0, 1);
            assertThat(x.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 5, 0, 0);
        }
    }
}
