package io.github.bitgrad.train;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Evaluation;
import io.github.bitgrad.infer.Inference;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Trains a network. All memory is taken when it is built, nothing is allocated during a step, and {@link #close()} gives
 * all of it back. The same seed gives the same network, bit for bit, on any number of threads. For one thread at a time,
 * any one.
 */
public final class Trainer implements AutoCloseable {
    /** What the epochs of a training share; {@code steps} are those of all of them. */
    private record Run(long steps, Schedule.Course course, BatchSupply supply, TrainingListener listener) {
    }

    private final TrainingSettings settings;
    private final CompiledNetwork compiled;
    private final Program program;
    private final Progress progress;
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Inference inference;
    /** What must be the same where the running training is continued. */
    private Map<String, String> identity;
    /** How far the training is; null within an epoch. */
    private TrainingState.Position position;

    Trainer(TrainingSettings settings, Runnable planned) {
        this.settings = settings;
        progress = new Progress(settings.seed());
        compiled = settings.compile(progress);
        program = compiled.program();
        program.plan();
        planned.run();
        program.allocate(arena);
        workers = new Workers(settings.threads());
        inference = new Inference(settings.network(), compiled, program, workers);
        SplittableRandom random = RandomStream.WEIGHTS.begin(settings.seed(), 0);
        compiled.binaryWeights().forEach(weights -> Weights.randomise(weights, random));
        program.runInitial(workers);
    }

    /** Begins the description of a training; everything but the network has a default. */
    public static TrainingSettings of(Network network) {
        return new TrainingSettings(network);
    }

    /** How it was described. */
    public TrainingSettings settings() {
        return settings;
    }

    /** Where everything lies in the memory that it has taken. */
    public MemoryPlan plan() {
        return program.plan();
    }

    /**
     * Trains on a data set for the epochs that the settings say, in a new random order each. Images that fill no batch
     * at the end of an epoch are left out of it. Where there is memory for two batches, a thread of its own prepares
     * each while the step before runs.
     *
     * @throws IllegalArgumentException where the data set is not one for this network, or smaller than a batch
     */
    public void train(Dataset dataset, TrainingListener listener) {
        requireFitting(dataset);
        train(dataset, listener, new TrainingState.Position(0, progress.step(), List.of()));
    }

    /** The same, telling nobody. */
    public void train(Dataset dataset) {
        train(dataset, new TrainingListener() {
        });
    }

    /**
     * Continues a training that {@link #saveTraining} has written, to its end: what comes of it is, bit for bit, what
     * would have come of it uninterrupted. Where the file turns out to be unreadable only while buffers are filled from
     * it, this trainer can no longer be used.
     *
     * @throws BitgradException where the file cannot be read, or is of a training with other settings or other data
     * @throws IllegalArgumentException where the data set is not one for this network, or smaller than a batch
     */
    public void resume(Path file, Dataset dataset, TrainingListener listener) {
        requireFitting(dataset);
        TrainingState.Position from = TrainingState.restore(file, settings.network(), settings.identity(dataset),
                program.state());
        progress.continueAfter(from.allSteps());
        train(dataset, listener, from);
    }

    private void requireFitting(Dataset dataset) {
        inference.requireFitting(dataset);
        settings.requireBatchIn(dataset);
    }

    private void train(Dataset dataset, TrainingListener listener, TrainingState.Position from) {
        identity = settings.identity(dataset);
        position = from;
        Batches batches = new Batches(dataset, settings.augmentation(dataset), settings.batch(), settings.seed());
        long steps = Math.min(settings.mostSteps(), (long) settings.epochs() * batches.anEpoch());
        Schedule.Course course = settings.schedule().start(settings.learningRate(), steps);
        from.trainLosses().forEach(course::epochEnded);
        if (from.steps() > 0) {
            listener.resumed(from.trainLosses().size(), from.steps(), steps);
        }
        try (BatchSupply supply = BatchSupply.of(batches, compiled, from.steps(), steps)) {
            Run run = new Run(steps, course, supply, listener);
            while (position.steps() < steps) {
                long end = Math.min(position.steps() + batches.anEpoch(), steps);
                EpochReport epoch = epoch(run, position, end);
                course.epochEnded(epoch.trainLoss());
                listener.epochEnded(epoch);
            }
        }
    }

    /** @param end the step after its last, counted from 0 */
    private EpochReport epoch(Run run, TrainingState.Position begin, long end) {
        int batch = settings.batch();
        double lossSum = 0;
        long correct = 0;
        long epochNanoseconds = 0;
        float rate = 0;
        position = null;
        for (long step = begin.steps(); step < end; step++) {
            rate = run.course().rate(step);
            long beginNanoseconds = System.nanoTime();
            run.supply().handOver();
            step(rate);
            long nanoseconds = System.nanoTime() - beginNanoseconds;
            double loss = inference.lossSum(batch);
            int right = inference.correct(batch);
            lossSum += loss;
            correct += right;
            epochNanoseconds += nanoseconds;
            run.listener().stepEnded(step + 1, run.steps(), loss / batch, (double) right / batch, nanoseconds);
        }
        double images = (double) (end - begin.steps()) * batch;
        position = begin.after(end, progress.step(), lossSum / images);
        return new EpochReport(position.trainLosses().size(), end, lossSum / images, correct / images, rate,
                epochNanoseconds * 1e-9);
    }

    /** One step on the batch that was loaded. */
    private void step(float rate) {
        progress.next(rate);
        program.runTraining(workers);
    }

    /** Runs the network, as it is now, on a whole data set. */
    public Evaluation evaluate(Dataset dataset) {
        return inference.evaluate(dataset);
    }

    /**
     * The class of one image, as the network is now.
     *
     * @param image its pixels, unsigned bytes, height × width × channels
     * @return from 0 to the network's classes − 1
     */
    public int classify(MemorySegment image) {
        return inference.classify(image);
    }

    /**
     * Writes the network, as it is now, for {@link io.github.bitgrad.infer.Classifier#load}.
     *
     * @throws BitgradException where it cannot be written; a file that was there is as it was
     */
    public void save(Path file) {
        program.runBeforeInference(workers);
        Checkpoint.write(file, settings.network(), settings.origin(), program.learned());
    }

    /**
     * Writes the training, as it is where an epoch has ended, for {@link #resume}: to be called by the listener that is
     * told of the epoch, or when the training is over.
     *
     * @throws BitgradException where it cannot be written; a file that was there is as it was
     * @throws IllegalStateException within an epoch, and before the first training
     */
    public void saveTraining(Path file) {
        if (position == null) {
            throw new IllegalStateException("There is no training to save; save it where one of its epochs has ended.");
        }
        TrainingState.write(file, settings.network(), identity, position, program.state());
    }

    /** Gives the memory back and ends the threads; closing again does nothing. */
    @Override
    public void close() {
        workers.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
