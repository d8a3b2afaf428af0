package io.github.bitgrad.bench.kit;

/**
 * Starts {@link Main} if this Java and this system can run it, or says in one sentence that they cannot. Like the class
 * that it uses, it is compiled for Java 8.
 */
public final class Start {
    private static final int BAD_USAGE = 2;

    private Start() {
    }

    /**
     * Starts the benchmark kit.
     *
     * @param arguments the arguments of the command line
     */
    public static void main(String[] arguments) throws Throwable {
        io.github.bitgrad.cli.Start.start("bitgrad-bench", "io.github.bitgrad.bench.kit.Main", BAD_USAGE, arguments);
    }
}
