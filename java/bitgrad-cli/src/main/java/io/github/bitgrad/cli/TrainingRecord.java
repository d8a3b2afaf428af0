package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Evaluation;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tests the network after every epoch, shows and writes how the epoch went, and keeps what the report tells. */
final class TrainingRecord implements TrainingListener {
    private final Trainer trainer;
    private final Dataset test;
    private final Display display;
    private final MetricsFile metrics;
    private final TrainingFile training;
    /** The seconds of every step; elements from {@link #steps} on are not used. */
    private float[] secondsOfSteps = new float[1024];
    private int steps;
    private Long resumedAfterStep;
    private EpochReport lastEpoch;
    private Evaluation lastTest;
    private Double bestTestAccuracy;

    /**
     * @param test null where nothing is to be tested
     * @param metrics null where nothing is to be written
     * @param training null where nothing is to be saved
     */
    TrainingRecord(Trainer trainer, Dataset test, Display display, MetricsFile metrics, TrainingFile training) {
        this.trainer = trainer;
        this.test = test;
        this.display = display;
        this.metrics = metrics;
        this.training = training;
    }

    @Override
    public void resumed(int epochs, long step, long allSteps) {
        resumedAfterStep = step;
        display.resumed(epochs, step, allSteps);
        if (step == allSteps) { // the training is over; only the report follows
            test();
        }
    }

    @Override
    public void stepEnded(long step, long allSteps, double loss, double accuracy, long nanoseconds) {
        if (steps == secondsOfSteps.length) {
            secondsOfSteps = Arrays.copyOf(secondsOfSteps, 2 * steps);
        }
        secondsOfSteps[steps++] = nanoseconds * 1e-9f;
        display.stepEnded(step, allSteps, loss, accuracy);
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        lastEpoch = epoch;
        test();
        display.epochEnded(epoch, lastTest);
        // together, so that a training that is resumed writes no line twice and leaves none out
        WholeFiles.write(() -> write(epoch));
    }

    private void test() {
        if (test != null) {
            lastTest = trainer.evaluate(test);
            bestTestAccuracy = Math.max(lastTest.accuracy(), bestTestAccuracy == null ? 0 : bestTestAccuracy);
        }
    }

    private void write(EpochReport epoch) {
        if (metrics != null) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("epoch", epoch.epoch());
            line.put("steps", epoch.steps());
            line.put("trainLoss", epoch.trainLoss());
            line.put("trainAccuracy", epoch.trainAccuracy());
            line.put("testLoss", lastTest == null ? null : lastTest.loss());
            line.put("testAccuracy", testAccuracy());
            line.put("learningRate", epoch.learningRate());
            line.put("seconds", epoch.seconds());
            metrics.add(line);
        }
        if (training != null) {
            training.save(trainer, display);
        }
    }

    /** How many steps this process has taken. */
    int steps() {
        return steps;
    }

    /** The step after which the training was continued; null where it began in this process. */
    Long resumedAfterStep() {
        return resumedAfterStep;
    }

    /** The training loss of the last epoch; null where no epoch was left to train. */
    Double trainLoss() {
        return lastEpoch == null ? null : lastEpoch.trainLoss();
    }

    /** The test accuracy after the last epoch; null where nothing was tested. */
    Double testAccuracy() {
        return lastTest == null ? null : lastTest.accuracy();
    }

    /** The best test accuracy after any epoch; null where nothing was tested. */
    Double bestTestAccuracy() {
        return bestTestAccuracy;
    }

    /**
     * The median time of the steps that this process has taken, waiting for batches included; null where there were
     * none.
     */
    Double secondsPerStep() {
        if (steps == 0) {
            return null;
        }
        float[] sorted = Arrays.copyOf(secondsOfSteps, steps);
        Arrays.sort(sorted);
        return (sorted[(steps - 1) / 2] + (double) sorted[steps / 2]) / 2;
    }
}
