package io.github.bitgrad.bench.kit;

import io.github.bitgrad.cli.Units;
import io.github.bitgrad.kernel.Isa;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What spoils figures, each in one sentence that says what to do. */
final class Warnings {
    private static final String CORE = "OPENBLAS_CORETYPE";
    private static final String FAST = "performance";
    /** More than the programs of a machine that has nothing to do. */
    private static final double MOST_LOAD = 0.5;

    private Warnings() {
    }

    /** What spoils a run that begins in such a state. */
    static List<String> before(Map<String, String> environment, Condition condition) {
        List<String> warnings = new ArrayList<>();
        String core = environment.getOrDefault(CORE, "");
        if (!core.isEmpty()) {
            warnings.add(
                    "%s is set to %s, so OpenBLAS may not use the kernels that it would choose for this CPU; unset it."
                            .formatted(CORE, core));
        }
        String isa = environment.getOrDefault(Isa.ENVIRONMENT, "");
        if (!isa.isEmpty()) {
            warnings.add("%s is set to %s, so bitgrad may not use the fastest kernels of this CPU; unset it."
                    .formatted(Isa.ENVIRONMENT, isa));
        }
        condition.governors().stream().filter(governor -> !governor.equals(FAST)).forEach(governor -> warnings.add(
                "The governor %s lowers the frequency of the CPU at times; set another with \"echo %s | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor\"."
                        .formatted(governor, FAST)));
        if (condition.throttling().orElse(0) != 0) {
            warnings.add("The firmware says that %s; see to cooling and power supply, and start the machine again."
                    .formatted(String.join(", ", Throttling.in(condition.throttling().getAsInt()))));
        }
        if (condition.load() > MOST_LOAD) {
            warnings.add(Units.format(
                    "Other programs are running (the load is %.2f); end them, and wait until it is below %.1f.",
                    condition.load(), MOST_LOAD));
        }
        return warnings;
    }

    /** What has spoiled a run between two states. */
    static List<String> during(Condition before, Condition after) {
        List<String> warnings = new ArrayList<>();
        int appeared = after.throttling().orElse(0) & ~before.throttling().orElse(0);
        if (appeared != 0) {
            warnings.add(
                    "During the run, the firmware began to say that %s; see to cooling and power supply, and run again."
                            .formatted(String.join(", ", Throttling.in(appeared))));
        }
        if (after.throttlings() > before.throttlings()) {
            warnings.add(
                    "During the run, the CPU was throttled %s times because it was too hot; see to cooling, and run again."
                            .formatted(after.throttlings() - before.throttlings()));
        }
        return warnings;
    }
}
