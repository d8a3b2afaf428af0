package io.github.bitgrad.cli;

import io.github.bitgrad.kernel.Isa;
import picocli.CommandLine.Option;

/** What a command uses of the machine. */
final class MachineOptions {
    @Option(names = "--threads", paramLabel = "N", converter = PositiveInteger.class,
            description = "Threads that compute, all processors unless set; results do not depend on it.")
    private int threads = NetworkOptions.DEFAULTS.threads();

    @Option(names = "--isa", paramLabel = "NAME",
            description = "Instruction-set level: scalar, avx2, avx512 or neon; unless set, what environment variable "
                    + Isa.ENVIRONMENT + " names, or the highest that this machine has.")
    private String isa;

    int threads() {
        return threads;
    }

    /**
     * Chooses the level for this process; before anything else loads kernels.
     *
     * @return its name
     */
    String selectIsa() {
        if (isa != null) {
            Isa.select(isa, "option --isa");
        }
        return Isa.selected().name();
    }
}
