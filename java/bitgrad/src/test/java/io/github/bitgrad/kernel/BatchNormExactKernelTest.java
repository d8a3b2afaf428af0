package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchNormExactKernelTest extends KernelContract {
    private static final long ROWS = 512;
    private static final long BLOCKS = 2;
    private static final long CHANNELS = 5;
    /** The number of columns of which the channels are the last. */
    private static final long COLUMNS = 69;
    private static final long FIRST = 64;

    private static final List<Call> CALLS = List.of(sums(FLOAT16, INT16), sums(FLOAT32, FLOAT32),
            bound("batch_norm_exact_coefficients", CHANNELS,
                    (arena, m) -> BatchNormExactKernel.coefficients(arena, m[0], ROWS, m[1],
                            new BatchNormBackwardKernel.Results(m[2], m[3], m[4]))::run,
                    matrix("sums", FLOAT32, BLOCKS, 4 * CHANNELS), channel("deviation"), channel("beta_gradient"),
                    matrix("coefficients", FLOAT32, 3, CHANNELS), channel("squares")));

    private static Operand channel(String name) {
        return matrix(name, FLOAT32, 1, CHANNELS);
    }

    private static Call sums(ElementType type, ElementType ofY) {
        return bound("batch_norm_exact_sums", ROWS,
                (arena, m) -> BatchNormExactKernel.sums(arena, m[0], m[2], m[3], FIRST, m[1], m[4])::run,
                matrix("gradient", type, ROWS, CHANNELS), matrix("signs", BITS, ROWS, COLUMNS),
                matrix("y", ofY, ROWS, CHANNELS), channel("mean"), matrix("sums", FLOAT32, BLOCKS, 4 * CHANNELS));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("batch_norm_exact_sums", "batch_norm_exact_coefficients");
    }

    private static Matrix floats(Arena arena, long rows, float... values) {
        return new Matrix(FLOAT32, rows, values.length / rows, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    /** Of y = 1, 3, 8 with the mean 4 and gradients 1, 2, 3: d = −3, −1, 4, the sums are 6, 7, 14, and −1 of signs. */
    @Test
    void coefficientsAreOfTheExactDerivative() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix sums = floats(arena, 1, new float[4]);
            Matrix signs = new Matrix(BITS, 3, 1, arena.allocate(24, 8));
            BatchNormExactKernel.sums(arena, floats(arena, 3, 1, 2, 3), floats(arena, 3, 1, 3, 8), floats(arena, 1, 4),
                    0, signs, sums).run(0, 3);
            assertThat(sums.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(6, 7, 14, -1);
            assertThat(signs.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(0, 0, 1);

            Matrix betaGradient = floats(arena, 1, 0);
            Matrix coefficients = floats(arena, 3, new float[3]);
            Matrix squares = floats(arena, 1, 0);
            BatchNormExactKernel.coefficients(arena, sums, 3, floats(arena, 1, 2),
                    new BatchNormBackwardKernel.Results(betaGradient, coefficients, squares)).run(0, 1);
            double slope = Math.sqrt(Math.PI / 2) * 7 / 3 / 4;
            float[] actual = coefficients.segment().toArray(ValueLayout.JAVA_FLOAT);
            assertThat(actual[0]).isEqualTo(0.5f);
            assertThat((double) actual[1]).isCloseTo(1 + slope * 4 / 3, within(1e-6));
            assertThat((double) actual[2]).isCloseTo(1 - slope * 2 / 3, within(1e-6));
            assertThat(betaGradient.segment().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(6);
            assertThat(squares.segment().get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(3.5f);
        }
    }
}
