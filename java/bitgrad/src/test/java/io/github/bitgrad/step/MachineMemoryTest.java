package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineMemoryTest {
    @Test
    void memoryAndSwapSpaceCount() {
        assertThat(MachineMemory.bytes("MemTotal:        4000 kB\nMemFree:  100 kB\nSwapTotal:       24 kB\n"))
                .hasValue(4024 << 10);
        assertThat(MachineMemory.bytes("nothing that is known")).isEmpty();
    }

    @Test
    void thisMachineHasMoreThanThisProgramUses() {
        assertThat(MachineMemory.bytes().orElseThrow()).isGreaterThan(Runtime.getRuntime().totalMemory());
    }
}
