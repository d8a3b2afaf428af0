package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class ConditionTest {
    @Test
    void raspberryPi() {
        assertThat(Condition.of(Machines.raspberryPi("throttled=0x50005\n")).facts()).containsExactly(
                entry("governor", "ondemand"), entry("frequency", "600 to 1800 MHz"), entry("temperature", "48.3 °C"),
                entry("throttling", "the voltage is too low now, the voltage is too low or was since the start,"
                        + " the CPU is throttled now, the CPU is throttled or was since the start"),
                entry("load", "0.12"));
    }

    @Test
    void nothingIsThrottled() {
        assertThat(Condition.of(Machines.raspberryPi("throttled=0x0\n")).facts())
                .containsEntry("throttling", "none since the start of the machine");
    }

    @Test
    void firmwareThatRefusesTellsNothing() {
        assertThat(Condition.of(Machines.raspberryPi("VCHI initialization failed\n")).facts())
                .doesNotContainKey("throttling");
    }

    @Test
    void server() {
        Condition condition = Condition.of(Machines.server());
        assertThat(condition.facts()).containsExactly(entry("frequency", "2600 to 3700 MHz"), entry("load", "3.10"));
        assertThat(condition.throttlings()).isEqualTo(5);
    }

    @Test
    void whatTheSystemDoesNotTellIsLeftOut() {
        assertThat(Condition.of(Machines.unknown()).facts()).containsExactly(entry("load", "0.00"));
    }
}
