package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegroupKernelTest extends KernelContract {
    private static final List<Call> CALLS = List.of(
            bound("flatten_bits", 2, (_, m) -> RegroupKernel.flatten(m[0], m[1])::run, matrix("from", BITS, 8, 5),
                    matrix("to", BITS, 2, 20)),
            bound("bytes_to_bits", 8, (_, m) -> RegroupKernel.bytesToBits(m[0], m[1])::run,
                    matrix("bytes", UINT8, 8, 5), matrix("bits", BITS, 8, 40)));

    @Override
    List<Call> calls() {
        return CALLS;
    }

    @Override
    Set<String> operations() {
        return Set.of("flatten_bits", "bytes_to_bits");
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
    void bytesToBitsBeginsWithTheLeastBitOfTheFirstByte() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix bytes = new Matrix(UINT8, 1, 2, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 0x80));
            Matrix to = new Matrix(BITS, 1, 16, arena.allocateFrom(ValueLayout.JAVA_LONG, -1L));
            RegroupKernel.bytesToBits(bytes, to).run(0, 1);
            assertThat(to.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x8001);
        }
    }
}
