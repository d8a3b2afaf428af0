package io.github.bitgrad.bench.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class WarningsTest {
    private static Condition condition(String governor, int throttling, long throttlings, double load) {
        return new Condition(List.of(governor), List.of(), OptionalDouble.empty(), OptionalInt.of(throttling),
                throttlings, load);
    }

    private static final Condition GOOD = condition("performance", 0, 7, 0.1);

    @Test
    void aMachineThatIsReadyGivesNone() {
        assertThat(Warnings.before(Map.of("OPENBLAS_CORETYPE", "", "HOME", "/root"), GOOD)).isEmpty();
        assertThat(Warnings.during(GOOD, GOOD)).isEmpty();
    }

    @Test
    void variablesThatChooseKernels() {
        assertThat(Warnings.before(Map.of("OPENBLAS_CORETYPE", "Haswell", "BITGRAD_ISA", "scalar"), GOOD))
                .containsExactly(
                        "OPENBLAS_CORETYPE is set to Haswell, so OpenBLAS may not use the kernels that it would"
                                + " choose for this CPU; unset it.",
                        "BITGRAD_ISA is set to scalar, so bitgrad may not use the fastest kernels of this CPU; unset it.");
    }

    @Test
    void aGovernorThatSavesPower() {
        assertThat(Warnings.before(Map.of(), condition("ondemand", 0, 0, 0))).singleElement().asString()
                .startsWith("The governor ondemand lowers the frequency of the CPU at times; set another with");
    }

    @Test
    void throttlingAndLoadBeforeTheRun() {
        assertThat(Warnings.before(Map.of(), condition("performance", 0x10000, 0, 1.25))).containsExactly(
                "The firmware says that the voltage is too low or was since the start; see to cooling and power supply,"
                        + " and start the machine again.",
                "Other programs are running (the load is 1.25); end them, and wait until it is below 0.5.");
    }

    @Test
    void throttlingDuringTheRunIsWhatWasNotThereBefore() {
        Condition before = condition("performance", 0x10000, 7, 0);
        assertThat(Warnings.during(before, condition("performance", 0x50000, 9, 3))).containsExactly(
                "During the run, the firmware began to say that the CPU is throttled or was since the start; see to"
                        + " cooling and power supply, and run again.",
                "During the run, the CPU was throttled 2 times because it was too hot; see to cooling, and run again.");
    }
}
