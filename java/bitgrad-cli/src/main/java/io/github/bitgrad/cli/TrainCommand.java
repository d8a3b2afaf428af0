package io.github.bitgrad.cli;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.Links;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Recipe;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.InitialWeights;
import io.github.bitgrad.train.MachineSpeed;
import io.github.bitgrad.train.MemoryDecision;
import io.github.bitgrad.train.MemoryPlanner;
import io.github.bitgrad.train.StepSettings;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import io.github.bitgrad.train.TrainingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bitgrad train}. */
@Command(name = "train", description = "Trains a network and tests it after every epoch.")
final class TrainCommand implements Runnable {
    private static final class AugmentationNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Augmentation.all().stream().map(Augmentation::name).iterator();
        }
    }

    private static final int MOST_KEPT = 1000;

    @ParentCommand
    private Main main;

    @Mixin
    private DataOptions data;

    @Option(names = "--balance",
            description = "Show the samples of rare classes several times in an epoch, so that every class is seen as "
                    + "often as the most frequent one.")
    private boolean balance;

    @Mixin
    private NetworkOptions options;

    @Mixin
    private ReplayOptions replay;

    @Option(names = "--batch", paramLabel = "N", converter = PositiveInteger.class,
            description = "Images in a step. The default is 100, or what suits the data, or what a memory limit chooses.")
    private Integer batch;

    @Option(names = "--epochs", paramLabel = "N", converter = PositiveInteger.class,
            description = "Passes over the training images. The default is 10, or what suits the data.")
    private Integer epochs;

    @Option(names = "--steps", paramLabel = "N", converter = PositiveInteger.class,
            description = "Stop after N steps, even within an epoch. By default there is no limit.")
    private Integer steps;

    @Mixin
    private ValidationOptions validation;

    @Option(names = "--no-test", description = "Neither read nor use the test images.")
    private boolean noTest;

    @Option(names = "--learning-rate", paramLabel = "F",
            description = "Learning rate at the start. The default is what the optimizer suggests. For bop it is the "
                    + "adaptivity rate.")
    private Float learningRate;

    @Mixin
    private ScheduleOptions schedule;

    @Option(names = "--initial-weights", paramLabel = "NAME",
            description = "How the first values of weights are distributed: ${COMPLETION-CANDIDATES}.")
    private InitialWeights initialWeights = NetworkOptions.DEFAULTS.beginning().initialWeights();

    @Option(names = "--augment", paramLabel = "NAME", completionCandidates = AugmentationNames.class,
            description = "How training images are changed at random: ${COMPLETION-CANDIDATES}. The default is what "
                    + "suits the data.")
    private Augmentation augmentation;

    @Option(names = "--seed", paramLabel = "N",
            description = "Number from which everything random follows: first weights, the order of images, "
                    + "augmentation and rounding.")
    private long seed = NetworkOptions.DEFAULTS.seed();

    @Option(names = "--statistics-batches", paramLabel = "N", converter = PositiveInteger.class,
            description = "Batches of training images, at most, on which the statistics of normalisation are measured "
                    + "before the network is tested or saved.")
    private int statisticsBatches = NetworkOptions.DEFAULTS.statisticsBatches();

    @Mixin
    private MachineOptions machine;

    @Option(names = "--save", paramLabel = "FILE",
            description = "Write the trained network to FILE, for bitgrad evaluate and bitgrad predict.")
    private Path save;

    @Option(names = "--latent-weights",
            description = "Write the latent weights, too, so that a training that goes on from the network loses nothing. "
                    + "Such a file is several times as large.")
    private boolean latentWeights;

    @Option(names = "--metrics", paramLabel = "FILE", description = "Append a JSON object to FILE after every epoch.")
    private Path metrics;

    @Option(names = "--checkpoint", paramLabel = "FILE",
            description = "Write the state of the training to FILE after every epoch, and when SIGINT or SIGTERM ends "
                    + "it, so that it can be resumed.")
    private Path checkpoint;

    @Option(names = "--checkpoint-every", paramLabel = "STEPS|TIME", converter = Interval.Converter.class,
            description = "Write the checkpoint within epochs, too: after so many steps, such as 200, or so much time, "
                    + "such as 30s, 5m or 2h, since it was written last.")
    private Interval checkpointEvery;

    @Option(names = "--keep", paramLabel = "N", converter = PositiveInteger.class,
            description = "Keep the newest N checkpoints: FILE, and those before it as FILE.1, FILE.2 and so on. By "
                    + "default, only FILE is kept.")
    private Integer keep;

    @Option(names = "--profile",
            description = "Report where the time of a step goes: by layers and kinds of operations, "
                    + "with rates beside what the machine can do.")
    private boolean profile;

    @Option(names = "--resume",
            description = "Continue the training in the file that --checkpoint names, or if it is damaged in the one "
                    + "before it; if there is no such file, begin a training. With the same options the result is that of a training without interruption; only "
                    + "threads, ISA level and files may differ; and --epochs and --steps if no step that is done would "
                    + "have had another learning rate. The report covers the steps after the interruption.")
    private boolean resume;

    @Mixin
    private Output output;

    @Override
    public void run() {
        requireDifferent("Network and metrics", save, metrics);
        requireDifferent("Network and checkpoint", save, checkpoint);
        requireDifferent("Metrics and checkpoint", metrics, checkpoint);
        Signals.endAtOnce("bitgrad: Stopped by %s before the first step; nothing was changed.");
        if (resume && checkpoint == null) {
            throw new IllegalArgumentException("There is no training to resume; name its file with --checkpoint.");
        }
        if ((checkpointEvery != null || keep != null) && checkpoint == null) {
            throw new IllegalArgumentException("There is no file for checkpoints; name one with --checkpoint.");
        }
        if (kept() > MOST_KEPT) {
            throw new IllegalArgumentException(
                    "At most %s checkpoints can be kept, but --keep asks for %s.".formatted(MOST_KEPT, keep));
        }
        for (int number = 1; number < kept(); number++) {
            Path before = TrainingState.before(checkpoint, number);
            requireDifferent("Network and an older checkpoint", save, before);
            requireDifferent("Metrics and an older checkpoint", metrics, before);
        }
        requireDifferent("Network and replayed samples", save, replay.file());
        requireDifferent("Metrics and replayed samples", metrics, replay.file());
        requireDifferent("Checkpoint and replayed samples", checkpoint, replay.file());
        if (latentWeights && save == null) {
            throw new IllegalArgumentException("There is no file for latent weights; name one with --save.");
        }
        validation.requirePossible();
        with(options.training(Models.MLP.usual(), batch), TrainerBuilder.DEFAULT_EPOCHS).settings()
                .requireTests(validation.isGiven() || !isUntested()); // so that it is refused before data is read
        String isa = machine.selectIsa();
        ReadingOptions reading = options.from().reading(data);
        try (ReplayOptions samples = replay) {
            samples.open();
            if (isUntested()) {
                try (Dataset train = Datasets.open(data.source(), Split.TRAIN, reading)) {
                    trainOfNetwork(train, Optional.empty(), isa);
                }
            } else {
                try (TrainAndTest both = Datasets.open(data.source(), reading)) {
                    trainOfNetwork(both.train(), Optional.of(both.test()), isa);
                }
            }
        }
    }

    private void trainOfNetwork(Dataset train, Optional<Dataset> test, String isa) {
        if (!options.from().isGiven()) {
            trainValidated(train, test, isa);
            return;
        }
        try (Dataset ofNetwork = options.from().ofNetwork(train);
                Dataset testOfNetwork = test.map(options.from()::ofNetwork).orElse(null)) {
            trainValidated(ofNetwork, Optional.ofNullable(testOfNetwork), isa);
        }
    }

    private void trainValidated(Dataset train, Optional<Dataset> test, String isa) {
        if (!validation.isGiven()) {
            trainBalanced(new TrainingParts(train, Optional.empty(), test), isa);
            return;
        }
        try (TrainAndTest parts = validation.split(train, seed)) {
            main.note(validation.told(parts, data.reading()));
            trainBalanced(new TrainingParts(parts.train(), Optional.of(parts.test()), test), isa);
        }
    }

    private boolean isUntested() {
        return noTest || data.reading().get(ReadingOptions.TEST_FRACTION).filter(kept -> kept == 0).isPresent();
    }

    /** Balances after the validation part was taken, which would have samples of the training part otherwise. */
    private void trainBalanced(TrainingParts parts, String isa) {
        if (balance) {
            try (Dataset balanced = parts.train().balanced()) {
                train(new TrainingParts(balanced, parts.validation(), parts.test()), isa);
            }
        } else {
            train(parts, isa);
        }
    }

    /** How many checkpoints are kept. */
    private int kept() {
        return keep == null ? 1 : keep;
    }

    private static void requireDifferent(String what, Path one, Path other) {
        if (one != null && other != null && Links.leadToOneFile(one, other)) {
            throw new IllegalArgumentException("%s cannot both be written to %s; name two files.".formatted(what, one));
        }
    }

    /**
     * The training that the options describe.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    private TrainerBuilder training(Dataset train) {
        return with(options.training(train, batch),
                train.recipe().map(Recipe::epochs).orElse(TrainerBuilder.DEFAULT_EPOCHS));
    }

    /** Sets what is no matter of the network. */
    private TrainerBuilder with(TrainerBuilder training, int usualEpochs) {
        training.epochs(epochs == null ? usualEpochs : epochs).schedule(schedule.schedule())
                .initialWeights(initialWeights).seed(seed).statisticsBatches(statisticsBatches)
                .threads(machine.threads());
        if (steps != null) {
            training.mostSteps(steps);
        }
        if (profile) {
            training.profiled();
        }
        if (learningRate != null) {
            training.learningRate(learningRate);
        }
        if (augmentation != null) {
            training.augmentation(augmentation);
        }
        return training;
    }

    private void train(TrainingParts parts, String isa) {
        Dataset train = parts.train();
        TrainerBuilder training = training(train);
        if (options.memoryLimit() != null) {
            MemoryDecision decision = MemoryPlanner.decide(training, options.memoryLimit());
            main.note("memory limit: " + decision);
            training.with(decision);
        }
        replay.mix(training);
        training.settings().requireBatchIn(train);
        RescuedFile networkFile = save == null
                ? null
                : new RescuedFile(save, Checkpoint::requireWritable, "which bitgrad evaluate can read");
        MetricsFile metricsFile = metrics == null ? null : new MetricsFile(metrics);
        TrainingFile trainingFile = checkpoint == null
                ? null
                : new TrainingFile(checkpoint, resume, checkpointEvery == null ? (_, _) -> false : checkpointEvery,
                        kept());
        if (trainingFile != null) {
            trainingFile.warnings().forEach(main::note);
        }
        try (Trainer trainer = training.build(System::gc)) {
            TrainingRecord record;
            Signals.defer("bitgrad: Stopped at once by %s; files are as they were last saved.");
            try (Display display = main.display(parts.validation().isPresent() ? "validation" : "test",
                    trainer.plan().peakBytes())) {
                record = new TrainingRecord(trainer, parts.watched(), validation.best(trainer, latentWeights), display,
                        metricsFile, trainingFile);
                train(trainer, parts, trainingFile, record);
            }
            if (Signals.noted().isPresent()) {
                keep(trainer, trainingFile, networkFile, record);
            } else {
                if (networkFile != null) {
                    networkFile.save(file -> write(trainer, file));
                    noteMissingLatentWeights(networkFile, record);
                }
                replay.keep(trainer, train);
                if (trainingFile != null) {
                    trainingFile.rescue(trainer);
                }
                if (validation.isGiven()) {
                    parts.test().map(test -> evaluateSaved(trainer, test)).ifPresent(record::tested);
                }
                report(trainer, train, record, isa, networkFile != null && networkFile.isSaved());
            }
        }
        if (networkFile != null) {
            networkFile.requireSaved();
        }
        if (metricsFile != null) {
            metricsFile.requireComplete();
        }
        if (trainingFile != null) {
            trainingFile.requireSaved();
        }
        replay.requireSaved();
    }

    /** @param from the file of the training; null if there is none */
    private static void train(Trainer trainer, TrainingParts parts, TrainingFile from, TrainingRecord record) {
        boolean resumes = from != null && from.resumes();
        Optional<Dataset> watched = parts.watched();
        if (resumes && watched.isPresent()) {
            trainer.resume(from.newest(), parts.train(), watched.get(), record);
        } else if (resumes) {
            trainer.resume(from.newest(), parts.train(), record);
        } else if (watched.isPresent()) {
            trainer.train(parts.train(), watched.get(), record);
        } else {
            trainer.train(parts.train(), record);
        }
    }

    /** Writes the best network if there is a validation part and an epoch has ended, otherwise the network as it is. */
    private void write(Trainer trainer, Path file) {
        if (isOfBest(trainer)) {
            trainer.saveKept(file);
        } else if (latentWeights) {
            trainer.saveWithLatentWeights(file);
        } else {
            trainer.save(file);
        }
    }

    /** The best network may be one that was kept before an interruption, when latent weights were not asked for. */
    private void noteMissingLatentWeights(RescuedFile networkFile, TrainingRecord record) {
        if (latentWeights && record.resumedAfterStep() != null && networkFile.isSaved()
                && !Checkpoint.read(save, Extensions.NONE).isComplete()) {
            main.note(
                    "bitgrad: The network in %s has no latent weights, because epoch %s was trained without --latent-weights."
                            .formatted(save, record.bestEpoch()));
        }
    }

    private boolean isOfBest(Trainer trainer) {
        return validation.isGiven() && trainer.keepsNetwork();
    }

    /** Tests the network that {@link #write} writes. */
    private Evaluation evaluateSaved(Trainer trainer, Dataset test) {
        if (!isOfBest(trainer)) {
            return trainer.evaluate(test);
        }
        StepSettings step = trainer.settings().step();
        try (Classifier best = Classifier.load(trainer.kept().orElseThrow(), step.batch() / step.parts(),
                machine.threads(), Extensions.NONE)) {
            return best.evaluate(test);
        }
    }

    /** What a network is that was saved: an addition to the name of its file, or nothing. */
    private String ofEpoch(Trainer trainer, TrainingRecord record) {
        return isOfBest(trainer) ? ", the network of epoch %s, the best one".formatted(record.bestEpoch()) : "";
    }

    /** Saves what was asked for when a signal has ended the training, and says what that is. */
    private void keep(Trainer trainer, TrainingFile trainingFile, RescuedFile networkFile, TrainingRecord record) {
        List<String> kept = new ArrayList<>();
        if (trainingFile != null && trainingFile.saveAtEnd(trainer)) {
            kept.add("; the training was saved to %s, continue it with the same options and --resume"
                    .formatted(checkpoint));
        }
        if (networkFile != null) {
            networkFile.save(file -> write(trainer, file));
            if (networkFile.isSaved()) {
                kept.add("; the network%s was saved to %s".formatted(
                        isOfBest(trainer) ? " of epoch %s, the best so far,".formatted(record.bestEpoch()) : "", save));
            }
        }
        if (trainingFile == null && networkFile == null) {
            kept.add("; nothing was kept, because neither --checkpoint nor --save names a file");
        }
        main.note("bitgrad: Stopped by %s after step %s of %s%s.".formatted(Signals.noted().orElseThrow(),
                record.lastStep(), record.allSteps(), String.join("", kept)));
    }

    private void report(Trainer trainer, Dataset train, TrainingRecord record, String isa, boolean saved) {
        TrainingSettings settings = trainer.settings();
        StepSettings step = settings.step();
        long planPeakBytes = trainer.plan().peakBytes();
        Long processPeakBytes = ProcessMemory.peakResidentBytes();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("model", options.from().isGiven() ? step.network().name() : options.model(train).toString());
        object.put("data", data.source());
        object.put("balanced", balance);
        object.put("classes", train.classes());
        object.put("algorithm", step.policy().name());
        object.put("gradient", step.policy().gradient().toString());
        object.put("rounding", step.policy().rounding().toString());
        object.put("weightGradient", step.policy().weightGradient().toString());
        object.put("normalisation", step.policy().normalisation().toString());
        object.put("attenuation", step.policy().attenuation().toString());
        object.put("optimizer", step.optimizer().name());
        object.put("optimizerNumbers", step.optimizer().numbers());
        object.put("batch", step.batch());
        object.put("microBatch", step.batch() / step.parts());
        object.put("epochs", settings.epochs());
        object.put("learningRate", settings.learningRate());
        object.put("schedule", settings.schedule().name());
        object.put("scheduleNumbers", settings.schedule().numbers());
        object.put("initialWeights", settings.beginning().initialWeights().toString());
        object.put("augmentation", settings.augmentation(train).name());
        object.put("augmentationNumbers", settings.augmentation(train).numbers());
        object.put("seed", settings.seed());
        object.put("threads", machine.threads());
        object.put("isa", isa);
        object.put("resumedAfterStep", record.resumedAfterStep());
        object.put("steps", record.steps());
        object.put("trainLoss", record.trainLoss());
        object.put("flipRatio", record.flipRatio());
        object.put("flipRatios", record.flipRatios());
        object.put("validationFraction", validation.fraction());
        object.put("patience", validation.patience());
        object.put("endedEarly", record.endedEarly());
        object.put("validationAccuracy", record.validationAccuracy());
        object.put("bestValidationAccuracy", record.bestValidationAccuracy());
        object.put("bestEpoch", record.bestEpoch());
        object.put("testAccuracy", record.testAccuracy());
        object.put("testTopAccuracy", record.testTopAccuracy());
        object.put("testMacroF1", record.testMacroF1());
        object.put("bestTestAccuracy", record.bestTestAccuracy());
        object.put("secondsPerStep", record.secondsPerStep());
        object.put("planPeakBytes", planPeakBytes);
        object.put("processPeakRssBytes", processPeakBytes);
        object.put("saved", saved ? save.toString() : null);
        object.put("checkpoint", checkpoint == null ? null : checkpoint.toString());

        StringBuilder text = new StringBuilder();
        if (record.endedEarly()) {
            text.append("ended early    after epoch %s, because %s epochs were not better than epoch %s%n".formatted(
                    record.epochs(), record.epochs() - record.bestEpoch(), record.bestEpoch()));
        }
        if (record.validationAccuracy() != null) {
            text.append("validation     %s (best %s, epoch %s)%n".formatted(Units.percent(record.validationAccuracy()),
                    Units.percent(record.bestValidationAccuracy()), record.bestEpoch()));
        }
        if (record.testAccuracy() != null) {
            text.append("test accuracy  %s (%s)%n".formatted(Units.percent(record.testAccuracy()),
                    isOfBest(trainer)
                            ? "the network of epoch " + record.bestEpoch()
                            : "best " + Units.percent(record.bestTestAccuracy())));
        }
        if (record.steps() > 0) {
            text.append(Units.format("training loss  %.4f%n", record.trainLoss()));
            text.append(Units.format("time a step    %.2f ms (%d steps)%n", 1e3 * record.secondsPerStep(),
                    record.steps()));
        }
        text.append("memory         %s MiB, as planned%s%n".formatted(Units.mebibytes(planPeakBytes),
                processPeakBytes == null
                        ? ""
                        : "; the whole process %s MiB".formatted(Units.mebibytes(processPeakBytes))));
        if (saved) {
            text.append("saved to       %s%s%n".formatted(save, ofEpoch(trainer, record)));
        }
        if (profile) {
            ProfileReport where = new ProfileReport(trainer.profile(), MachineSpeed.measure(machine.threads()));
            object.put("profile", where.object());
            text.append(where.text());
        }
        output.report(object, text.toString());
    }
}
