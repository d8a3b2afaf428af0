package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void raspberryPi() {
        assertThat(Machine.hardware(Machines.raspberryPi(""))).containsExactly(
                entry("computer", "Raspberry Pi 4 Model B Rev 1.5"), entry("CPU", "Cortex-A72"), entry("cores", "4"),
                entry("highest frequency", "1800 MHz"), entry("memory", "925.79 MiB"), entry("page size", "4 kB"),
                entry("system", "Debian GNU/Linux 13 (trixie)"), entry("kernel", "6.12.34+rpt-rpi-v8"));
        assertThat(Machines.raspberryPi("").availableBytes()).isEqualTo(300L << 20);
    }

    @Test
    void server() {
        assertThat(Machine.hardware(Machines.server())).containsExactly(entry("CPU", "AMD EPYC 9R14"),
                entry("cores", "2"), entry("memory", "16000.00 MiB"));
    }

    @Test
    void whatTheSystemDoesNotTellIsLeftOut() {
        assertThat(Machine.hardware(Machines.unknown())).isEmpty();
        assertThat(Machines.unknown().availableBytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void thisMachineIsKnown() {
        assertThat(Machine.facts(MachineFiles.ofThisMachine()))
                .containsKeys("CPU", "cores", "memory", "page size", "system", "kernel", "Java")
                .containsEntry("architecture", System.getProperty("os.arch"));
    }
}
