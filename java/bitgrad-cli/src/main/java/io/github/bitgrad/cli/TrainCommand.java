package io.github.bitgrad.cli;

import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bitgrad train}. */
@Command(name = "train", description = "Trains a network and tests it after every epoch.")
final class TrainCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with MNIST's IDX files, or " + Datasets.DEMO
            + " for digits that are made up on the spot.")
    private String data = Datasets.DEMO;

    @Mixin
    private NetworkOptions options;

    @Option(names = "--epochs", paramLabel = "N", converter = PositiveInteger.class,
            description = "Passes over the training images.")
    private int epochs = NetworkOptions.DEFAULTS.epochs();

    @Option(names = "--steps", paramLabel = "N", converter = PositiveInteger.class,
            description = "Stop after so many steps, even within an epoch; no limit unless set.")
    private Integer steps;

    @Option(names = "--no-test", description = "Neither read nor use the test images.")
    private boolean noTest;

    @Option(names = "--learning-rate", paramLabel = "F",
            description = "Learning rate to start from; what suits optimizer and algorithm unless set.")
    private Float learningRate;

    @Option(names = "--schedule", paramLabel = "NAME",
            description = "How the learning rate goes on: ${COMPLETION-CANDIDATES}.")
    private Schedule schedule = NetworkOptions.DEFAULTS.schedule();

    @Option(names = "--seed", paramLabel = "N", description = "What first weights and the order of images follow from.")
    private long seed = NetworkOptions.DEFAULTS.seed();

    @Mixin
    private MachineOptions machine;

    @Option(names = "--save", paramLabel = "FILE", description = "Write the trained network, for bitgrad evaluate.")
    private Path save;

    @Option(names = "--metrics", paramLabel = "FILE", description = "Append a JSON object to FILE after every epoch.")
    private Path metrics;

    @Mixin
    private Output output;

    @Override
    public void run() {
        if (save != null && metrics != null && save.toAbsolutePath().normalize().equals(
                metrics.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException("Network and metrics cannot both be written to %s; name two files."
                    .formatted(save));
        }
        settings(options.model().paper()); // so that wrong numbers are refused before data is read
        String isa = machine.selectIsa();
        if (noTest) {
            try (Dataset train = Datasets.open(data, Split.TRAIN)) {
                train(train, null, isa);
            }
        } else {
            try (TrainAndTest both = Datasets.open(data)) {
                train(both.train(), both.test(), isa);
            }
        }
    }

    /** @throws IllegalArgumentException where a number is out of its range */
    private TrainingSettings settings(Network network) {
        TrainingSettings settings =
                options.settings(network).epochs(epochs).schedule(schedule).seed(seed).threads(machine.threads());
        if (steps != null) {
            settings.mostSteps(steps);
        }
        if (learningRate != null) {
            settings.learningRate(learningRate);
        }
        return settings;
    }

    private void train(Dataset train, Dataset test, String isa) {
        TrainingSettings settings = settings(options.model().build(train.shape(), train.classes()));
        settings.requireBatchIn(train);
        if (save != null) {
            WholeFiles.write(() -> Checkpoint.requireWritable(save));
        }
        MetricsFile metricsFile = metrics == null ? null : new MetricsFile(metrics);
        try (Trainer trainer = settings.build()) {
            TrainingRecord record;
            try (Display display = main.display(trainer.plan().peakBytes())) {
                record = new TrainingRecord(trainer, test, display, metricsFile);
                trainer.train(train, record);
            }
            if (save != null) {
                WholeFiles.write(() -> trainer.save(save));
            }
            report(trainer, record, isa);
        }
        if (metricsFile != null) {
            metricsFile.requireComplete();
        }
    }

    private void report(Trainer trainer, TrainingRecord record, String isa) {
        TrainingSettings settings = trainer.settings();
        long planPeakBytes = trainer.plan().peakBytes();
        Long processPeakBytes = ProcessMemory.peakResidentBytes();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("model", options.model().toString());
        object.put("data", data);
        object.put("algorithm", settings.algorithm().toString());
        object.put("optimizer", settings.optimizer().toString());
        object.put("batch", settings.batch());
        object.put("epochs", settings.epochs());
        object.put("learningRate", settings.learningRate());
        object.put("schedule", settings.schedule().toString());
        object.put("seed", settings.seed());
        object.put("threads", settings.threads());
        object.put("isa", isa);
        object.put("steps", record.steps());
        object.put("trainLoss", record.trainLoss());
        object.put("testAccuracy", record.testAccuracy());
        object.put("bestTestAccuracy", record.bestTestAccuracy());
        object.put("secondsPerStep", record.secondsPerStep());
        object.put("planPeakBytes", planPeakBytes);
        object.put("processPeakRssBytes", processPeakBytes);
        object.put("saved", save == null ? null : save.toString());

        StringBuilder text = new StringBuilder();
        if (record.testAccuracy() != null) {
            text.append("test accuracy  %s (best %s)%n".formatted(Units.percent(record.testAccuracy()),
                    Units.percent(record.bestTestAccuracy())));
        }
        text.append(Units.format("training loss  %.4f%n", record.trainLoss()));
        text.append(Units.format("time a step    %.2f ms (%d steps)%n", 1e3 * record.secondsPerStep(), record.steps()));
        text.append("memory         %s MiB, as planned%s%n".formatted(Units.mebibytes(planPeakBytes),
                processPeakBytes == null
                        ? ""
                        : "; the whole process %s MiB".formatted(Units.mebibytes(processPeakBytes))));
        if (save != null) {
            text.append("saved to       %s%n".formatted(save));
        }
        output.report(object, text.toString());
    }
}
