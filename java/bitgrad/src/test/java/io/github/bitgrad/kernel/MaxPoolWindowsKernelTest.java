package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;
import java.util.Set;

class MaxPoolWindowsKernelTest extends KernelContract {
    private static final long IMAGES = 2;
    /** Three rows of two windows of nine pixels, whose numbers take four bits. */
    private static final WindowShape WINDOWS = new WindowShape(5, 3, 2, 3, 3, 2, 2, 1, 1);
    private static final Operand POOLED = matrix("pooled", FLOAT32, IMAGES * 6, 2);
    private static final Operand ARGMAX = matrix("argmax", BITS, 4 * IMAGES * 6, 66);

    private static Operand x(ElementType type) {
        return matrix("x", type, IMAGES * 15, 2);
    }

    private static final List<Call> CALLS = List.of(without(FLOAT32), without(INT16), with(FLOAT32), with(INT16),
            bound("max_pool_windows_backward", IMAGES,
                    (arena, m) -> MaxPoolWindowsKernel.backward(arena, WINDOWS, IMAGES, m[0], m[1], 64, m[2])::run,
                    matrix("pooled_gradient", FLOAT32, IMAGES * 6, 2), ARGMAX,
                    matrix("gradient", FLOAT32, IMAGES * 15, 2)));

    private static Call without(ElementType type) {
        return bound("max_pool_windows", IMAGES,
                (arena, m) -> MaxPoolWindowsKernel.maxPool(arena, WINDOWS, IMAGES, m[0], m[1])::run, x(type), POOLED);
    }

    private static Call with(ElementType type) {
        return bound("max_pool_windows", IMAGES,
                (arena, m) -> MaxPoolWindowsKernel.maxPool(arena, WINDOWS, IMAGES, m[0], m[1], m[2], 64)::run, x(type),
                POOLED, ARGMAX);
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("max_pool_windows", "max_pool_windows_backward");
    }
}
