package io.github.bitgrad.train;

import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private final List<Double> trainLosses;
    private final List<Double> testAccuracies;
    private long steps;
    private long stepsOfEpoch;
    private double lossSum;
    private long correct;
    private long nanoseconds;
    private double firstLoss;

    /** @param batch the number of images in a step */
    TrainingProgress(TrainingState.Position from, int batch) {
        this.batch = batch;
        trainLosses = new ArrayList<>(from.trainLosses());
        testAccuracies = new ArrayList<>(from.testAccuracies());
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

    /** How many epochs have ended. */
    int epochs() {
        return trainLosses.size();
    }

    /** How many epochs have ended since the first of those with the best test accuracy; 0 if no epoch was tested. */
    int epochsSinceBest() {
        int best = testAccuracies.size() - 1;
        double most = Double.NEGATIVE_INFINITY;
        for (int epoch = 0; epoch < testAccuracies.size(); epoch++) {
            if (testAccuracies.get(epoch) > most) { // an epoch that was not tested has NaN, which is not larger
                most = testAccuracies.get(epoch);
                best = epoch;
            }
        }
        return Math.max(testAccuracies.size() - 1 - best, 0);
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
        return trainLosses.isEmpty() ? firstLoss : trainLosses.getFirst();
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
        trainLosses.add(lossSum / images);
        testAccuracies.add(test.map(Evaluation::accuracy).orElse(Double.NaN));
        EpochReport report = new EpochReport(trainLosses.size(), steps, lossSum / images, correct / images, rate,
                nanoseconds * NANOSECOND, flips, test);
        stepsOfEpoch = 0;
        lossSum = 0;
        correct = 0;
        nanoseconds = 0;
        return report;
    }

    /** @param allSteps the number of steps that were taken with the network, including those of earlier trainings */
    TrainingState.Position position(long allSteps) {
        return new TrainingState.Position(steps, allSteps, trainLosses, testAccuracies, firstLoss,
                new TrainingState.BegunEpoch(stepsOfEpoch, lossSum, correct, nanoseconds));
    }
}
