package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlasTest extends KernelContract {
    private static final List<Call> CALLS = List.of(sgemm(false, false), sgemm(false, true), sgemm(true, false));

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
        return Set.of("sgemm");
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
