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
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Trains a network. All memory is taken when the trainer is built, nothing is allocated during a step, and
 * {@link #close()} gives all memory back. A seed gives the same network, bit for bit, on any number of threads. One
 * thread may use a trainer at a time, but not always the same one.
 */
public final class Trainer implements AutoCloseable {
    /**
     * What the epochs of a training share.
     *
     * @param steps how many steps the training takes in all
     */
    private record Run(long steps, Schedule.Course course, BatchSupply supply, TrainingListener listener) {
    }

    private final TrainingSettings settings;
    private final Network network;
    private final CompiledNetwork compiled;
    private final Program program;
    private final TrainingClock clock;
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Inference inference;
    /** The {@link TrainingIdentity} of the training that runs or ran last. */
    private Supplier<Map<String, String>> identity;
    /** How far the training is; null within an epoch, and before the first training. */
    private TrainingState.Position position;

    /** The parameters are those of {@link TrainerBuilder}. */
    Trainer(TrainingSettings settings, int threads, Runnable planned) {
        this.settings = settings;
        network = settings.step().network();
        clock = new TrainingClock(settings.seed());
        compiled = settings.step().compile(clock);
        program = compiled.program();
        program.plan();
        planned.run();
        program.allocate(arena);
        workers = new Workers(threads);
        inference = new Inference(network, compiled, program, workers);
        SplittableRandom random = RandomStream.WEIGHTS.begin(settings.seed(), 0);
        compiled.binaryWeights().forEach(weights -> Weights.randomise(weights, random));
        program.runInitial(workers);
    }

    /** Begins to describe a training. Everything but the network has a default. */
    public static TrainerBuilder of(Network network) {
        return new TrainerBuilder(network);
    }

    /** How it trains. */
    public TrainingSettings settings() {
        return settings;
    }

    /** Where every buffer lies in the memory that the trainer has taken. */
    public MemoryPlan plan() {
        return program.plan();
    }

    /**
     * Trains on a data set for the epochs that the settings say. Every epoch takes the images in a new random order,
     * and leaves out those at its end that do not fill a batch. Where there is memory for two batches, a thread
     * prepares each batch while the step before runs.
     *
     * @param listener is told of every step and epoch
     * @throws IllegalArgumentException where the images or classes of the data set do not fit the network, or its
     *             images do not fill a batch
     */
    public void train(Dataset dataset, TrainingListener listener) {
        requireFitting(dataset);
        train(dataset, listener, new TrainingState.Position(0, clock.step(), List.of()));
    }

    /** Trains as {@link #train(Dataset, TrainingListener)} does, and tells nobody how it goes. */
    public void train(Dataset dataset) {
        train(dataset, new TrainingListener() {
        });
    }

    /**
     * Continues a training that {@link #saveTraining} has written, and trains to its end. The network becomes, bit for
     * bit, what it would have become without the interruption. The number of epochs or steps may be larger than it was,
     * if every step that was taken would have had the same learning rate then; so a training with
     * {@link Schedule#CONSTANT} or {@link Schedule#PLATEAU} can always be prolonged. The network becomes what it would
     * have become if the training had begun with the larger number. Where reading the file fails after buffers have begun to
     * be filled from it, this trainer can no longer be used.
     *
     * @param listener is told of every step and epoch from there on
     * @throws BitgradException where the file cannot be read, or is of a training with other settings or other data
     * @throws IllegalArgumentException where the images or classes of the data set do not fit the network, or its
     *             images do not fill a batch
     */
    public void resume(Path file, Dataset dataset, TrainingListener listener) {
        requireFitting(dataset);
        TrainingState.Position from = TrainingState.restore(file, network, (written, done) -> TrainingIdentity
                .requireContinuable(file, written, done, settings, dataset), program.state());
        clock.continueAfter(from.allSteps());
        train(dataset, listener, from);
    }

    private void requireFitting(Dataset dataset) {
        inference.requireFitting(dataset);
        settings.requireBatchIn(dataset);
    }

    private void train(Dataset dataset, TrainingListener listener, TrainingState.Position from) {
        identity = () -> TrainingIdentity.of(settings, dataset); // only where it is saved, because it reads the data
        position = from;
        Batches batches = new Batches(dataset, settings.augmentation(dataset), settings.step().batch(),
                settings.seed());
        long steps =
                Math.min(settings.mostSteps().orElse(Long.MAX_VALUE), (long) settings.epochs() * batches.inEpoch());
        Schedule.Course course = settings.schedule().start(settings.learningRate(), steps);
        from.trainLosses().forEach(course::epochEnded);
        if (from.steps() > 0) {
            listener.resumed(from.trainLosses().size(), from.steps(), steps);
        }
        try (BatchSupply supply = BatchSupply.of(batches, compiled, from.steps(), steps)) {
            Run run = new Run(steps, course, supply, listener);
            while (position.steps() < steps) {
                long end = Math.min(position.steps() + batches.inEpoch(), steps);
                EpochReport epoch = epoch(run, position, end);
                course.epochEnded(epoch.trainLoss());
                listener.epochEnded(epoch);
            }
        }
    }

    /** @param end one more than the number of the epoch's last step, counted from 0 over all epochs */
    private EpochReport epoch(Run run, TrainingState.Position begin, long end) {
        int batch = settings.step().batch();
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
        position = begin.after(end, clock.step(), lossSum / images);
        return new EpochReport(position.trainLosses().size(), end, lossSum / images, correct / images, rate,
                epochNanoseconds * 1e-9);
    }

    /** Trains one step on the batch that lies in the input buffers. */
    private void step(float rate) {
        clock.next(rate);
        program.runTraining(workers);
    }

    /** Tests the network, as it is now, on a whole data set. */
    public Evaluation evaluate(Dataset dataset) {
        return inference.evaluate(dataset);
    }

    /**
     * Tells the class of one image by the network as it is now.
     *
     * @param image its pixels, unsigned bytes, height × width × channels
     * @return from 0 to the network's classes − 1
     */
    public int classify(MemorySegment image) {
        return inference.classify(image);
    }

    /**
     * Writes the network, as it is now, for {@link io.github.bitgrad.infer.Classifier#load}. A file of that name is
     * replaced in one moment, when all has been written.
     *
     * @throws BitgradException where the network cannot be written; a file of that name stays as it was
     */
    public void save(Path file) {
        program.runBeforeInference(workers);
        Checkpoint.write(file, network, settings.step().origin(), program.learned());
    }

    /**
     * Writes the training, as it is at the end of an epoch, for {@link #resume}. Call it from
     * {@link TrainingListener#epochEnded}, or when the training is over. A file of that name is replaced in one moment,
     * when all has been written. The file has a digest of the data set, so that the training cannot be resumed with
     * another one; it has none if the data set is closed already.
     *
     * @throws BitgradException where the training cannot be written; a file of that name stays as it was
     * @throws IllegalStateException within an epoch, and before the first training
     */
    public void saveTraining(Path file) {
        if (position == null) {
            throw new IllegalStateException("There is no training to save; save it where one of its epochs has ended.");
        }
        TrainingState.write(file, network, identity.get(), position, program.state());
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
