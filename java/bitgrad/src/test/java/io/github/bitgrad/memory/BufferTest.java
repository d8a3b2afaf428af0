package io.github.bitgrad.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferTest {
    private static Buffer buffer(ElementType type, long rows, long columns) {
        return new Buffer("whole", Variable.W, type, rows, columns, Life.TEMPORARY);
    }

    @Test
    void partsLieWhereTheWholeDoes() {
        Buffer whole = buffer(ElementType.INT8, 6, 8);
        Buffer rows = whole.rows(2, 5);
        Buffer inner = rows.rows(1, 3);
        Buffer bits = inner.as(ElementType.BITS, 2, 64);
        assertThat(rows.rows()).isEqualTo(3);
        assertThat(inner.columns()).isEqualTo(8);
        assertThat(bits.whole()).isSameAs(whole).isSameAs(whole.whole());

        try (Arena arena = Arena.ofConfined()) {
            new MemoryPlan(List.of(List.of(List.of(whole)))).allocate(arena);
            for (int i = 0; i < whole.bytes(); i++) {
                whole.segment().set(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
            assertThat(rows.segment().byteSize()).isEqualTo(24);
            assertThat(rows.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 16);
            assertThat(inner.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 24);
            assertThat(bits.segment().address()).isEqualTo(inner.segment().address());
            assertThat(bits.segment().byteSize()).isEqualTo(16);
        }
    }

    @Test
    void rowsOfBitsArePaddedInPartsToo() {
        Buffer whole = buffer(ElementType.BITS, 3, 65);
        Buffer last = whole.rows(2, 3);
        try (Arena arena = Arena.ofConfined()) {
            new MemoryPlan(List.of(List.of(List.of(whole)))).allocate(arena);
            assertThat(last.segment().address() - whole.segment().address()).isEqualTo(2 * 16);
            assertThat(last.segment().byteSize()).isEqualTo(16);
        }
    }

    @Test
    void elementsAreOfOneRow() {
        Buffer row = buffer(ElementType.FLOAT32, 1, 10);
        Buffer part = row.elements(3, 10);
        try (Arena arena = Arena.ofConfined()) {
            new MemoryPlan(List.of(List.of(List.of(row)))).allocate(arena);
            row.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 4, 1.5f);
            assertThat(part.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 1)).isEqualTo(1.5f);
            assertThat(part.segment().byteSize()).isEqualTo(28);
        }
    }

    @Test
    void refusesWhatIsNoPart() {
        Buffer whole = buffer(ElementType.FLOAT32, 4, 3);
        assertThatThrownBy(() -> whole.rows(2, 5)).hasMessage("whole float32[4, 3] has no part [2, 5).");
        assertThatThrownBy(() -> whole.rows(2, 2)).hasMessage("whole float32[4, 3] has no part [2, 2).");
        assertThatThrownBy(() -> whole.elements(0, 2)).hasMessage("whole float32[4, 3] is not one row of whole bytes.");
        assertThatThrownBy(() -> whole.as(ElementType.INT8, 4, 3))
                .hasMessage("whole float32[4, 3] is not the memory of int8[4, 3].");
        try (Arena arena = Arena.ofConfined()) {
            new MemoryPlan(List.of(List.of(List.of(whole)))).allocate(arena);
            assertThatThrownBy(() -> whole.rows(0, 1))
                    .hasMessage("Buffer whole has its memory already; take parts before.");
        }
    }
}
