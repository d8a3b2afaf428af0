package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.CompiledNetwork;
import io.github.bitgrad.algorithm.PaperAccounting;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.step.Workers;
import java.util.Map;

/** How a network is to be trained. Every setting has a default; setting one returns this object. */
public final class TrainingSettings {
    public static final int DEFAULT_BATCH = 100;
    public static final int DEFAULT_EPOCHS = 10;
    public static final long DEFAULT_SEED = 1;

    private final Network network;
    private Algorithm algorithm = Algorithm.PROPOSED;
    private Optimizers optimizer = Optimizers.ADAM;
    private int batch = DEFAULT_BATCH;
    private int epochs = DEFAULT_EPOCHS;
    private long mostSteps = Long.MAX_VALUE;
    private Float learningRate;
    private Schedule schedule = Schedule.COSINE;
    private long seed = DEFAULT_SEED;
    private int threads = Runtime.getRuntime().availableProcessors();

    TrainingSettings(Network network) {
        this.network = network;
    }

    /** What computes the gradients and keeps what they need; {@link Algorithm#PROPOSED} unless set. */
    public TrainingSettings algorithm(Algorithm choice) {
        algorithm = choice;
        return this;
    }

    /** What the weights follow their gradients by; {@link Optimizers#ADAM} unless set. */
    public TrainingSettings optimizer(Optimizers choice) {
        optimizer = choice;
        return this;
    }

    /** Images a step, from 1; {@value #DEFAULT_BATCH} unless set. */
    public TrainingSettings batch(int images) {
        batch = positive("batch", images);
        return this;
    }

    /** Passes over the training images, from 1; {@value #DEFAULT_EPOCHS} unless set. */
    public TrainingSettings epochs(int passes) {
        epochs = positive("number of epochs", passes);
        return this;
    }

    /** Steps after which training ends even within an epoch, from 1; unlimited unless set. */
    public TrainingSettings mostSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("The number of steps must be at least 1, but is %d.".formatted(steps));
        }
        mostSteps = steps;
        return this;
    }

    /** The learning rate to start from, above 0; what suits the optimizer and algorithm unless set. */
    public TrainingSettings learningRate(float rate) {
        if (!(rate > 0 && rate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "The learning rate must be a positive number, but is %s.".formatted(rate));
        }
        learningRate = rate;
        return this;
    }

    /** How the learning rate goes on; {@link Schedule#COSINE} unless set. */
    public TrainingSettings schedule(Schedule choice) {
        schedule = choice;
        return this;
    }

    /** What first weights and the order of images follow from; {@value #DEFAULT_SEED} unless set. */
    public TrainingSettings seed(long number) {
        seed = number;
        return this;
    }

    /** Threads that work on a step, from 1 to 1024; as many as the machine has processors unless set. */
    public TrainingSettings threads(int count) {
        Workers.requirePossible(count);
        threads = count;
        return this;
    }

    private static int positive(String what, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("The %s must be at least 1, but is %d.".formatted(what, number));
        }
        return number;
    }

    public Network network() {
        return network;
    }

    public Algorithm algorithm() {
        return algorithm;
    }

    public Optimizers optimizer() {
        return optimizer;
    }

    public int batch() {
        return batch;
    }

    public int epochs() {
        return epochs;
    }

    public long mostSteps() {
        return mostSteps;
    }

    public float learningRate() {
        return learningRate != null ? learningRate : optimizer.learningRate(algorithm.gradients());
    }

    public Schedule schedule() {
        return schedule;
    }

    public long seed() {
        return seed;
    }

    public int threads() {
        return threads;
    }

    /**
     * Finds out, before any memory is taken, whether a data set fills a batch.
     *
     * @throws IllegalArgumentException where it has fewer images
     */
    public void requireBatchIn(Dataset dataset) {
        if (dataset.size() < batch) {
            throw new IllegalArgumentException(
                    "A batch of %d is larger than data set %s, which has %d images; choose a smaller batch."
                            .formatted(batch, dataset.name(), dataset.size()));
        }
    }

    CompiledNetwork compile(Progress progress) {
        return algorithm.compile(network, batch, optimizer.create(algorithm.gradients()), progress);
    }

    /** The memory that this training takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(new Progress()).program().plan();
    }

    /** The memory that this training takes in the paper's model. */
    public Map<Variable, Long> paperBytes() {
        return PaperAccounting.bytes(network, batch, algorithm, optimizer.create(algorithm.gradients()));
    }

    /**
     * Takes the memory and makes first weights.
     *
     * @throws io.github.bitgrad.BitgradException where there is not that much memory
     */
    public Trainer build() {
        Isa.selected(); // here a level that the machine lacks is told well, not from a class being initialised
        return new Trainer(this);
    }
}
