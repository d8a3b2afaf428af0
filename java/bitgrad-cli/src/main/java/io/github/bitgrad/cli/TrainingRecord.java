package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.train.BestNetwork;
import io.github.bitgrad.train.EpochReport;
import io.github.bitgrad.train.Flips;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingListener;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Shows and writes the results of every epoch, and keeps what the report contains. */
final class TrainingRecord implements TrainingListener {
    private final Trainer trainer;
    private final Optional<Dataset> watched;
    private final Optional<BestNetwork> best;
    private final Display display;
    private final MetricsFile metrics;
    private final TrainingFile training;
    /** The seconds that every step took. Only the first {@link #steps} elements are used. */
    private float[] secondsOfSteps = new float[1024];
    private int steps;
    private long lastStep;
    private long allSteps;
    private Long resumedAfterStep;
    private int epochs;
    private EpochReport lastEpoch;
    /** How the network did on the images that it is tested with after every epoch, after the last one. */
    private Optional<Evaluation> lastWatched = Optional.empty();
    private Optional<Evaluation> testOfBest = Optional.empty();

    /**
     * @param watched the images that the network is tested with after every epoch, for a training that is over already
     * @param best keeps the best network before the training is saved; empty if these images are no validation part, but
     *            those that the network is tested with in the end
     * @param metrics the file for metrics; null if there is none
     * @param training the file for the state of the training; null if there is none
     */
    TrainingRecord(Trainer trainer, Optional<Dataset> watched, Optional<BestNetwork> best, Display display,
            MetricsFile metrics, TrainingFile training) {
        this.trainer = trainer;
        this.watched = watched;
        this.best = best;
        this.display = display;
        this.metrics = metrics;
        this.training = training;
    }

    @Override
    public void resumed(int epochs, long step, long allSteps) {
        resumedAfterStep = step;
        lastStep = step;
        this.allSteps = allSteps;
        this.epochs = epochs;
        display.resumed(epochs, step, allSteps);
        best.ifPresent(network -> network.resumed(epochs, step, allSteps));
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
        epochs = epoch.epoch();
        lastEpoch = epoch;
        lastWatched = epoch.test();
        best.ifPresent(network -> network.epochEnded(epoch)); // before the training is saved with what it keeps
        display.epochEnded(epoch);
        // in one go, so that a resumed training neither repeats nor omits a line
        WholeFiles.write(() -> write(epoch));
    }

    /** If the training was over already, nothing was tested. */
    @Override
    public void ended() {
        if (lastWatched.isEmpty() && (lastStep == allSteps || endedEarly())) {
            lastWatched = watched.map(trainer::evaluate);
        }
    }

    /** Takes the test of the best network, which follows the training if this has a validation part. */
    void tested(Evaluation result) {
        testOfBest = Optional.of(result);
    }

    /** Whether the training has ended because its epochs did not become better. */
    boolean endedEarly() {
        return best.isPresent() && trainer.stopped() && Signals.noted().isEmpty();
    }

    private void write(EpochReport epoch) {
        if (metrics != null) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("epoch", epoch.epoch());
            line.put("steps", epoch.steps());
            line.put("trainLoss", epoch.trainLoss());
            line.put("trainAccuracy", epoch.trainAccuracy());
            line.put("validationLoss", validation().map(Evaluation::loss).orElse(null));
            line.put("validationAccuracy", validationAccuracy());
            line.put("testLoss", test().map(Evaluation::loss).orElse(null));
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

    /** The test after the last epoch; with a validation part, that of the best network when the training has ended. */
    private Optional<Evaluation> test() {
        return best.isPresent() ? testOfBest : lastWatched;
    }

    private Optional<Evaluation> validation() {
        return best.flatMap(_ -> lastWatched);
    }

    /** The validation accuracy after the last epoch; null if there is no validation part. */
    Double validationAccuracy() {
        return validation().map(Evaluation::accuracy).orElse(null);
    }

    /** The best validation accuracy of all epochs; null if there is no validation part, or no epoch has ended. */
    Double bestValidationAccuracy() {
        return best.isPresent() ? bestAccuracy() : null;
    }

    private Double bestAccuracy() {
        OptionalDouble ofEpochs = trainer.bestTestAccuracy();
        return ofEpochs.isPresent()
                ? (Double) ofEpochs.getAsDouble()
                : lastWatched.map(Evaluation::accuracy).orElse(null);
    }

    /**
     * The number of the epoch with the best validation accuracy, from 1; null if there is no validation part, or no epoch
     * has ended.
     */
    Integer bestEpoch() {
        return bestValidationAccuracy() == null ? null : (Integer) (epochs - trainer.epochsSinceBest());
    }

    /** How many epochs have ended, in this process or before. */
    int epochs() {
        return epochs;
    }

    /** The test accuracy after the last epoch, or that of the best network; null if nothing was tested. */
    Double testAccuracy() {
        return test().map(Evaluation::accuracy).orElse(null);
    }

    /**
     * The accuracy of a network that may name several classes, in this test; null if nothing was tested.
     */
    Double testTopAccuracy() {
        return test().map(test -> test.top().accuracy()).orElse(null);
    }

    /** The mean F1 of all classes in this test; null if nothing was tested. */
    Double testMacroF1() {
        return test().map(EvaluationReport::macroF1).orElse(null);
    }

    /** The best test accuracy of all epochs; null if nothing was tested after each. */
    Double bestTestAccuracy() {
        return best.isPresent() || lastWatched.isEmpty() ? null : bestAccuracy();
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
