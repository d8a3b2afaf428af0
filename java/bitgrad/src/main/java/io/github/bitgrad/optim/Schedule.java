package io.github.bitgrad.optim;

import io.github.bitgrad.Names;

/** How the learning rate goes on from where it starts. */
public enum Schedule {
    /** It stays. */
    CONSTANT("constant") {
        @Override
        public Course start(float rate, long steps) {
            return step -> rate;
        }
    },
    /** A tenth of it after half of all steps, a hundredth after three quarters. */
    STEP("step") {
        @Override
        public Course start(float rate, long steps) {
            return step -> 2 * step < steps ? rate : 4 * step < 3 * steps ? rate / 10 : rate / 100;
        }
    },
    /** Half a period of a cosine, from the rate down to 0 (Loshchilov and Hutter, arXiv 1608.03983, no restarts). */
    COSINE("cosine") {
        @Override
        public Course start(float rate, long steps) {
            return step -> (float) (rate * 0.5 * (1 + sine(Math.PI * (0.5 - (double) step / steps))));
        }
    },
    /** Half of it whenever the training loss was not better than its best for {@link #PATIENCE} epochs. */
    PLATEAU("plateau") {
        @Override
        public Course start(float rate, long steps) {
            return new Course() {
                private float current = rate;
                private double best = Double.POSITIVE_INFINITY;
                private int epochsSinceBest;

                @Override
                public float rate(long step) {
                    return current;
                }

                @Override
                public void epochEnded(double trainLoss) {
                    epochsSinceBest++;
                    if (trainLoss < best) {
                        best = trainLoss;
                        epochsSinceBest = 0;
                    } else if (epochsSinceBest == PATIENCE) {
                        current /= 2;
                        epochsSinceBest = 0;
                    }
                }
            };
        }
    };

    /** Epochs without a better loss before {@link #PLATEAU} halves the rate. The paper waits 50 of its 1000. */
    public static final int PATIENCE = 5;

    /** A schedule under way. */
    @FunctionalInterface
    public interface Course {
        /** The learning rate of a step, counted from 0. */
        float rate(long step);

        /** Tells how an epoch went. */
        default void epochEnded(double trainLoss) {
            // most schedules do not ask
        }
    }

    /** Terms of the sine's series that are more than nothing beside its value, in double precision, up to π/2. */
    private static final int SINE_TERMS = 12;

    private final String label;

    Schedule(String label) {
        this.label = label;
    }

    /**
     * Begins a training.
     *
     * @param rate the learning rate to start from
     * @param steps that the training will take
     */
    public abstract Course start(float rate, long steps);

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Schedule named(String name) {
        return Names.find("schedule", name, values());
    }

    /** For angles within ±π/2, the same on every machine: {@link StrictMath#cos} would allocate. */
    private static double sine(double angle) {
        double sum = 0;
        double term = angle;
        for (int i = 1; i <= SINE_TERMS; i++) {
            sum += term;
            term *= -angle * angle / (2 * i * (2 * i + 1));
        }
        return sum;
    }
}
