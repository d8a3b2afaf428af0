package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MaxPoolPackedKernelTest extends KernelContract {
    private static final PoolingShape POOLING = new PoolingShape(4, 4, 5, 2);
    private static final long IMAGES = 2;
    private static final long PIXELS = 32;
    private static final long WINDOWS = 8;
    private static final Operand Y = matrix("y", INT16, PIXELS, 5);
    private static final Operand POOLED = matrix("pooled", INT16, WINDOWS, 5);
    private static final Operand SIGNS = matrix("signs", BITS, PIXELS, 5);
    private static final Operand POOLED_SIGNS = matrix("pooled", BITS, WINDOWS, 5);

    private static final List<Call> CALLS = List.of(
            bound("max_pool_int16", IMAGES,
                    (arena, m) -> MaxPoolPackedKernel.maxPool(arena, POOLING, IMAGES, m[0], m[1], m[2], 64)::run, Y,
                    POOLED, matrix("argmax", BITS, 2 * WINDOWS, 69)),
            bound("max_pool_int16", IMAGES,
                    (arena, m) -> MaxPoolPackedKernel.maxPool(arena, POOLING, IMAGES, m[0], m[1])::run, Y, POOLED),
            bound("max_pool_bits", IMAGES,
                    (arena, m) -> MaxPoolPackedKernel.maxPoolSigns(arena, POOLING, IMAGES, m[0], m[1], m[2],
                            m[3])::run,
                    SIGNS, matrix("straight_through", BITS, PIXELS, 5), POOLED_SIGNS,
                    matrix("pooled_straight_through", BITS, WINDOWS, 5)),
            bound("max_pool_bits", IMAGES,
                    (arena, m) -> MaxPoolPackedKernel.maxPoolSigns(arena, POOLING, IMAGES, m[0], m[1])::run, SIGNS,
                    POOLED_SIGNS));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("max_pool_int16", "max_pool_bits");
    }

    private static Matrix bits(Arena arena, long... rows) {
        return new Matrix(BITS, rows.length, 1, arena.allocateFrom(ValueLayout.JAVA_LONG, rows));
    }

    /** Of 1, 5, 5, 2 the second is the largest, number 1. */
    @Test
    void maxPoolKeepsTheFirstOfTheLargest() {
        PoolingShape window = new PoolingShape(2, 2, 1, 2);
        try (Arena arena = Arena.ofConfined()) {
            Matrix y = new Matrix(INT16, 4, 1,
                    arena.allocateFrom(ValueLayout.JAVA_SHORT, (short) 1, (short) 5, (short) 5, (short) 2));
            Matrix pooled = new Matrix(INT16, 1, 1, arena.allocate(2, 64));
            Matrix argmax = new Matrix(BITS, 2, 17, arena.allocate(16, 64));
            MaxPoolPackedKernel.maxPool(arena, window, 1, y, pooled, argmax, 16).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 5);
            assertThat(argmax.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(1 << 16, 0);
            pooled.segment().fill((byte) 0);
            MaxPoolPackedKernel.maxPool(arena, window, 1, y, pooled).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 5);
        }
    }

    /** Windows of 4x1 have numbers of two bits, as those of 2x2 have: here the last, 3. */
    @Test
    void windowsDifferByAxis() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix y = new Matrix(INT16, 4, 1,
                    arena.allocateFrom(ValueLayout.JAVA_SHORT, (short) 1, (short) 5, (short) -5, (short) 7));
            Matrix pooled = new Matrix(INT16, 1, 1, arena.allocate(2, 64));
            Matrix argmax = bits(arena, 0, 0);
            MaxPoolPackedKernel.maxPool(arena, new PoolingShape(4, 1, 1, 4, 1), 1, y, pooled, argmax, 0).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 7);
            assertThat(argmax.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(1, 1);
        }
    }

    /** The second sign is the first that is set, and straight-through there only. */
    @Test
    void maxPoolOfSignsKeepsTheFirstThatIsSet() {
        PoolingShape window = new PoolingShape(2, 2, 1, 2);
        try (Arena arena = Arena.ofConfined()) {
            Matrix signs = bits(arena, 0, 1, 1, 0);
            Matrix pooled = bits(arena, 0);
            Matrix pooledStraightThrough = bits(arena, 0);
            MaxPoolPackedKernel.maxPoolSigns(arena, window, 1, signs, bits(arena, 0, 1, 0, 0), pooled,
                    pooledStraightThrough).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            assertThat(pooledStraightThrough.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            MaxPoolPackedKernel.maxPoolSigns(arena, window, 1, signs, bits(arena, 1, 0, 1, 1), pooled,
                    pooledStraightThrough).run(0, 1);
            assertThat(pooledStraightThrough.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0);
            pooled.segment().fill((byte) 0);
            MaxPoolPackedKernel.maxPoolSigns(arena, window, 1, signs, pooled).run(0, 1);
            assertThat(pooled.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
        }
    }
}
