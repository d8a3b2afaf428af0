package io.github.bitgrad.step;

/**
 * The numbers that change from step to step, read by the operations that need them: how many steps there were, and the
 * learning rate.
 */
public final class Progress {
    /**
     * Steps that a moving average looks back over, once there were as many. Signs of weights flip in every step, so older
     * statistics are those of another network: with 50 in place of 20, MNIST tested 13 points lower after an epoch.
     */
    private static final int AVERAGE_STEPS = 20;

    /** The golden ratio in 64 bits: the step of SplitMix64, as far from any simple pattern as a step can be. */
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final long seed;
    private long step;
    private float rate;

    /** Before the first step, where nothing is drawn at random. */
    public Progress() {
        this(0);
    }

    /**
     * Before the first step.
     *
     * @param seed what random numbers follow from
     */
    public Progress(long seed) {
        this.seed = seed;
    }

    /** Says that the next step begins, with this learning rate. */
    public void next(float learningRate) {
        step++;
        rate = learningRate;
    }

    /** Says that so many steps were taken before, by a training that is continued. */
    public void continueAfter(long steps) {
        step = steps;
    }

    /** The running step, from 1; 0 before the first. */
    public long step() {
        return step;
    }

    /** The learning rate of the running step. */
    public float rate() {
        return rate;
    }

    /** A number that depends on the seed, the step and what it is for alone: gradients of layer n draw n, its weights −1 − n. */
    public int random(int purpose) {
        long mixed = (seed * GOLDEN_RATIO + step) * GOLDEN_RATIO + purpose;
        mixed = (mixed ^ mixed >>> 32) * GOLDEN_RATIO;
        return (int) (mixed >>> 32);
    }

    /** Adam's correction of an average that began at zero: 1 / (1 − decay^step). */
    public float correction(float decay) {
        return (float) (1 / (1 - power(decay, step)));
    }

    /** By squaring: {@link StrictMath#pow} would allocate. */
    private static double power(double base, long exponent) {
        double power = 1;
        double square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                power *= square;
            }
            square *= square;
        }
        return power;
    }

    /** What a moving average keeps: 0 at the first step, so that it needs no correction, then 1/2, 2/3, … */
    float averageDecay() {
        return 1 - 1.0f / Math.min(step, AVERAGE_STEPS);
    }
}
