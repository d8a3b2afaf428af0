package io.github.bitgrad.optim;

import java.util.Map;
import java.util.SequencedMap;

/**
 * Multiplies the learning rate with a factor whenever a measure of the training has not been better than its best for
 * some epochs.
 *
 * @param follows the measure
 * @param patience epochs without a better measure before the rate falls, at least 1
 * @param factor what the rate is then multiplied with, from 0 and below 1
 */
public record Plateau(Measure follows, int patience, float factor) implements Adjustable {
    /** What a plateau is of. */
    public enum Measure {
        /**
         * The fraction of the images that the network is tested with after each epoch that are classified correctly,
         * which is to rise. A training with such a schedule must be given such images: a validation part, or test images.
         */
        TEST_ACCURACY("plateau"),
        /** The mean loss over the steps of an epoch, which is to fall. */
        TRAIN_LOSS("loss-plateau"),
        /** The fraction of the images of an epoch that are classified correctly in their steps, which is to rise. */
        TRAIN_ACCURACY("accuracy-plateau");

        private final String schedule;

        Measure(String schedule) {
            this.schedule = schedule;
        }
    }

    /** Half of the rate after 50 epochs without a better test accuracy (Wang et al., who train for 1000 epochs). */
    public static final Plateau OF_ACCURACY = new Plateau(Measure.TEST_ACCURACY, 50, 0.5f);
    /** Half of the rate after 5 epochs without a better training loss. */
    public static final Plateau OF_LOSS = new Plateau(Measure.TRAIN_LOSS, 5, 0.5f);

    /** Half of the rate after 5 epochs without a better training accuracy. */
    public static final Plateau OF_TRAIN_ACCURACY = new Plateau(Measure.TRAIN_ACCURACY, 5, 0.5f);

    /** @throws IllegalArgumentException where a number is out of its range */
    public Plateau {
        if (patience < 1) {
            throw new IllegalArgumentException(
                    "The patience of %s must be at least 1, but is %s.".formatted(follows.schedule, patience));
        }
        NumberRange.FRACTION.require(follows.schedule, "factor", factor);
    }

    @Override
    public String name() {
        return follows.schedule;
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Adjustable.super.numbers();
        numbers.put("patience", patience);
        numbers.put("factor", factor);
        return numbers;
    }

    @Override
    public Plateau with(Map<String, Number> numbers) {
        return new Plateau(follows, numbers.get("patience").intValue(), numbers.get("factor").floatValue());
    }

    @Override
    public Course start(float rate, long steps) {
        return new Course() {
            private float current = rate;
            /** The larger the better. */
            private double best = Double.NEGATIVE_INFINITY;
            private int epochsSinceBest;

            @Override
            public boolean followsTests() {
                return follows == Measure.TEST_ACCURACY;
            }

            @Override
            public float rate(long step) {
                return current;
            }

            @Override
            public void epochEnded(EpochResult epoch) {
                double measure = switch (follows) {
                    case TEST_ACCURACY -> epoch.testAccuracy().orElseThrow();
                    case TRAIN_LOSS -> -epoch.trainLoss();
                    case TRAIN_ACCURACY -> epoch.trainAccuracy();
                };
                epochsSinceBest++;
                if (measure > best) {
                    best = measure;
                    epochsSinceBest = 0;
                } else if (epochsSinceBest == patience) {
                    current *= factor;
                    epochsSinceBest = 0;
                }
            }
        };
    }
}
