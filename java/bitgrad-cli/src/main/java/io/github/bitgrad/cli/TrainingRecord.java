package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Flips;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Shows and writes the results of every epoch, and keeps what the report contains. */
final class TrainingRecord implements TrainingListener {
    private final Trainer trainer;
    private final Dataset test;
    private final Display display;
    private final MetricsFile metrics;
    private final TrainingFile training;
    /** The seconds that every step took. Only the first {@link #steps} elements are used. */
    private float[] secondsOfSteps = new float[1024];
    private int steps;
    private long lastStep;
    private long allSteps;
    private Long resumedAfterStep;
    private EpochReport lastEpoch;
    private Evaluation lastTest;
    private Double bestTestAccuracy;

    /**
     * @param test the test images, for a training that is over already; null if nothing is to be tested
     * @param metrics the file for metrics; null if there is none
     * @param training the file for the state of the training; null if there is none
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
        lastStep = step;
        this.allSteps = allSteps;
        display.resumed(epochs, step, allSteps);
        if (step == allSteps && test != null) { // the training is over; only the report follows
            tested(trainer.evaluate(test));
        }
    }

    @Override
    public void stepEnded(long step, long allSteps, double loss, double accuracy, long nanoseconds) {
        if (steps == secondsOfSteps.length) {
            secondsOfSteps = Arrays.copyOf(secondsOfSteps, 2 * steps);
        }
        secondsOfSteps[steps++] = nanoseconds * 1e-9f;
        lastStep = step;
        this.allSteps = allSteps;
        display.stepEnded(step, allSteps, loss, accuracy);
        if (Signals.noted().isPresent()) {
            trainer.stop();
        } else if (training != null) {
            training.stepEnded(trainer, display);
        }
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        lastEpoch = epoch;
        epoch.test().ifPresent(this::tested);
        display.epochEnded(epoch, lastTest);
        // in one go, so that a resumed training neither repeats nor omits a line
        WholeFiles.write(() -> write(epoch));
    }

    private void tested(Evaluation result) {
        lastTest = result;
        bestTestAccuracy = Math.max(result.accuracy(), bestTestAccuracy == null ? 0 : bestTestAccuracy);
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
            line.put("testTopAccuracy", testTopAccuracy());
            line.put("testMacroF1", testMacroF1());
            line.put("flipRatio", flipRatio());
            line.put("flipRatios", flipRatios());
            line.put("learningRate", epoch.learningRate());
            line.put("seconds", epoch.seconds());
            metrics.add(line);
        }
        if (training != null) {
            training.save(trainer, display);
        }
    }

    /** The number of the last step that the training has taken, in this process or before. */
    long lastStep() {
        return lastStep;
    }

    /** How many steps the training takes in all. */
    long allSteps() {
        return allSteps;
    }

    /** How many steps this process has taken. */
    int steps() {
        return steps;
    }

    /** The step after which the training was continued; null if it began in this process. */
    Long resumedAfterStep() {
        return resumedAfterStep;
    }

    /** The training loss of the last epoch; null if no epoch was left to train. */
    Double trainLoss() {
        return lastEpoch == null ? null : lastEpoch.trainLoss();
    }

    private Optional<Flips> flips() {
        return Optional.ofNullable(lastEpoch).flatMap(EpochReport::flips);
    }

    /** The fraction of all binary weights that changed their sign over the last epoch; null if it is not known. */
    Double flipRatio() {
        return flips().map(Flips::ratio).orElse(null);
    }

    /** For the name of each layer the fraction of its binary weights that changed their sign; null if it is not known. */
    Map<String, Object> flipRatios() {
        return flips().map(flips -> {
            Map<String, Object> ratios = new LinkedHashMap<>();
            flips.layers().forEach(layer -> ratios.put(layer.name(), layer.ratio()));
            return ratios;
        }).orElse(null);
    }

    /** The test accuracy after the last epoch; null if nothing was tested. */
    Double testAccuracy() {
        return lastTest == null ? null : lastTest.accuracy();
    }

    /**
     * The test accuracy of a network that may name several classes after the last epoch; null if nothing was tested.
     */
    Double testTopAccuracy() {
        return lastTest == null ? null : lastTest.top().accuracy();
    }

    /** The mean F1 of all classes in the test after the last epoch; null if nothing was tested. */
    Double testMacroF1() {
        return lastTest == null ? null : EvaluationReport.macroF1(lastTest);
    }

    /** The best test accuracy of all epochs; null if nothing was tested. */
    Double bestTestAccuracy() {
        return bestTestAccuracy;
    }

    /**
     * The median time of the steps of this process in seconds, including the time that a step waited for its batch;
     * null if there were no steps.
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
