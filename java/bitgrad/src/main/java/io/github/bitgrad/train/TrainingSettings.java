package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.algorithm.PaperAccounting;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Optimizers.GradientKind;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.step.Workers;
import java.util.LinkedHashMap;
import java.util.Map;

/** How a network is to be trained. Every setting has a default; setting one returns this object. */
public final class TrainingSettings {
    public static final int DEFAULT_BATCH = 100;
    public static final int DEFAULT_EPOCHS = 10;
    public static final long DEFAULT_SEED = 1;

    private final Network network;
    private Algorithm algorithm;
    private GradientFormat gradient;
    private GradientKind weightGradient;
    private Rounding rounding = Rounding.DEFAULT;
    private Optimizers optimizer;
    private Integer batch;
    private Long memory;
    private int epochs = DEFAULT_EPOCHS;
    private long mostSteps = Long.MAX_VALUE;
    private Float learningRate;
    private Schedule schedule = Schedule.COSINE;
    private Augmentation augmentation;
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

    /** What gradients at sums are kept as; the algorithm's own format unless set, or where null. */
    public TrainingSettings gradient(GradientFormat choice) {
        gradient = choice;
        return this;
    }

    /** How gradients become integers, where they do; {@link Rounding#DEFAULT} unless set. */
    public TrainingSettings rounding(Rounding choice) {
        rounding = choice;
        return this;
    }

    /** What gradients of weights are when the optimizer gets them; the algorithm's own kind unless set, or where null. */
    public TrainingSettings weightGradient(GradientKind choice) {
        weightGradient = choice;
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

    /**
     * Bytes that the arena may come to where the algorithm can trade memory for time: little more than the least unless
     * set, and the least where it is less than that. The results are the same.
     */
    public TrainingSettings memory(long bytes) {
        memory = bytes;
        return this;
    }

    /**
     * Chooses what takes memory and is not set yet, algorithm, optimizer, batch and tiles, so that a training takes at
     * most so many bytes; the faster and the more accurate before the smaller.
     *
     * @return what was chosen and why, as a sentence
     * @throws IllegalArgumentException where nothing fits; it says what would
     */
    public String fitInto(long bytes) {
        return new MemoryBudget(this, bytes).choose(algorithm, optimizer, batch);
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

    /** What chance does to images before they are learned from; what suits the data set unless set. */
    public TrainingSettings augmentation(Augmentation choice) {
        augmentation = choice;
        return this;
    }

    /** What first weights, the order of images and their augmentation follow from; {@value #DEFAULT_SEED} unless set. */
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
        return algorithm != null ? algorithm : Algorithm.PROPOSED;
    }

    public GradientFormat gradient() {
        return gradient != null ? gradient : algorithm().defaultFormat();
    }

    public Rounding rounding() {
        return rounding;
    }

    public GradientKind weightGradient() {
        return weightGradient != null ? weightGradient : algorithm().defaultWeightGradients();
    }

    public Optimizers optimizer() {
        return optimizer != null ? optimizer : Optimizers.ADAM;
    }

    public int batch() {
        return batch != null ? batch : DEFAULT_BATCH;
    }

    public int epochs() {
        return epochs;
    }

    public long mostSteps() {
        return mostSteps;
    }

    public float learningRate() {
        return learningRate != null ? learningRate
                : optimizer().learningRate(weightGradient(), algorithm().stateInBytes());
    }

    public Schedule schedule() {
        return schedule;
    }

    /** What chance does to the images of a data set before they are learned from. */
    public Augmentation augmentation(Dataset dataset) {
        return augmentation != null ? augmentation : dataset.augmentation();
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
        if (dataset.size() < batch()) {
            throw new IllegalArgumentException(
                    "A batch of %d is larger than data set %s, which has %d images; choose a smaller batch."
                            .formatted(batch(), dataset.name(), dataset.size()));
        }
    }

    /** What must be the same where a training of a data set is continued, beside the network. */
    Map<String, String> identity(Dataset dataset) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("algorithm", algorithm().toString());
        identity.put("gradient", gradient().toString());
        identity.put("rounding", rounding.toString());
        identity.put("weight gradient", weightGradient().toString());
        identity.put("optimizer", optimizer().toString());
        identity.put("batch", Integer.toString(batch()));
        identity.put("epochs", Integer.toString(epochs));
        identity.put("steps", mostSteps == Long.MAX_VALUE ? "unlimited" : Long.toString(mostSteps));
        identity.put("learning rate", Float.toString(learningRate()));
        identity.put("schedule", schedule.toString());
        identity.put("seed", Long.toString(seed));
        identity.put("augmentation", augmentation(dataset).toString());
        identity.put("training images", Integer.toString(dataset.size()));
        return identity;
    }

    CompiledNetwork compile(Progress progress) {
        Gradients gradients = new Gradients(gradient(), rounding, weightGradient());
        Optimizer rule = optimizer().create(weightGradient());
        return memory == null
                ? algorithm().compile(network, batch(), rule, gradients, progress)
                : algorithm().compile(network, batch(), rule, gradients, memory, progress);
    }

    /** What a file says of this training. */
    Checkpoint.Origin origin() {
        Gradients gradients = new Gradients(gradient(), rounding, weightGradient());
        return new Checkpoint.Origin(algorithm().toString(), algorithm().policy(gradients).products(),
                optimizer().toString(), new SoftmaxCrossEntropy());
    }

    /** The memory that this training takes, found without taking it. */
    public MemoryPlan plan() {
        return compile(new Progress(seed)).program().plan();
    }

    /**
     * The memory that this training takes in the paper's model.
     *
     * @throws IllegalArgumentException for an algorithm that is not the paper's
     */
    public Map<Variable, Long> paperBytes() {
        return PaperAccounting.bytes(network, batch(), algorithm(), optimizer().create(weightGradient()));
    }

    /**
     * Takes the memory and makes first weights.
     *
     * @throws io.github.bitgrad.BitgradException where there is not that much memory
     */
    public Trainer build() {
        return build(() -> {
        });
    }

    /**
     * The same where there is something to be done between planning the memory and taking it: a process that wants to be
     * small can collect the garbage of planning, which is then never resident beside the memory.
     *
     * @param planned run once
     * @throws io.github.bitgrad.BitgradException where there is not that much memory
     */
    public Trainer build(Runnable planned) {
        Isa.selected(); // here a level that the machine lacks is told well, not from a class being initialised
        return new Trainer(this, planned);
    }
}
