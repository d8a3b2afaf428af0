package io.github.bitgrad.optim;

import io.github.bitgrad.Described;
import io.github.bitgrad.Names;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How the learning rate changes during a training. A schedule of your own implements this interface, or is made by
 * {@link #of}:
 *
 * {@snippet :
 * Schedule warmUp = Schedule.of("warm-up", (rate, steps) -> step -> rate * Math.min(1, (step + 1) / 100f));
 * }
 */
public interface Schedule extends Described {
    /** The learning rate stays as it is. */
    Schedule CONSTANT = of("constant", (rate, _) -> _ -> rate);

    /** A tenth of the learning rate from half of all steps on, and a hundredth from three quarters of them on. */
    Schedule STEP = of("step", (rate, steps) -> step -> 2 * step < steps
            ? rate
            : 4 * step < 3 * steps ? rate / 10 : rate / 100);

    /**
     * Half a period of a cosine, from the learning rate down to 0 (Loshchilov and Hutter, arXiv 1608.03983, without
     * restarts).
     */
    Schedule COSINE = of("cosine", (rate, steps) -> step -> (float) (rate * 0.5
            * (1 + Sine.of(Math.PI * (0.5 - (double) step / steps)))));

    /** {@link Plateau} of the test accuracy. */
    Schedule PLATEAU = Plateau.OF_ACCURACY;

    /** {@link Plateau} of the training loss. */
    Schedule LOSS_PLATEAU = Plateau.OF_LOSS;

    /** {@link Plateau} of the training accuracy. */
    Schedule ACCURACY_PLATEAU = Plateau.OF_TRAIN_ACCURACY;

    /** {@link Decay} with its usual numbers. */
    Schedule DECAY = Decay.DEFAULT;

    /**
     * What an epoch has come to.
     *
     * @param trainLoss the mean loss over the steps of the epoch
     * @param trainAccuracy the fraction of the epoch's images that were classified correctly in their steps, 0 to 1; NaN
     *            if an older build has trained the epoch, which did not keep it
     * @param testAccuracy the fraction of the images that the network was tested with after the epoch that were
     *            classified correctly, 0 to 1; empty if it was not tested
     */
    record EpochResult(double trainLoss, double trainAccuracy, OptionalDouble testAccuracy) {
    }

    /** A schedule under way: the learning rates of one training. */
    @FunctionalInterface
    interface Course {
        /**
         * The learning rate of a step. Allocates nothing.
         *
         * @param step from 0
         */
        float rate(long step);

        /**
         * Tells how an epoch went. A training that is resumed tells of the epochs before, one after the other, so a
         * course needs no memory beside what it is told here.
         */
        default void epochEnded(EpochResult epoch) {
            // most schedules do not depend on results
        }

        /** Whether the rates depend on how the network was tested after each epoch. False unless overridden. */
        default boolean followsTests() {
            return false;
        }
    }

    /** Begins the courses of a schedule. */
    @FunctionalInterface
    interface Start {
        /** The parameters are those of {@link Schedule#start}. */
        Course start(float rate, long steps);
    }

    /**
     * Begins a training.
     *
     * @param rate the learning rate to start from
     * @param steps how many steps the training will take
     */
    Course start(float rate, long steps);

    /**
     * A schedule with some of its numbers set.
     *
     * @param given numbers by their names
     * @throws IllegalArgumentException if the schedule has no number of such a name, or a number is out of its range
     */
    static Schedule adjusted(Schedule schedule, Map<String, ? extends Number> given) {
        Map<String, Number> numbers = GivenNumbers.of("schedule", schedule, given);
        return schedule instanceof Adjustable adjustable ? adjustable.with(numbers) : schedule;
    }

    /** A schedule that has a name and no numbers. */
    static Schedule of(String name, Start start) {
        return new NamedSchedule(name, start);
    }

    /** The schedules that {@link #named} finds. */
    static List<Schedule> all() {
        return List.of(CONSTANT, STEP, COSINE, DECAY, PLATEAU, LOSS_PLATEAU, ACCURACY_PLATEAU);
    }

    /** @throws IllegalArgumentException where none of {@link #all} has this name */
    static Schedule named(String name) {
        return Names.find("schedule", name, all());
    }
}
