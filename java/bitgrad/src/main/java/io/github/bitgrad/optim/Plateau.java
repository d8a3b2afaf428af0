package io.github.bitgrad.optim;

import java.util.SequencedMap;

/**
 * Multiplies the learning rate with a factor whenever the training loss has not been better than its best for some
 * epochs.
 *
 * @param patience epochs without a better loss before the rate falls, at least 1
 * @param factor what the rate is then multiplied with, from 0 and below 1
 */
public record Plateau(int patience, float factor) implements Schedule {
    /** Half of the rate after 5 epochs. The paper waits for 50 of its 1000. */
    public static final Plateau DEFAULT = new Plateau(5, 0.5f);

    /** @throws IllegalArgumentException where a number is out of its range */
    public Plateau {
        if (patience < 1) {
            throw new IllegalArgumentException(
                    "The patience of plateau must be at least 1, but is %s.".formatted(patience));
        }
        NumberRange.FRACTION.require("plateau", "factor", factor);
    }

    @Override
    public String name() {
        return "plateau";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Schedule.super.numbers();
        numbers.put("patience", patience);
        numbers.put("factor", factor);
        return numbers;
    }

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
                } else if (epochsSinceBest == patience) {
                    current *= factor;
                    epochsSinceBest = 0;
                }
            }
        };
    }
}
