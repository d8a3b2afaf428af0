package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels of {@link Kernels} and, beside them, sgemm. */
class KernelsTest extends KernelContract {

    /** Images of 2x3 pixels; two of them have twelve output pixels. */
    private static final ConvolutionShape CONVOLUTION = new ConvolutionShape(2, 3, 2, 3, 1, 1, 4);
    private static final MemorySegment NUMBERS = Arena.global().allocateFrom(ValueLayout.JAVA_LONG,
            CONVOLUTION.numbers());
    private static final long OUTPUTS = 12;
    private static final MaxPooling POOLING = new MaxPooling(5, 3, 2, 2);

    private static final List<Call> CALLS = List.of(
            call("im2col", OUTPUTS,
                    (s, begin, end) -> Kernels.im2col(CONVOLUTION, NUMBERS, s[0], s[1], begin, end, 0, 18),
                    matrix("x", FLOAT32, 2, 12), matrix("columns", FLOAT32, OUTPUTS, 18)),
            call("im2col_signs", OUTPUTS,
                    (s, begin, end) -> Kernels.im2colSigns(CONVOLUTION, NUMBERS, s[0], s[1], begin, end, 0, 18),
                    matrix("x", FLOAT32, 2, 12), matrix("columns", FLOAT32, OUTPUTS, 18)),
            call("col2im", OUTPUTS,
                    (s, begin, end) -> Kernels.col2im(CONVOLUTION, NUMBERS, s[0], s[1], begin, end),
                    matrix("columns", FLOAT32, OUTPUTS, 18), matrix("dx", FLOAT32, 2, 12)),
            call("max_pool", 2, (s, begin, end) -> Kernels.maxPool(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("x", FLOAT32, 2, 30), matrix("pooled", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4)),
            call("max_pool_signs", 2, (s, begin, end) -> Kernels.maxPoolSigns(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("x", FLOAT32, 2, 30), matrix("pooled", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4)),
            call("max_pool_backward", 2,
                    (s, begin, end) -> Kernels.maxPoolBackward(POOLING, s[0], s[1], s[2], begin, end),
                    matrix("pooled_gradient", FLOAT32, 2, 4), matrix("argmax", UINT8, 2, 4),
                    matrix("gradient", FLOAT32, 2, 30)),
            sgemm(false, false), sgemm(false, true), sgemm(true, false));

    /** C [3, 5] from a sum over 7, its rows and those of A and B further apart than they are long. */
    private static Call sgemm(boolean transposeA, boolean transposeB) {
        int rows = 3;
        int columns = 5;
        int sum = 7;
        int stride = 9;
        return call("sgemm", -1,
                (s, _, _) -> Blas.sgemm(transposeA, transposeB, rows, columns, sum, s[0], stride, s[1], stride, s[2],
                        stride, false),
                matrix("a", FLOAT32, 1, transposeA ? (sum - 1) * stride + rows : (rows - 1) * stride + sum),
                matrix("b", FLOAT32, 1, transposeB ? (columns - 1) * stride + sum : (sum - 1) * stride + columns),
                matrix("c", FLOAT32, 1, (rows - 1) * stride + columns));
    }

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        Set<String> operations = methods(Kernels.class);
        operations.add("sgemm");
        return operations;
    }

    @Test
    void operandsThatMayBeMissingMay() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1, 1, 1);
            MemorySegment pooled = arena.allocate(64, 64);
            Kernels.maxPool(new MaxPooling(2, 2, 1, 2), one, pooled, MemorySegment.NULL, 0, 1);
            assertThat(pooled.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(1);
        }
    }

    /** Lengths are checked by a convolution that Java knows, so C must not read another. */
    @Test
    void numbersOfAnotherConvolutionAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(1024, 64);
            for (int i = 0; i < ConvolutionShape.NUMBERS; i++) {
                long[] others = CONVOLUTION.numbers();
                others[i]++;
                MemorySegment numbers = arena.allocateFrom(ValueLayout.JAVA_LONG, others);
                assertThatThrownBy(() -> Kernels.im2col(CONVOLUTION, numbers, s, s, 0, 1, 0, 1))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("im2col: convolution");
            }
            MemorySegment tooShort = NUMBERS.asSlice(0, 48);
            assertRefused(() -> Kernels.col2im(CONVOLUTION, tooShort, s, s, 0, 1),
                    "col2im: convolution has 48 bytes, but int64[1, 7] takes 56 a row.");
        }
    }

    /** Sizes that OpenBLAS would end the process for. */
    @Test
    void sizesThatAreNoneAreRefusedBeforeOpenBlas() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(256, 64);
            assertRefused(() -> Blas.sgemm(false, false, 0, 2, 2, s, 2, s, 2, s, 2, false),
                    "sgemm: a cannot have the shape [0, 2] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 2, -1, s, 2, s, 2, s, 2, false),
                    "sgemm: a cannot have the shape [2, -1] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, true, 2, 2, 3, s, 3, s, 2, s, 2, false),
                    "sgemm: b cannot have the shape [2, 3] with rows 2 elements apart.");
            assertRefused(() -> Blas.sgemm(false, false, 2, 3, 2, s, 2, s, 3, s, 2, false),
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
            Blas.sgemm(transposeA, transposeB, 2, 2, 3, a, stride, b, stride, c, stride, false);
            float between = Float.intBitsToFloat(0x40404040);
            assertThat(c.asSlice(0, 32).toArray(ValueLayout.JAVA_FLOAT)).containsExactly(22, 28, between, between, 49,
                    64, between, between);
            Blas.sgemm(transposeA, transposeB, 2, 2, 3, a, stride, b, stride, c, stride, true);
            assertThat(c.asSlice(0, 32).toArray(ValueLayout.JAVA_FLOAT)).containsExactly(44, 56, between, between, 98,
                    128, between, between);
        }
    }
}
