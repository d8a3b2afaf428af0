package io.github.bitgrad.train;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.TrainedPart;
import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.checkpoint.KeptNetwork;
import io.github.bitgrad.checkpoint.Meaning;
import io.github.bitgrad.checkpoint.NetworkContents;
import io.github.bitgrad.checkpoint.ReplayFile;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.data.Recipe;
import io.github.bitgrad.evaluate.Inference;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.NetworkText;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Threads;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Trains a network. All memory is taken when the trainer is built, nothing is allocated during a step, and
 * {@link #close()} gives all memory back. A seed gives the same network, bit for bit, on any number of threads.
 *
 * <p>
 * One thread may use a trainer at a time, but not always the same one. A method that another thread calls meanwhile
 * throws {@link IllegalStateException} and changes nothing, and so does a method that is called after
 * {@link #close()}. Only {@link #stop()}, {@link #stopped()} and {@link #close()} may be called by any thread at any
 * time. The listener of a training may use the trainer, but may not train.
 */
public final class Trainer implements AutoCloseable {
    private static final long NEVER = -1;
    /** On how many batches statistics are measured if images come one by one, and there is a replay memory. */
    private static final int BATCHES_OF_REPLAY = 5;

    /**
     * What the epochs of a training share.
     *
     * @param steps how many steps the training takes in all
     */
    private record Run(long steps, Schedule.Course course, BatchSupply supply, Optional<Dataset> test,
            TrainingListener listener) {
    }

    private final TrainingSettings settings;
    private final Network network;
    private final CompiledNetwork compiled;
    private final Program program;
    private final TrainingClock clock;
    private final Arena arena = Arena.ofShared();
    private final KeptNetwork kept = new KeptNetwork(arena);
    private final Workers workers;
    private final Inference inference;
    private final StatisticsMeasurement statistics;
    private final WeightSigns signs;
    /** How long each operation of a step took, if somebody wants to know. */
    private final Optional<StepTimes> times;
    /** Room for the packed signs of an image behind frozen nodes, if these are replayed. */
    private final byte[] packedSigns;
    private final TrainerUse use = new TrainerUse(this::free);
    /** The {@link TrainingIdentity} of the training that runs or ran last. */
    private Supplier<Map<String, String>> identity;
    /** What the network's input and outputs stand for, by the data set that it was trained on last. */
    private Meaning meaning;
    private final Optional<Replay> replay;
    /** The batches, not augmented, on which statistics are measured; empty unless a training was the last to take steps. */
    private Optional<Batches> unchanged = Optional.empty();
    /** The images of the last steps; empty unless {@link #step} or {@link #learn} was the last to take steps. */
    private Optional<RecentImages> recent = Optional.empty();
    /** The number of the step after which statistics were measured last; −1 if they never were. */
    private long measured = NEVER;
    /** How far the training is that runs or ran last; null before the first. */
    private TrainingProgress progress;
    /** Whether a step has begun that did not end, because it failed or the training has diverged. */
    private boolean broken;
    private boolean diverged;
    private volatile boolean stopped;

    /** The parameters are those of {@link TrainerBuilder}. */
    Trainer(TrainingSettings settings, int threads, boolean profiled, Runnable planned) {
        this.settings = settings;
        network = settings.step().network();
        meaning = settings.beginning().from().map(TrainedNetwork::meaning).orElse(Meaning.none(network));
        clock = settings.step().clock(settings.seed());
        compiled = settings.step().compile(clock);
        compiled.requireTrainable();
        program = compiled.program();
        program.plan();
        planned.run();
        program.allocate(arena);
        workers = new Workers(threads);
        times = profiled ? Optional.of(new StepTimes(program.training().size())) : Optional.empty();
        statistics = new StatisticsMeasurement(compiled, program, clock, workers);
        signs = new WeightSigns(compiled);
        inference = new Inference(network, compiled, this::prepareInference, () -> program.runInference(workers));
        SplittableRandom random = RandomStream.WEIGHTS.begin(settings.seed(), 0);
        compiled.weights().forEach(weights -> settings.beginning().initialWeights().fill(weights, random));
        program.runInitial(workers);
        settings.beginning().from().ifPresent(from -> from.fill(compiled, settings.step().policy().products(),
                program.state()));
        int replayed = settings.step().part().replayed();
        replay = settings.beginning().replay().filter(_ -> replayed > 0).map(memory -> new Replay(memory, replayed,
                replaysSigns(), network.input(), settings.seed()));
        packedSigns = new byte[replaysSigns()
                ? SignRows.bytesOfImage(compiled.batch().frozen().orElseThrow().all(), settings.step().batch())
                : 0];
    }

    private boolean replaysSigns() {
        return compiled.batch().frozen().flatMap(CompiledNetwork.FrozenSigns::replayed).isPresent();
    }

    /** Begins to describe a training. Everything but the network has a default. */
    public static TrainerBuilder of(Network network) {
        return new TrainerBuilder(network);
    }

    /**
     * Begins to describe a training that goes on from a trained network, on new data and with any settings. The optimizer
     * begins anew. {@link TrainerBuilder#freeze} keeps the first layers as they are, and {@link TrainerBuilder#replay}
     * keeps the network from forgetting.
     */
    public static TrainerBuilder from(TrainedNetwork trained) {
        return new TrainerBuilder(trained);
    }

    /**
     * Begins to describe a training of a network that suits a data set: with the network, the epochs and the batch of
     * {@link Dataset#recipe()}, and the algorithm {@code lean}.
     *
     * @throws IllegalArgumentException where the data set has no recipe
     */
    public static TrainerBuilder suiting(Dataset dataset) {
        Recipe recipe = dataset.recipe().orElseThrow(() -> new IllegalArgumentException(
                "Data set %s does not say what network suits it: choose one, and call Trainer.of(network)."
                        .formatted(dataset.name())));
        return of(NetworkText.parse(recipe.network(), "recipe").build(dataset)).algorithm(Algorithm.LEAN)
                .epochs(recipe.epochs()).batch(recipe.batch());
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
     * <p>
     * The training ends early, after the step that runs, if {@link #stop()} is called or the thread that trains is
     * interrupted; it stays interrupted then. {@link #stopped()} tells which it was. The trainer can be used as after
     * any other training: {@link #saveTraining} and {@link #resume} continue at the next step.
     *
     * @param listener is told of every step and epoch
     * @throws IllegalArgumentException where the images or classes of the data set do not fit the network, or its
     *             images do not fill a batch
     * @throws BitgradException where the training diverges: a loss or a number that is kept from step to step is not
     *             finite, or the loss of a step is more than a thousand times that of the first epoch (within that
     *             epoch, that of the first step). The listener is not told of that step, and neither the network nor
     *             the training can be saved any more
     * @throws IllegalStateException where another thread uses this trainer, it trains already, or it is closed
     */
    public void train(Dataset dataset, TrainingListener listener) {
        train(dataset, Optional.empty(), listener);
    }

    /**
     * Trains as {@link #train(Dataset, TrainingListener)} does, and tests the network after every epoch. The reports of
     * the epochs tell the results, and the schedule of the learning rate may follow them. The training differs in
     * nothing else.
     *
     * @param test the images that the network is tested with
     */
    public void train(Dataset dataset, Dataset test, TrainingListener listener) {
        train(dataset, Optional.of(test), listener);
    }

    private void train(Dataset dataset, Optional<Dataset> test, TrainingListener listener) {
        use.enter();
        try {
            requireFitting(dataset, test);
            kept.clear();
            train(dataset, test, listener, TrainingState.Position.begin(clock.step()));
        } finally {
            use.leave();
        }
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
     * {@link Schedule#CONSTANT} or {@link Schedule#LOSS_PLATEAU} can always be prolonged. The network becomes what it would
     * have become if the training had begun with the larger number. Where reading the file fails after buffers have
     * begun to be filled from it, this trainer can no longer be used. This training can be stopped, and can diverge, as
     * {@link #train(Dataset, TrainingListener)} says.
     *
     * @param listener is told of every step and epoch from there on
     * @throws BitgradException where the file cannot be read, or is of a training with other settings or other data, or
     *             the training diverges
     * @throws IllegalArgumentException where the images or classes of the data set do not fit the network, or its
     *             images do not fill a batch
     * @throws IllegalStateException where another thread uses this trainer, it trains already, or it is closed
     */
    public void resume(Path file, Dataset dataset, TrainingListener listener) {
        resume(file, dataset, Optional.empty(), listener);
    }

    /**
     * Continues a training as {@link #resume(Path, Dataset, TrainingListener)} does, and tests the network after every
     * epoch, as {@link #train(Dataset, Dataset, TrainingListener)} does.
     *
     * @param test the images that the network is tested with. They must be those that the training began with if the
     *            schedule follows their results
     */
    public void resume(Path file, Dataset dataset, Dataset test, TrainingListener listener) {
        resume(file, dataset, Optional.of(test), listener);
    }

    private void resume(Path file, Dataset dataset, Optional<Dataset> test, TrainingListener listener) {
        use.enter();
        try {
            use.requireNoTraining();
            requireFitting(dataset, test);
            Threads.uninterrupted(() -> restore(file, dataset, test));
            train(dataset, test, listener, progress.position(clock.step()));
        } finally {
            use.leave();
        }
    }

    private void restore(Path file, Dataset dataset, Optional<Dataset> test) {
        TrainingState.Position from = TrainingState.restore(file, network, (written, done) -> TrainingIdentity
                .requireContinuable(file, written, done, settings, dataset, test), program.state(), kept);
        clock.continueAfter(from.allSteps());
        progress = new TrainingProgress(from, settings.step().batch());
    }

    private void requireFitting(Dataset dataset, Optional<Dataset> test) {
        inference.requireFitting(dataset);
        settings.requireBatchIn(dataset);
        test.ifPresent(inference::requireFitting);
        settings.requireTests(test.isPresent());
        useMemory(dataset.classNames());
        if (settings.step().part().replayed() > 0 && settings.beginning().replay().orElseThrow().size() == 0) {
            throw new IllegalArgumentException(
                    "The replay memory has no samples to mix with those of data set %s; let it remember earlier data first, or train without it."
                            .formatted(dataset.name()));
        }
    }

    private void train(Dataset dataset, Optional<Dataset> test, TrainingListener listener,
            TrainingState.Position from) {
        use.beginTraining();
        try {
            identity = () -> TrainingIdentity.of(settings, dataset, test); // made only when it is saved: it reads the data
            meaning = Meaning.of(dataset.description());
            progress = new TrainingProgress(from, settings.step().batch());
            broken = false;
            diverged = false;
            stopped = false;
            trainOn(dataset, test, listener, from);
        } finally {
            use.endTraining();
        }
    }

    private void trainOn(Dataset dataset, Optional<Dataset> test, TrainingListener listener,
            TrainingState.Position from) {
        StepSettings step = settings.step();
        Batches batches = new Batches(dataset, settings.augmentation(dataset), step.newImages(), step.parts(),
                settings.seed(), replay);
        int stepsInEpoch = batches.inEpoch() / step.parts();
        long steps = Math.min(settings.mostSteps().orElse(Long.MAX_VALUE), (long) settings.epochs() * stepsInEpoch);
        Schedule.Course course = settings.schedule().start(settings.learningRate(), steps);
        unchanged = Optional.of(new Batches(dataset, Augmentation.NONE, step.newImages(), step.parts(), settings.seed(),
                replay));
        recent = Optional.empty();
        measured = NEVER;
        from.epochs().forEach(course::epochEnded);
        listener.begun(steps);
        if (from.steps() > 0) {
            listener.resumed(progress.epochs(), from.steps(), steps);
        }
        try (BatchSupply supply = BatchSupply.of(batches, compiled, from.steps() * step.parts(),
                steps * step.parts())) {
            Run run = new Run(steps, course, supply, test, listener);
            while (!stopped && (progress.steps() < steps || progress.isWithinEpoch())) {
                epoch(run, Math.min(progress.epochBegin() + stepsInEpoch, steps));
            }
        }
        measureStatistics(); // now, because the data set may be closed afterwards
        listener.ended();
    }

    /**
     * Measures the statistics for inference, unless that was done after the last step. Before the first step, there are
     * those of the trained network that this one began with.
     */
    private void measureStatistics() {
        if (measured == clock.step()) {
            return;
        }
        unchanged.ifPresent(batches -> measureStatistics(batches::write,
                StatisticsMeasurement.batches(settings.statisticsBatches(), batches.inEpoch())));
        recent.ifPresent(images -> measureStatistics((number, batch) -> writeRecent(images, number),
                replay.isPresent() ? BATCHES_OF_REPLAY : 1));
    }

    private void measureStatistics(StatisticsMeasurement.Source source, int batches) {
        Threads.uninterrupted(() -> statistics.measure(source, batches));
        measured = clock.step();
    }

    private void prepareInference() {
        measureStatistics();
        if (measured == NEVER && !settings.beginning().from()
                .map(from -> from.hasStatisticsFor(settings.step().policy().products())).orElse(true)) {
            throw new IllegalStateException(
                    "Network %s has no statistics yet, because it has new classes or another algorithm has trained it; take a step first."
                            .formatted(network.name()));
        }
        program.runBeforeInference(workers);
    }

    /** @param end one more than the number of the epoch's last step, counted from 0 over all epochs */
    private void epoch(Run run, long end) {
        boolean fromItsBegin = !progress.isWithinEpoch();
        if (fromItsBegin) {
            signs.keep();
        }
        while (progress.steps() < end && !use.isStopping()) {
            step(run);
        }
        requireFiniteState();
        if (progress.steps() < end) {
            stopped = true;
            return;
        }
        Optional<Evaluation> test = run.test().map(inference::evaluate);
        EpochReport report = progress.epochEnded(run.course().rate(end - 1),
                fromItsBegin ? signs.flips() : Optional.empty(), test);
        run.course().epochEnded(progress.lastEpoch());
        run.listener().epochEnded(report);
    }

    private void step(Run run) {
        int batch = settings.step().batch();
        float rate = run.course().rate(progress.steps());
        long begin = System.nanoTime();
        run.supply().handOver();
        broken = true;
        clock.next(rate);
        runPart();
        double lossSum = inference.lossSum(settings.step().microBatch());
        int correct = inference.correct(settings.step().microBatch());
        while (!clock.isLastPart()) {
            run.supply().handOver();
            clock.nextPart();
            runPart();
            lossSum += inference.lossSum(settings.step().microBatch());
            correct += inference.correct(settings.step().microBatch());
        }
        long elapsed = System.nanoTime() - begin;
        if (!Double.isFinite(lossSum) || lossSum / batch > progress.mostLoss()) {
            throw diverged(String.format(Locale.ROOT, "the loss of step %d is %.4g", progress.steps() + 1,
                    lossSum / batch)
                    + (progress.steps() == 0
                            ? ""
                            : String.format(Locale.ROOT, ", and was %.4g at first", progress.usualLoss())));
        }
        progress.stepEnded(lossSum, correct, elapsed);
        broken = false;
        run.listener().stepEnded(progress.steps(), run.steps(), lossSum / batch, (double) correct / batch,
                elapsed);
    }

    /**
     * Takes one step with images of the caller's, at the learning rate of the settings. Where there is a replay memory,
     * its samples fill the batch; it does not change.
     *
     * @param images as many images as a batch has new ones ({@link StepSettings#newImages}), one behind the other:
     *            unsigned bytes, height × width × channels each
     * @param labels the class of each image
     * @throws IllegalArgumentException if these are not so many images, or a label is none of the network's classes
     * @throws BitgradException if the training diverges
     * @throws IllegalStateException if another thread uses this trainer, it trains already, or it is closed
     */
    public StepReport step(MemorySegment images, int... labels) {
        use.enter();
        try {
            use.requireNoTraining();
            int bytes = network.input().values();
            int wanted = settings.step().newImages();
            if (labels.length != wanted || images.byteSize() != (long) wanted * bytes) {
                throw new IllegalArgumentException(
                        "A step takes %s images of %s bytes (%s) and as many labels, but there are %s bytes and %s labels."
                                .formatted(wanted, bytes, network.input(), images.byteSize(), labels.length));
            }
            for (int label : labels) {
                requireClass(label);
            }
            RecentImages newest = recent();
            for (int i = labels.length - 1; i >= 0; i--) { // so that the first image becomes the first row
                newest.add(images, (long) i * bytes, labels[i]);
            }
            return stepWith(newest);
        } finally {
            use.leave();
        }
    }

    /**
     * Learns one sample: takes one step with it and with samples of the replay memory, and then offers it to the memory.
     * The memory makes the batch large enough for the statistics of batch normalisation. As long as it has less than two
     * samples, there is nothing to compare a sample with; then the memory remembers it, and no step is taken. The network
     * can be used between any two samples; its statistics are then measured on samples of the memory.
     *
     * @param sample unsigned bytes, height × width × channels
     * @param label its class
     * @return how the step went; empty if none was taken
     * @throws IllegalArgumentException if the sample has another size, or the label is none of the network's classes
     * @throws BitgradException if the training diverges, or the memory has samples of another network
     * @throws IllegalStateException if there is no replay memory ({@link TrainerBuilder#replay}), another thread uses this
     *             trainer, it trains already, or it is closed
     */
    public Optional<StepReport> learn(MemorySegment sample, int label) {
        use.enter();
        try {
            use.requireNoTraining();
            ReplayMemory memory = useMemory(meaning.classNames()).filter(_ -> replay.isPresent())
                    .orElseThrow(() -> new IllegalStateException(
                            "A network can learn single samples only beside those of a replay memory; build the trainer with one."));
            inference.requireImage(sample);
            requireClass(label);
            RecentImages newest = recent();
            newest.add(sample, 0, label);
            Optional<StepReport> report = Optional.empty();
            if (memory.size() >= 2) {
                report = Optional.of(stepWith(newest));
            } else {
                newest.write(compiled.batch());
                runInferenceAsItIs();
            }
            if (replaysSigns()) {
                offerSigns(memory, 0, label);
            } else {
                memory.offer(sample, label);
            }
            return report;
        } finally {
            use.leave();
        }
    }

    /**
     * Offers all samples of a data set to the replay memory, which keeps a selection.
     *
     * @throws IllegalArgumentException if the images or classes of the data set do not fit the network
     * @throws BitgradException if the memory has samples of another network
     * @throws IllegalStateException if there is no replay memory, another thread uses this trainer, it trains already, or
     *             it is closed
     */
    public void remember(Dataset dataset) {
        use.enter();
        try {
            use.requireNoTraining();
            inference.requireFitting(dataset);
            ReplayMemory memory = useMemory(dataset.classNames()).orElseThrow(() -> new IllegalStateException(
                    "There is no replay memory that could remember data set %s; build the trainer with one."
                            .formatted(dataset.name())));
            byte[] image = new byte[network.input().values()];
            MemorySegment pixels = compiled.batch().pixels().segment();
            int batch = settings.step().newImages();
            for (int first = 0; first < dataset.size(); first += batch) {
                int count = Math.min(batch, dataset.size() - first);
                for (int row = 0; row < count; row++) {
                    dataset.read(first + row, image);
                    if (replaysSigns()) {
                        MemorySegment.copy(image, 0, pixels, ValueLayout.JAVA_BYTE, (long) row * image.length,
                                image.length);
                    } else {
                        memory.offer(MemorySegment.ofArray(image), dataset.label(first + row));
                    }
                }
                if (replaysSigns()) {
                    runInferenceAsItIs();
                    for (int row = 0; row < count; row++) {
                        offerSigns(memory, row, dataset.label(first + row));
                    }
                }
            }
        } finally {
            use.leave();
        }
    }

    /** Offers the signs that the frozen part has made of the image in this row of the batch. */
    private void offerSigns(ReplayMemory memory, int row, int label) {
        MemorySegment signs = MemorySegment.ofArray(packedSigns);
        SignRows.read(compiled.batch().frozen().orElseThrow().all(), settings.step().batch(), row, signs);
        memory.offer(signs, label);
    }

    /** The frozen part does not depend on statistics that would have to be measured. */
    private void runInferenceAsItIs() {
        program.runBeforeInference(workers);
        program.runInference(workers);
    }

    /**
     * The replay memory, ready for samples of these classes.
     *
     * @throws BitgradException if it has samples of another network
     */
    private Optional<ReplayMemory> useMemory(List<String> classNames) {
        Optional<ReplayMemory> memory = settings.beginning().replay();
        memory.ifPresent(samples -> samples.use(formOfSamples(classNames)));
        return memory;
    }

    private ReplayFile.Form formOfSamples(List<String> classNames) {
        if (!replaysSigns()) {
            return new ReplayFile.Form(Network.INPUT, network.input() + " images", network.input().values(),
                    classNames);
        }
        TrainedPart part = settings.step().part();
        return new ReplayFile.Form(part.lastFrozenBlock(), "signs of the frozen layers " + settings.beginning().from()
                .orElseThrow().digestOf(part.frozenBlocks()), packedSigns.length, classNames);
    }

    private void requireClass(int label) {
        if (label < 0 || label >= network.classes()) {
            throw new IllegalArgumentException(
                    "The label %s is none of the %s classes of network %s; give one from 0 to %s, or begin with a network that has more classes."
                            .formatted(label, network.classes(), network.name(), network.classes() - 1));
        }
    }

    private RecentImages recent() {
        if (recent.isEmpty()) {
            recent = Optional.of(new RecentImages(settings.step().newImages(), network.input().values()));
            unchanged = Optional.empty();
        }
        return recent.get();
    }

    private void writeRecent(RecentImages images, long number) {
        images.write(compiled.batch());
        if (replay.isPresent()) {
            replay.get().write(number, Augmentation.NONE, compiled.batch());
        }
    }

    /** Takes a step with the newest images and replayed ones. */
    private StepReport stepWith(RecentImages newest) {
        int batch = settings.step().batch();
        writeRecent(newest, clock.step());
        broken = true;
        progress = null;
        clock.next(settings.learningRate());
        runPart();
        double loss = inference.lossSum(batch) / batch;
        if (!Double.isFinite(loss)) {
            throw diverged("the loss of step %s is %s".formatted(clock.step(), loss));
        }
        broken = false;
        return new StepReport(loss, (double) inference.correct(batch) / batch);
    }

    private void runPart() {
        boolean last = clock.isLastPart();
        if (times.isEmpty()) {
            program.runTraining(workers, last);
            return;
        }
        program.timeTraining(workers, last, times.get().nanoseconds());
        if (last) {
            times.get().stepEnded();
        }
    }

    /**
     * Where the time of the steps went that this trainer has taken, but for the first ones, see {@link Profile}.
     *
     * @throws IllegalStateException if the trainer was not built to be {@linkplain TrainerBuilder#profiled profiled}, or
     *             another thread uses it, or it is closed
     */
    public Profile profile() {
        use.enter();
        try {
            return Profile.of(program.training(), times.orElseThrow(() -> new IllegalStateException(
                    "Operations were not timed; build the trainer with profiled().")));
        } finally {
            use.leave();
        }
    }

    /** Weights may become infinite while the loss stays finite, because only their signs are used. */
    private void requireFiniteState() {
        FiniteNumbers.firstOutside(program.state()).ifPresent(buffer -> {
            throw diverged("after step %s not all numbers in %s are finite".formatted(clock.step(),
                    buffer.name()));
        });
    }

    private BitgradException diverged(String how) {
        broken = true;
        diverged = true;
        return new BitgradException(
                "The training has diverged: %s; train with a learning rate smaller than %s, or with a batch larger than %s."
                        .formatted(how, settings.learningRate(), settings.step().batch()));
    }

    /**
     * Lets the training that runs end after its current step. Any thread may call this, and the listener too. It
     * returns at once. If no training runs, it does nothing.
     */
    public void stop() {
        use.stop();
    }

    /**
     * Whether the training that ran last ended before its last step, because of {@link #stop()}, {@link #close()} or an
     * interruption of its thread.
     */
    public boolean stopped() {
        return stopped;
    }

    /**
     * How many epochs of the training that runs or ran last have ended since the one with the best test accuracy; of
     * several with this accuracy, since the first. It is 0 after an epoch that is better than all before, and where no
     * epoch was tested yet. A resumed training knows the epochs before the interruption.
     *
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public int epochsSinceBest() {
        use.enter();
        try {
            return progress == null ? 0 : progress.epochsSinceBest();
        } finally {
            use.leave();
        }
    }

    /**
     * The best test accuracy after an epoch of the training that runs or ran last, 0 to 1; empty where no epoch was
     * tested yet. A resumed training knows the epochs before the interruption.
     *
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public OptionalDouble bestTestAccuracy() {
        use.enter();
        try {
            return progress == null ? OptionalDouble.empty() : progress.bestTestAccuracy();
        } finally {
            use.leave();
        }
    }

    /**
     * Tests the network, as it is now, on a whole data set.
     *
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public Evaluation evaluate(Dataset dataset) {
        use.enter();
        try {
            return inference.evaluate(dataset);
        } finally {
            use.leave();
        }
    }

    /**
     * Tells the class of one image by the network as it is now.
     *
     * @param image its pixels, unsigned bytes, height × width × channels
     * @return from 0 to the network's classes − 1
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public int classify(MemorySegment image) {
        use.enter();
        try {
            return inference.classify(image);
        } finally {
            use.leave();
        }
    }

    /**
     * Writes the network, as it is now, for {@link io.github.bitgrad.infer.Classifier#load}, with the class names and
     * the preprocessing of the data set that it was trained on last. A file of that name is replaced in one moment, when
     * all has been written.
     *
     * @throws BitgradException where the network cannot be written, or its training has diverged; a file of that name
     *             stays as it was
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public void save(Path file) {
        save(file, false);
    }

    /**
     * Writes the network as {@link #save} does, and also the latent weights behind its signs. So a training that goes on
     * from the file ({@link #from}) loses nothing but what the optimizer keeps. Such a file is several times as large.
     *
     * @throws BitgradException where the network cannot be written, or its training has diverged; a file of that name
     *             stays as it was
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public void saveWithLatentWeights(Path file) {
        save(file, true);
    }

    private void save(Path file, boolean latentWeights) {
        use.enter();
        try {
            if (diverged) {
                throw new BitgradException(
                        "The network was not saved to %s, which is as it was, because the training has diverged; train it again with a smaller learning rate."
                                .formatted(file));
            }
            NetworkContents contents = contents(latentWeights);
            Threads.uninterrupted(() -> contents.save(file));
        } finally {
            use.leave();
        }
    }

    /** The network as it is now, with its statistics. */
    private NetworkContents contents(boolean latentWeights) {
        requireFiniteState();
        prepareInference();
        List<Buffer> latent = !latentWeights || settings.step().policy().products() == Products.BLAS
                ? List.of() // OpenBLAS multiplies by latent weights, so they are what the network is stored as
                : compiled.binaryWeights().stream().filter(weights -> weights.values() != weights.signs())
                        .map(BinaryWeights::values).toList();
        return new NetworkContents(network, settings.step().origin(), meaning, settings.step().ofNetwork(program),
                latent);
    }

    /**
     * Keeps a copy of the network, as it is now, in place of the one that was kept before: the network of the best epoch,
     * if {@link BestNetwork} calls this method. The copy is in memory, outside of the Java heap and in addition to the
     * {@linkplain #plan() plan}, and takes as much as its file would: a bit for each binary weight, or a float32 for each
     * weight after products by OpenBLAS. {@link #saveTraining} writes it, too, and a training that is {@linkplain #resume
     * resumed} has it again. It is forgotten when another training begins.
     *
     * @throws BitgradException if there is no memory for it, or the training has diverged
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public void keep() {
        keep(false);
    }

    /**
     * Keeps a copy of the network as {@link #keep} does, with what {@link #saveWithLatentWeights} writes.
     *
     * @throws BitgradException if there is no memory for it, or the training has diverged
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public void keepWithLatentWeights() {
        keep(true);
    }

    private void keep(boolean latentWeights) {
        use.enter();
        try {
            kept.keep(contents(latentWeights));
        } finally {
            use.leave();
        }
    }

    /**
     * The network that was kept, as the bytes of its file, on the Java heap, for
     * {@link io.github.bitgrad.infer.Classifier#load(byte[])}; empty if none was kept.
     *
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public Optional<byte[]> kept() {
        use.enter();
        try {
            return kept.isPresent() ? Optional.of(kept.bytes()) : Optional.empty();
        } finally {
            use.leave();
        }
    }

    /**
     * Whether a network was kept.
     *
     * @throws IllegalStateException where another thread uses this trainer, or it is closed
     */
    public boolean keepsNetwork() {
        use.enter();
        try {
            return kept.isPresent();
        } finally {
            use.leave();
        }
    }

    /**
     * Writes the network that was kept, as {@link #save} writes the network as it is now.
     *
     * @throws BitgradException where the network cannot be written; a file of that name stays as it was
     * @throws IllegalStateException where no network was kept, another thread uses this trainer, or it is closed
     */
    public void saveKept(Path file) {
        use.enter();
        try {
            Threads.uninterrupted(() -> kept.save(file));
        } finally {
            use.leave();
        }
    }

    /**
     * Writes the training, as it is at the end of a step, for {@link #resume}. Call it from the listener of the
     * training, or when the training is over or was stopped. If it is called from {@link TrainingListener#stepEnded}
     * after the last step of an epoch, the resumed training tells its listener of the end of this epoch first. A file
     * of that name is replaced in one moment, when all has been written. The file has a digest of the data set, so
     * that the training cannot be resumed with another one; it has none if the data set is closed already.
     *
     * @throws BitgradException where the training cannot be written, or has diverged; a file of that name stays as it
     *             was
     * @throws IllegalStateException before the first training, after a step that failed or diverged, where another
     *             thread uses this trainer, or it is closed
     */
    public void saveTraining(Path file) {
        saveTraining(file, 1);
    }

    /**
     * Writes the training as {@link #saveTraining(Path)} does, and keeps files that were written before: the one before
     * the file has its name with {@code .1} behind it, the one before that has {@code .2}, and so on. They change only
     * when the new file is completely on the disk.
     *
     * @param kept how many files to keep, the new one included, at least 1; the oldest one is deleted
     * @throws BitgradException where the training cannot be written, or has diverged; all files stay as they were
     * @throws IllegalStateException before the first training, after a step that failed or diverged, where another
     *             thread uses this trainer, or it is closed
     */
    public void saveTraining(Path file, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("At least 1 file must be kept, but %s were asked for.".formatted(kept));
        }
        use.enter();
        try {
            if (progress == null || broken) {
                throw new IllegalStateException(
                        "There is no training to save; save it where one of its steps has ended.");
            }
            requireFiniteState();
            measureStatistics();
            Threads.uninterrupted(() -> TrainingState.write(file, kept, network, identity.get(),
                    progress.position(clock.step()), program.state(), this.kept));
        } finally {
            use.leave();
        }
    }

    /**
     * Gives the memory back and ends the threads; closing again does nothing. If another thread uses the trainer, this
     * method lets a training of that thread end after its step, and waits until the thread has ended its use; an
     * interruption does not end the wait. So do not hold a lock that the listener of the training waits for. If the
     * listener of the training itself calls this method, it returns at once, the training ends after its step, and the
     * memory is given back then.
     */
    @Override
    public void close() {
        use.close();
    }

    private void free() {
        workers.close();
        arena.close();
    }
}
