package io.github.bitgrad.step;

/**
 * Tells operations which step of the training is running, what its learning rate is, and the random numbers of the
 * step. A training has one clock, and moves it on before each step.
 */
public sealed class TrainingClock {
    /** A clock that tells what another one tells, but for the learning rate. */
    private static final class WithRate extends TrainingClock {
        private final TrainingClock clock;
        private final float rate;

        WithRate(TrainingClock clock, float rate) {
            this.clock = clock;
            this.rate = rate;
        }

        @Override
        public long step() {
            return clock.step();
        }

        @Override
        public int parts() {
            return clock.parts();
        }

        @Override
        public int part() {
            return clock.part();
        }

        @Override
        public int measured() {
            return clock.measured();
        }

        @Override
        public float rate() {
            return rate;
        }

        @Override
        public int random(int purpose) {
            return clock.random(purpose);
        }
    }

    /** The golden ratio in 64 bits: the step of SplitMix64, as far from any simple pattern as a step can be. */
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final long seed;
    private final int parts;
    private long step;
    private int part;
    private float rate;
    private int measured;

    /** A clock before the first step, for what draws no random numbers. */
    public TrainingClock() {
        this(0);
    }

    /**
     * A clock before the first step.
     *
     * @param seed the number that random numbers follow from
     */
    public TrainingClock(long seed) {
        this(seed, 1);
    }

    /**
     * A clock before the first step.
     *
     * @param seed the number that random numbers follow from
     * @param parts the number of parts of a step, at least 1. Gradients are added up over the parts, and the last part
     *            updates the weights
     */
    public TrainingClock(long seed, int parts) {
        this.seed = seed;
        this.parts = parts;
    }

    /** Begins the first part of the next step, with this learning rate. */
    public void next(float learningRate) {
        step++;
        part = 0;
        rate = learningRate;
    }

    /** Begins the next part of the running step. */
    public void nextPart() {
        part++;
    }

    /** The number of parts of a step. */
    public int parts() {
        return parts;
    }

    /** The number of the running part of the step, from 0. */
    public int part() {
        return part;
    }

    /** Whether the running part is the last one of its step, after which the weights are updated. */
    public boolean isLastPart() {
        return part() == parts() - 1;
    }

    /**
     * A clock that tells the step and the random numbers of this one, but always this learning rate. Only this clock is
     * to be moved on.
     */
    public final TrainingClock withRate(float learningRate) {
        return new WithRate(this, learningRate);
    }

    /** Sets the number of steps that a training, which is to be continued, has taken before. */
    public void continueAfter(long steps) {
        step = steps;
    }

    /** The number of the running step, from 1; 0 before the first. */
    public long step() {
        return step;
    }

    /** Begins the next batch whose statistics are measured, with its number, from 1. This is no step. */
    public void measure(int number) {
        measured = number;
    }

    /** The number of the batch whose statistics are measured now, from 1. */
    public int measured() {
        return measured;
    }

    /** The learning rate of the running step. */
    public float rate() {
        return rate;
    }

    /**
     * 32 random bits, which depend on the seed, the running step, its part and a purpose alone.
     *
     * @param purpose n for the gradients of layer n, −1 − n for its weights
     */
    public int random(int purpose) {
        long mixed = (seed * GOLDEN_RATIO + step) * GOLDEN_RATIO + purpose + ((long) part << Integer.SIZE);
        mixed = (mixed ^ mixed >>> 32) * GOLDEN_RATIO;
        return (int) (mixed >>> 32);
    }
}
