package io.github.bitgrad.cli;

import io.github.bitgrad.kernel.Isa;
import picocli.CommandLine.Option;

/** The options that say what a command uses of the machine. */
final class MachineOptions {
    @Option(names = "--threads", paramLabel = "N", converter = PositiveInteger.class,
            description = "Threads that compute, all processors unless set; results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--isa", paramLabel = "NAME",
            description = "Instruction-set level: scalar, avx2, avx512 or neon; unless set, what environment variable "
                    + Isa.ENVIRONMENT + " names, or the highest that this machine has.")
    private String isa;

    int threads() {
        return threads;
    }

    /**
     * Chooses the instruction-set level for this process. Must be called before anything else loads kernels.
     *
     * @return the name of the level
     */
    String selectIsa() {
        if (isa != null) {
            Isa.select(isa, "option --isa");
        }
        return Isa.selected().name();
    }
}
