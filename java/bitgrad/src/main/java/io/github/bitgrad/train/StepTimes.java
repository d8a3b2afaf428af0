package io.github.bitgrad.train;

import java.util.Arrays;

/**
 * How long the operations of a step took in the later steps of those that were timed. The first steps are slower, until
 * Java has compiled them, so they are left out: of 2ᵏ to 2ᵏ⁺¹ − 1 steps, those before step 2ᵏ⁻¹. These are at most half of
 * the steps. A single step is not left out.
 */
final class StepTimes {
    /** Of steps 2ᵏ⁻¹ to 2ᵏ − 1, counted from 0, in nanoseconds. */
    private final long[] earlier;
    private long earlierSteps;
    /** Of the steps from 2ᵏ on. */
    private final long[] current;
    private long currentSteps;
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
        currentSteps++;
        if (Long.bitCount(taken) == 1) {
            System.arraycopy(current, 0, earlier, 0, current.length);
            earlierSteps = currentSteps;
            Arrays.fill(current, 0);
            currentSteps = 0;
        }
    }

    /** How many steps are not left out. */
    long steps() {
        return earlierSteps + currentSteps;
    }

    /** How long an operation took on average, in nanoseconds; 0 if no step has ended. */
    double mean(int operation) {
        return (double) (earlier[operation] + current[operation]) / Math.max(1, steps());
    }
}
