package io.github.bitgrad.train;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.CompiledNetwork;
import io.github.bitgrad.checkpoint.Checkpoint;
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
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Trains a network. All memory is taken when it is built, nothing is allocated during a step, and {@link #close()} gives
 * all of it back. The same seed gives the same network, bit for bit, on any number of threads. For one thread at a time,
 * any one.
 */
public final class Trainer implements AutoCloseable {
    /** What draws random numbers, each from a stream of its own. */
    private enum Purpose {
        WEIGHTS,
        SHUFFLE
    }

    private final TrainingSettings settings;
    private final Program program;
    private final Progress progress = new Progress();
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Inference inference;

    Trainer(TrainingSettings settings) {
        this.settings = settings;
        CompiledNetwork compiled = settings.compile(progress);
        program = compiled.program();
        program.allocate(arena);
        workers = new Workers(settings.threads());
        inference = new Inference(settings.network(), compiled, program, workers);
        SplittableRandom random = random(Purpose.WEIGHTS, 0);
        compiled.weights().forEach(weights -> Weights.randomise(weights, random));
        program.runInitial(workers);
    }

    /** Begins the description of a training; everything but the network has a default. */
    public static TrainingSettings of(Network network) {
        return new TrainingSettings(network);
    }

    /** Numbers that depend on the seed, what they are for, and which time it is, and on nothing drawn before. */
    private SplittableRandom random(Purpose purpose, int time) {
        return new SplittableRandom(
                new SplittableRandom(settings.seed()).nextLong() + ((long) purpose.ordinal() << Integer.SIZE) + time);
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
     * at the end of an epoch are left out of it.
     *
     * @throws IllegalArgumentException where the data set is not one for this network, or smaller than a batch
     */
    public void train(Dataset dataset, TrainingListener listener) {
        inference.requireFitting(dataset);
        int batch = settings.batch();
        settings.requireBatchIn(dataset);
        int stepsAnEpoch = dataset.size() / batch;
        long steps = Math.min(settings.mostSteps(), (long) settings.epochs() * stepsAnEpoch);
        Schedule.Course course = settings.schedule().start(settings.learningRate(), steps);
        int[] order = new int[dataset.size()];
        long step = 0;
        for (int epoch = 1; step < steps; epoch++) {
            shuffle(order, random(Purpose.SHUFFLE, epoch));
            double lossSum = 0;
            long correct = 0;
            long epochNanoseconds = 0;
            float rate = 0;
            int epochSteps = (int) Math.min(stepsAnEpoch, steps - step);
            for (int i = 0; i < epochSteps; i++) {
                rate = course.rate(step);
                long begin = System.nanoTime();
                inference.load(dataset, order, i * batch, batch);
                step(rate);
                long nanoseconds = System.nanoTime() - begin;
                step++;
                double loss = inference.lossSum(batch);
                int right = inference.correct(batch);
                lossSum += loss;
                correct += right;
                epochNanoseconds += nanoseconds;
                listener.stepEnded(step, steps, loss / batch, (double) right / batch, nanoseconds);
            }
            double images = (double) epochSteps * batch;
            course.epochEnded(lossSum / images);
            listener.epochEnded(
                    new EpochReport(epoch, step, lossSum / images, correct / images, rate, epochNanoseconds * 1e-9));
        }
    }

    /** The same, telling nobody. */
    public void train(Dataset dataset) {
        train(dataset, new TrainingListener() {
        });
    }

    /** One step on the batch that was loaded. */
    private void step(float rate) {
        progress.next(rate);
        program.runTraining(workers);
    }

    /** All images in a random order (Fisher and Yates). */
    private static void shuffle(int[] order, SplittableRandom random) {
        Arrays.setAll(order, i -> i);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int image = order[i];
            order[i] = order[j];
            order[j] = image;
        }
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
        Checkpoint.write(file, settings.network(), settings.algorithm(), settings.optimizer(), program.learned());
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
