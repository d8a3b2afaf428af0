package io.github.bitgrad.optim;

import java.util.Map;
import java.util.SequencedMap;

/**
 * Multiplies the learning rate with a factor after every so many epochs.
 *
 * @param every the number of epochs, at least 1
 * @param factor what the rate is then multiplied with, from 0 and below 1
 */
public record Decay(int every, float factor) implements Adjustable {
    /** A tenth of the rate after every 100 epochs, as Bop was published with (Helwegen et al., arXiv 1906.02107). */
    public static final Decay DEFAULT = new Decay(100, 0.1f);

    /** @throws IllegalArgumentException where a number is out of its range */
    public Decay {
        if (every < 1) {
            throw new IllegalArgumentException(
                    "The number of epochs that decay waits for, every, must be at least 1, but is %s."
                            .formatted(every));
        }
        NumberRange.FRACTION.require("decay", "factor", factor);
    }

    @Override
    public String name() {
        return "decay";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Adjustable.super.numbers();
        numbers.put("every", every);
        numbers.put("factor", factor);
        return numbers;
    }

    @Override
    public Decay with(Map<String, Number> numbers) {
        return new Decay(numbers.get("every").intValue(), numbers.get("factor").floatValue());
    }

    @Override
    public Course start(float rate, long steps) {
        return new Course() {
            private float current = rate;
            private int epochs;

            @Override
            public float rate(long step) {
                return current;
            }

            @Override
            public void epochEnded(EpochResult epoch) {
                epochs++;
                if (epochs % every == 0) {
                    current *= factor;
                }
            }
        };
    }
}
