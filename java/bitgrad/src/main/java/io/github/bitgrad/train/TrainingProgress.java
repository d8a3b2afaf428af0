package io.github.bitgrad.train;

import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.optim.Schedule.EpochResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * How far a training is, and what its epoch has come to so far. Counting a step allocates nothing.
 */
final class TrainingProgress {
    /** A loss that has grown by this factor is not noise any more. */
    private static final int DIVERGED = 1000;
    /**
     * The least loss that growth is measured from. A network that knows its images by heart has a loss near 0, which
     * may grow a thousandfold without harm.
     */
    private static final double LEAST_LOSS = 1;
    private static final double NANOSECOND = 1e-9;

    private final int batch;
    private final List<EpochResult> epochs;
    private long steps;
    private long stepsOfEpoch;
    private double lossSum;
    private long correct;
    private long nanoseconds;
    private double firstLoss;

    /** @param batch the number of images in a step */
    TrainingProgress(TrainingState.Position from, int batch) {
        this.batch = batch;
        epochs = new ArrayList<>(from.epochs());
        steps = from.steps();
        stepsOfEpoch = from.epoch().steps();
        lossSum = from.epoch().lossSum();
        correct = from.epoch().correct();
        nanoseconds = from.epoch().nanoseconds();
        firstLoss = from.firstLoss();
    }

    /** How many steps the training has taken. */
    long steps() {
        return steps;
    }

    /** What the epoch that ended last has come to. */
    EpochResult lastEpoch() {
        return epochs.getLast();
    }

    /** How many epochs have ended. */
    int epochs() {
        return epochs.size();
    }

    /** How many epochs have ended since the first of those with the best test accuracy; 0 if no epoch was tested. */
    int epochsSinceBest() {
        OptionalDouble best = bestTestAccuracy();
        return best.isEmpty() ? 0 : epochs.size() - 1 - testAccuracies().toList().indexOf(best);
    }

    /** The best test accuracy after an epoch; empty if no epoch was tested. */
    OptionalDouble bestTestAccuracy() {
        return testAccuracies().flatMapToDouble(OptionalDouble::stream).max();
    }

    private Stream<OptionalDouble> testAccuracies() {
        return epochs.stream().map(EpochResult::testAccuracy);
    }

    /** How many steps the training had taken when the epoch began. */
    long epochBegin() {
        return steps - stepsOfEpoch;
    }

    /** Whether an epoch has begun that has not ended. */
    boolean isWithinEpoch() {
        return stepsOfEpoch > 0;
    }

    /**
     * What the mean loss of the next step must not exceed: a thousand times the mean loss of the first epoch, or within
     * that epoch a thousand times the loss of the first step.
     */
    double mostLoss() {
        return steps == 0 ? Double.MAX_VALUE : DIVERGED * Math.max(LEAST_LOSS, usualLoss());
    }

    /** The mean loss of the first epoch, or within that epoch the loss of the first step. */
    double usualLoss() {
        return epochs.isEmpty() ? firstLoss : epochs.getFirst().trainLoss();
    }

    void stepEnded(double lossSumOfStep, int correctOfStep, long nanosecondsOfStep) {
        if (steps == 0) {
            firstLoss = lossSumOfStep / batch;
        }
        steps++;
        stepsOfEpoch++;
        lossSum += lossSumOfStep;
        correct += correctOfStep;
        nanoseconds += nanosecondsOfStep;
    }

    /**
     * @param rate the learning rate of its last step
     * @param flips how many binary weights changed their sign over it
     * @param test how the network was tested after it
     */
    EpochReport epochEnded(float rate, Optional<Flips> flips, Optional<Evaluation> test) {
        double images = (double) stepsOfEpoch * batch;
        epochs.add(new EpochResult(lossSum / images, correct / images,
                test.map(Evaluation::accuracy).map(OptionalDouble::of).orElse(OptionalDouble.empty())));
        EpochReport report = new EpochReport(epochs.size(), steps, lossSum / images, correct / images, rate,
                nanoseconds * NANOSECOND, flips, test);
        stepsOfEpoch = 0;
        lossSum = 0;
        correct = 0;
        nanoseconds = 0;
        return report;
    }

    /** @param allSteps the number of steps that were taken with the network, including those of earlier trainings */
    TrainingState.Position position(long allSteps) {
        return new TrainingState.Position(steps, allSteps, epochs, firstLoss,
                new TrainingState.BegunEpoch(stepsOfEpoch, lossSum, correct, nanoseconds));
    }
}
