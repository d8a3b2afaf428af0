package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiniteNumbersTest {
    /** At the ends of the pieces in which they are read, and in the last of all. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 8191, 8999})
    void findsEveryNumberThatIsNotFinite(int at) {
        try (Arena arena = Arena.ofConfined()) {
            Buffer floats = new Buffer("floats", Variable.W, ElementType.FLOAT32, 3, 3000, Life.PERSISTENT);
            Buffer halves = new Buffer("halves", Variable.W, ElementType.FLOAT16, 9, 1000, Life.PERSISTENT);
            Buffer bytes = new Buffer("bytes", Variable.W, ElementType.INT8, 1, 9000, Life.PERSISTENT);
            List<Buffer> all = List.of(bytes, floats, halves);
            new MemoryPlan(List.of(List.of(all))).allocate(arena);
            bytes.segment().fill((byte) -1);
            assertThat(FiniteNumbers.firstOutside(all)).isEmpty();
            for (float largest : new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE}) {
                floats.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, largest);
                halves.segment().setAtIndex(ValueLayout.JAVA_SHORT, at,
                        Float.floatToFloat16(Math.clamp(largest, -65504, 65504)));
                assertThat(FiniteNumbers.firstOutside(all)).isEmpty();
            }
            for (float wrong : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}) {
                halves.segment().setAtIndex(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(wrong));
                assertThat(FiniteNumbers.firstOutside(all)).contains(halves);
                floats.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, wrong);
                assertThat(FiniteNumbers.firstOutside(all)).contains(floats);
                floats.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, 0);
                halves.segment().setAtIndex(ValueLayout.JAVA_SHORT, at, (short) 0);
            }
        }
    }
}
