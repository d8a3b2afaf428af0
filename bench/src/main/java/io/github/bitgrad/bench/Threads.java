package io.github.bitgrad.bench;

/** The parameter {@code threads} of benchmarks. */
public final class Threads {
    /** As many threads as there are cores. */
    public static final String ALL = "all";

    private Threads() {
    }

    /** The number of threads that a value of the parameter stands for. */
    static int named(String threads) {
        return threads.equals(ALL) ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads);
    }
}
