package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Evaluation;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tests the network after every epoch, shows and writes how it went, and remembers what the report tells. */
final class TrainingRecord implements TrainingListener {
    private final Trainer trainer;
    private final Dataset test;
    private final Display display;
    private final MetricsFile metrics;
    /** Of all steps; beyond their number, of none. */
    private float[] secondsOfSteps = new float[1024];
    private int steps;
    private EpochReport lastEpoch;
    private Evaluation lastTest;
    private Double bestTestAccuracy;

    /**
     * @param test null where nothing is to be tested
     * @param metrics null where nothing is to be written
     */
    TrainingRecord(Trainer trainer, Dataset test, Display display, MetricsFile metrics) {
        this.trainer = trainer;
        this.test = test;
        this.display = display;
        this.metrics = metrics;
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
        if (test != null) {
            lastTest = trainer.evaluate(test);
            bestTestAccuracy = Math.max(lastTest.accuracy(), bestTestAccuracy == null ? 0 : bestTestAccuracy);
        }
        display.epochEnded(epoch, lastTest);
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
    }

    /** Steps taken. */
    int steps() {
        return steps;
    }

    /** Of the last epoch. */
    double trainLoss() {
        return lastEpoch.trainLoss();
    }

    /** After the last epoch; null where nothing was tested. */
    Double testAccuracy() {
        return lastTest == null ? null : lastTest.accuracy();
    }

    /** The best after any epoch; null where nothing was tested. */
    Double bestTestAccuracy() {
        return bestTestAccuracy;
    }

    /** The median over all steps, data loading included. */
    double secondsPerStep() {
        float[] sorted = Arrays.copyOf(secondsOfSteps, steps);
        Arrays.sort(sorted);
        return (sorted[(steps - 1) / 2] + (double) sorted[steps / 2]) / 2;
    }
}
