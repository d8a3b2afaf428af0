package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.TrainedPart;
import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Workers;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Collects how a network is to be trained, and builds its {@link Trainer}. Every setting has a default; a method that
 * sets one returns this object. {@link #settings()} is the result as an object that no longer changes.
 *
 * {@snippet :
 * Trainer trainer = Trainer.of(network).algorithm(Algorithm.LEAN).optimizer(new Bop(1e-6f)).epochs(30).build();
 * }
 */
public final class TrainerBuilder {
    public static final int DEFAULT_BATCH = 100;
    public static final int DEFAULT_EPOCHS = 10;
    public static final long DEFAULT_SEED = 1;
    public static final int DEFAULT_STATISTICS_BATCHES = 20;

    private TrainedPart part;
    private Optional<Algorithm> algorithm = Optional.empty();
    private Optional<Policy> policy = Optional.empty();
    private Loss loss = new SoftmaxCrossEntropy();
    private Optional<GradientFormat> gradient = Optional.empty();
    private Rounding rounding = Rounding.DEFAULT;
    private Optional<GradientKind> weightGradient = Optional.empty();
    private Optional<Normalisation> normalisation = Optional.empty();
    private Attenuation attenuation = Attenuation.FAN_IN;
    private Optional<Function<GradientKind, Optimizer>> optimizer = Optional.empty();
    private OptionalInt batch = OptionalInt.empty();
    private OptionalInt microBatch = OptionalInt.empty();
    private OptionalLong memory = OptionalLong.empty();
    private int epochs = DEFAULT_EPOCHS;
    private OptionalLong mostSteps = OptionalLong.empty();
    private Optional<Float> learningRate = Optional.empty();
    private Schedule schedule = Schedule.COSINE;
    private Beginning beginning = Beginning.of(InitialWeights.DEFAULT);
    private Optional<Augmentation> augmentation = Optional.empty();
    private long seed = DEFAULT_SEED;
    private int statisticsBatches = DEFAULT_STATISTICS_BATCHES;
    private boolean profiled;
    private int threads = Runtime.getRuntime().availableProcessors();

    TrainerBuilder(Network network) {
        part = TrainedPart.whole(network);
    }

    /** @param from gives first values */
    TrainerBuilder(TrainedNetwork from) {
        this(from.network());
        beginning = new Beginning(InitialWeights.DEFAULT, Optional.of(from), Optional.empty());
    }

    /**
     * Trains only what is behind the first products of the network, which stay as they were trained: convolutions and
     * dense layers, with what follows them, such as normalisation and sign. Frozen layers take no memory for gradients,
     * latent weights and what the optimizer keeps.
     *
     * @param products how many products are frozen, at least 0
     * @throws IllegalArgumentException if no product would be left to train
     */
    public TrainerBuilder freeze(int products) {
        part = TrainedPart.freezing(part.network(), products).replaying(part.replayed());
        return this;
    }

    /**
     * Trains only what is behind a product of the network, as {@link #freeze(int)} does.
     *
     * @param block the name of the last frozen product, such as {@code conv4}
     * @throws IllegalArgumentException if the network has no such product, or no product would be left to train
     */
    public TrainerBuilder freeze(String block) {
        part = TrainedPart.freezing(part.network(), block).replaying(part.replayed());
        return this;
    }

    /**
     * Mixes samples of earlier trainings into every batch, so that the network does not forget what it learned from
     * them. Where layers are frozen, and what they give to others is one matrix of signs, samples are kept as these
     * signs. Otherwise, they are kept as the bytes of the network's input, and augmented as new samples are.
     *
     * @param memory where the samples are from. It stays the caller's, and must not be closed before the trainer. Training
     *            does not change it; {@link Trainer#remember} and {@link Trainer#learn} do
     * @param images how many images of each batch are from the memory: less than the batch; 0 if the memory is only to
     *            remember
     */
    public TrainerBuilder replay(ReplayMemory memory, int images) {
        if (images < 0) {
            throw new IllegalArgumentException(
                    "The number of replayed images must be at least 0, but is %s.".formatted(images));
        }
        beginning = beginning.with(memory);
        part = part.replaying(images);
        return this;
    }

    /** What computes the gradients and keeps what they need; {@link Algorithm#PROPOSED} unless set. */
    public TrainerBuilder algorithm(Algorithm choice) {
        algorithm = Optional.of(choice);
        return this;
    }

    /** How the values of a step are kept, in place of an algorithm and its gradients: for policies of your own. */
    public TrainerBuilder policy(Policy choice) {
        policy = Optional.of(choice);
        return this;
    }

    /** What training makes small; {@link SoftmaxCrossEntropy} unless set. */
    public TrainerBuilder loss(Loss choice) {
        loss = choice;
        return this;
    }

    /** The type of the gradients at the sums of layers; the algorithm's own unless set. */
    public TrainerBuilder gradient(GradientFormat choice) {
        gradient = Optional.of(choice);
        return this;
    }

    /** How gradients are rounded where they become integers; {@link Rounding#DEFAULT} unless set. */
    public TrainerBuilder rounding(Rounding choice) {
        rounding = choice;
        return this;
    }

    /** The kind of gradients that the optimizer is given; the algorithm's own unless set. */
    public TrainerBuilder weightGradient(GradientKind choice) {
        weightGradient = Optional.of(choice);
        return this;
    }

    /** How batch normalisation is computed; the algorithm's own way unless set. */
    public TrainerBuilder normalisation(Normalisation choice) {
        normalisation = Optional.of(choice);
        return this;
    }

    /** What the signs of weight gradients stand for; {@link Attenuation#FAN_IN} unless set. */
    public TrainerBuilder attenuation(Attenuation choice) {
        attenuation = choice;
        return this;
    }

    /** How the weights follow their gradients; {@link io.github.bitgrad.optim.Adam#DEFAULT} unless set. */
    public TrainerBuilder optimizer(Optimizer choice) {
        return optimizer(_ -> choice);
    }

    /**
     * How the weights follow their gradients, by an optimizer whose numbers depend on the kind of the gradients:
     * {@code optimizer(Bop::suiting)}.
     */
    public TrainerBuilder optimizer(Function<GradientKind, Optimizer> choice) {
        optimizer = Optional.of(choice);
        return this;
    }

    /** Images in a step, at least 1; {@value #DEFAULT_BATCH} unless set. */
    public TrainerBuilder batch(int images) {
        batch = OptionalInt.of(positive("batch", images));
        return this;
    }

    /**
     * Images that the network takes at a time; those of a step unless set. The batch is divided into parts of so many
     * images, which the network takes one after the other. Their gradients are added up, and update the weights once in
     * a step. So a large batch needs the memory of a small one, and in addition a float32 for each weight, where the
     * gradients are added up. Each part is normalised by its own statistics (ghost batch normalisation, Hoffer et al.,
     * arXiv 1705.08741), so the trained network differs from that of an undivided batch.
     *
     * @param images at least 1; the batch must be a multiple of it
     */
    public TrainerBuilder microBatch(int images) {
        microBatch = OptionalInt.of(positive("micro-batch", images));
        return this;
    }

    /**
     * Bytes that the training may take for buffers, where its algorithm can trade memory for time. Unless set, these
     * are a little more than the least that the algorithm needs. Where the least is more than this number, the training
     * takes the least. The trained network is the same, bit for bit.
     */
    public TrainerBuilder memory(long bytes) {
        memory = OptionalLong.of(bytes);
        return this;
    }

    /** Sets all that a decision about memory has settled: algorithm, optimizer, batch and memory. */
    public TrainerBuilder with(MemoryDecision decision) {
        StepSettings step = decision.step();
        policy(step.policy()).optimizer(step.optimizer()).batch(step.batch());
        memory = step.memory();
        return this;
    }

    /** Passes over the training images, at least 1; {@value #DEFAULT_EPOCHS} unless set. */
    public TrainerBuilder epochs(int passes) {
        epochs = positive("number of epochs", passes);
        return this;
    }

    /** The number of steps, at least 1, after which training ends even within an epoch; unlimited unless set. */
    public TrainerBuilder mostSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("The number of steps must be at least 1, but is %s.".formatted(steps));
        }
        mostSteps = OptionalLong.of(steps);
        return this;
    }

    /** The learning rate to start from, above 0; what the optimizer suggests unless set. */
    public TrainerBuilder learningRate(float rate) {
        if (!(rate > 0 && rate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "The learning rate must be a positive number, but is %s.".formatted(rate));
        }
        learningRate = Optional.of(rate);
        return this;
    }

    /** How the learning rate changes during the training; {@link Schedule#COSINE} unless set. */
    public TrainerBuilder schedule(Schedule choice) {
        schedule = choice;
        return this;
    }

    /** How the first values of weights are distributed; {@link InitialWeights#DEFAULT} unless set. */
    public TrainerBuilder initialWeights(InitialWeights choice) {
        beginning = beginning.with(choice);
        return this;
    }

    /** How training images are changed at random; what suits the data set unless set. */
    public TrainerBuilder augmentation(Augmentation choice) {
        augmentation = Optional.of(choice);
        return this;
    }

    /**
     * All that is random follows from this number: first weights, the order of images, their augmentation and rounding;
     * {@value #DEFAULT_SEED} unless set.
     */
    public TrainerBuilder seed(long number) {
        seed = number;
        return this;
    }

    /**
     * On how many batches of training images, at most, the statistics of normalisation are measured before the network
     * is tested, used or saved; {@value #DEFAULT_STATISTICS_BATCHES} unless set. It takes fewer if that would take more
     * than about 2 % of an epoch, but at least 5 if there are so many. The images are chosen by the seed and are not
     * augmented. Measuring changes nothing of the training itself.
     */
    public TrainerBuilder statisticsBatches(int batches) {
        statisticsBatches = positive("number of batches for statistics", batches);
        return this;
    }

    /**
     * Measures how long each operation of a step takes, for {@link Trainer#profile}. It takes some tens of nanoseconds
     * for each of them.
     */
    public TrainerBuilder profiled() {
        profiled = true;
        return this;
    }

    /** Threads that compute, from 1 to 1024; as many as the machine has processors unless set. */
    public TrainerBuilder threads(int count) {
        Workers.requirePossible(count);
        threads = count;
        return this;
    }

    private static int positive(String what, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("The %s must be at least 1, but is %s.".formatted(what, number));
        }
        return number;
    }

    /**
     * The settings as they are now, with defaults for all that is not set.
     *
     * @throws IllegalArgumentException where the learning rate is larger than the optimizer allows, or the batch cannot
     *             be divided into micro-batches
     */
    public TrainingSettings settings() {
        StepSettings step = step(policy(Algorithm.PROPOSED), optimizer.orElse(Optimizers.ADAM::create),
                batch.orElse(DEFAULT_BATCH), memory);
        requirePossible(step);
        float rate = learningRate.orElseGet(step::suggestedLearningRate);
        if (rate > step.optimizer().largestLearningRate()) {
            throw new IllegalArgumentException("The learning rate of %s must be at most %s, but is %s."
                    .formatted(step.optimizer().name(), step.optimizer().largestLearningRate(), rate));
        }
        return new TrainingSettings(step, epochs, mostSteps, rate, schedule, beginning, augmentation, seed,
                statisticsBatches);
    }

    private void requirePossible(StepSettings step) {
        if (step.part().replayed() > 0 && step.parts() > 1) {
            throw new IllegalArgumentException(
                    "A batch that is divided into micro-batches cannot have replayed images; choose one of the two.");
        }
        if (step.newImages() < 1) {
            throw new IllegalArgumentException(
                    "A batch of %s cannot have %s replayed images, because at least one image must be new; replay fewer, or choose a larger batch."
                            .formatted(step.batch(), step.part().replayed()));
        }
    }

    /** The memory that the training will take, found without taking it. */
    public MemoryPlan plan() {
        return settings().step().plan();
    }

    /** What each part of the network computes, learns and takes of that memory, found without training. */
    public NetworkSummary summary() {
        return NetworkSummary.of(settings().step());
    }

    /** The settings of a step as they would be with these choices. */
    StepSettings step(Policy chosenPolicy, Function<GradientKind, Optimizer> chosenOptimizer, int images,
            OptionalLong bytes) {
        return new StepSettings(part, chosenPolicy, loss, chosenOptimizer.apply(chosenPolicy.weightGradient()),
                images, parts(images), bytes);
    }

    private int parts(int images) {
        int part = microBatch.orElse(images);
        if (images % part != 0) {
            throw new IllegalArgumentException(
                    "A batch of %s cannot be divided into micro-batches of %s; choose a batch that is a multiple of it."
                            .formatted(images, part));
        }
        return images / part;
    }

    /** The policy that is set, or that of an algorithm with the gradients that are set. */
    Policy policy(Algorithm otherwise) {
        return policy.orElseGet(() -> {
            Algorithm chosen = algorithm.orElse(otherwise);
            Gradients gradients = new Gradients(gradient.orElse(chosen.defaultFormat()), rounding,
                    weightGradient.orElse(chosen.defaultWeightGradients()));
            return chosen.policy(gradients, normalisation.orElse(chosen.defaultNormalisation()), attenuation);
        });
    }

    Optional<Function<GradientKind, Optimizer>> chosenOptimizer() {
        return optimizer;
    }

    /** The batch that is set. With micro-batches it is never chosen, because it must be a multiple of them. */
    OptionalInt chosenBatch() {
        return batch.isEmpty() && microBatch.isPresent() ? OptionalInt.of(DEFAULT_BATCH) : batch;
    }

    /**
     * Takes the memory and makes first weights.
     *
     * @throws IllegalArgumentException where nothing could be learned: with a batch so small that a batch normalisation
     *             has only one value for each channel
     * @throws io.github.bitgrad.BitgradException where there is not that much memory, or a native library cannot be
     *             loaded
     */
    public Trainer build() {
        return build(() -> {
        });
    }

    /**
     * Plans the memory, runs something of the caller's, then takes the memory and makes first weights. A process that
     * wants to be small can collect the garbage of planning before the memory is taken, so that the two are never
     * resident at the same time.
     *
     * @param planned run once, when the memory has been planned
     * @throws IllegalArgumentException where nothing could be learned: with a batch so small that a batch normalisation
     *             has only one value for each channel
     * @throws io.github.bitgrad.BitgradException where there is not that much memory, or a native library cannot be
     *             loaded
     */
    public Trainer build(Runnable planned) {
        TrainingSettings settings = settings();
        if (settings.step().part().frozen() > 0 && beginning.from().isEmpty()) {
            throw new IllegalArgumentException(
                    "Layers of network %s cannot be frozen, because they begin at random; begin with a trained network."
                            .formatted(part.network().name()));
        }
        Products products = settings.step().policy().products();
        if (settings.step().part().frozen() > 0 && !beginning.from().orElseThrow().wasTrainedWith(products)) {
            throw new IllegalArgumentException(
                    "Layers that algorithm %s has trained cannot be frozen with algorithm %s, which computes their sums in another unit; go on with %1$s, or freeze nothing."
                            .formatted(beginning.from().get().algorithm(), settings.step().policy().name()));
        }
        products.requireAvailable();
        return new Trainer(settings, threads, profiled, planned);
    }
}
