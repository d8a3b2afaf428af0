package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegroupKernelTest extends KernelContract {
    private static final List<Call> CALLS = List.of(
            bound("flatten_bits", 2, (_, m) -> RegroupKernel.flatten(m[0], m[1])::run, matrix("from", BITS, 8, 5),
                    matrix("to", BITS, 2, 20)),
            bound("join_bits", 8, (_, m) -> RegroupKernel.join(m[0], m[1], 67)::run, matrix("from", BITS, 8, 5),
                    matrix("to", BITS, 8, 72)),
            bound("bytes_to_bits", 8, (_, m) -> RegroupKernel.bytesToBits(m[0], m[1])::run,
                    matrix("bytes", UINT8, 8, 5), matrix("bits", BITS, 8, 40)));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("flatten_bits", "join_bits", "bytes_to_bits");
    }

    @Test
    void flattenLeavesPaddingOut() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix from = new Matrix(BITS, 2, 3, arena.allocateFrom(ValueLayout.JAVA_LONG, 0b101, 0b011));
            Matrix to = new Matrix(BITS, 1, 6, arena.allocateFrom(ValueLayout.JAVA_LONG, -1L));
            RegroupKernel.flatten(from, to).run(0, 1);
            assertThat(to.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0b011_101);
        }
    }

    @Test
    void joinedBitsFollowThoseBefore() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix before = new Matrix(BITS, 1, 62, arena.allocateFrom(ValueLayout.JAVA_LONG, 0b110));
            Matrix from = new Matrix(BITS, 1, 4, arena.allocateFrom(ValueLayout.JAVA_LONG, 0b1011));
            Matrix to = new Matrix(BITS, 1, 66, arena.allocateFrom(ValueLayout.JAVA_LONG, -1L, -1L));
            RegroupKernel.join(before, to, 0).run(0, 1);
            RegroupKernel.join(from, to, 62).run(0, 1);
            assertThat(to.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(0b110 | 0b11L << 62, 0b10);
        }
    }

    @Test
    void columnsBehindTheLastAreRefused() {
        Matrix from = new Matrix(BITS, 1, 5, arena.allocate(8));
        Matrix to = new Matrix(BITS, 1, 9, arena.allocate(8));
        for (long first : new long[] {-1, 5, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> RegroupKernel.join(from, to, first)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("join_bits");
        }
    }

    @Test
    void bytesToBitsBeginsWithTheLeastBitOfTheFirstByte() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix bytes = new Matrix(UINT8, 1, 2, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 0x80));
            Matrix to = new Matrix(BITS, 1, 16, arena.allocateFrom(ValueLayout.JAVA_LONG, -1L));
            RegroupKernel.bytesToBits(bytes, to).run(0, 1);
            assertThat(to.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x8001);
        }
    }
}
