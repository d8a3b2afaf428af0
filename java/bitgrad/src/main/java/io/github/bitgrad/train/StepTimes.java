package io.github.bitgrad.train;

import java.util.Arrays;

/**
 * How long the operations of a step took on average. The first steps are slower, until Java has compiled them, so they are
 * left out: the first p / 2 steps, where p is the largest power of two that is at most the number of steps. A single step
 * is not left out.
 */
final class StepTimes {
    /** The times of the steps after the first p / 2 and before the first p, in nanoseconds. */
    private final long[] earlier;
    /** The times of the steps after the first p. */
    private final long[] current;
    private long taken;

    StepTimes(int operations) {
        earlier = new long[operations];
        current = new long[operations];
    }

    /** Where the times of the operations of the running step are to be added, in nanoseconds. */
    long[] nanoseconds() {
        return current;
    }

    /** Tells that a step has ended. Allocates nothing. */
    void stepEnded() {
        taken++;
        if (taken == Long.highestOneBit(taken)) {
            System.arraycopy(current, 0, earlier, 0, current.length);
            Arrays.fill(current, 0);
        }
    }

    /** How many steps are not left out. */
    long steps() {
        return taken - Long.highestOneBit(taken) / 2;
    }

    /** How long an operation took on average, in nanoseconds; 0 if no step has ended. */
    double mean(int operation) {
        return (double) (earlier[operation] + current[operation]) / Math.max(1, steps());
    }
}
