package io.github.bitgrad.cli;

import io.github.bitgrad.kernel.Isa;
import picocli.CommandLine.Option;

/** The options that say how a command uses the machine. */
final class MachineOptions {
    @Option(names = "--threads", paramLabel = "N", converter = PositiveInteger.class,
            description = "Threads that compute. The default is the number of processors. Results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    static final String ISA_DESCRIPTION =
            "Instruction-set level: scalar, avx2, avx512 or neon. The default is the environment variable "
                    + Isa.ENVIRONMENT + ", or the highest level that this machine has.";

    @Option(names = "--isa", paramLabel = "NAME", description = ISA_DESCRIPTION)
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
        return selectIsa(isa);
    }

    /** Does this for a command that has no other options of the machine. */
    static String selectIsa(String isa) {
        if (isa != null) {
            Isa.select(isa, "option --isa");
        }
        return Isa.selected().name();
    }
}
