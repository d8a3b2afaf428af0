package io.github.bitgrad.bench.kit;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.bench.Answers;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bitgrad-bench answers}. */
@Command(name = "answers", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a network, saves and loads it, and compares the class of every test picture with that "
                + "of the trainer. BITGRAD_ISA names the instruction-set level.")
final class AnswersCommand implements Runnable {
    private static final List<Integer> BATCHES = List.of(1, 100);

    @Spec
    private CommandSpec command;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the files of MNIST or CIFAR-10, or "
            + Datasets.DEMO + " for digits that bitgrad draws itself.")
    private String data = Datasets.DEMO;

    @Option(names = "--model", paramLabel = "NAME", description = "The network; by default mlp.")
    private String model = "mlp";

    @Option(names = "--algorithm", paramLabel = "NAME", description = "What trains it; by default lean.")
    private String algorithm = "lean";

    @Option(names = "--gradient", paramLabel = "NAME", description = "The format of gradients.")
    private Optional<String> gradient = Optional.empty();

    @Option(names = "--steps", paramLabel = "N",
            description = "Train for N steps; by default for one pass over the training pictures.")
    private Optional<Long> steps = Optional.empty();

    @Override
    public void run() {
        PrintWriter out = command.commandLine().getOut();
        try (TrainAndTest both = Datasets.open(data); Trainer trainer = training(both).build()) {
            trainer.train(both.train());
            out.println("%s, trained by %s for %s on %s, at level %s".formatted(model,
                    gradient.map(format -> algorithm + " " + format).orElse(algorithm),
                    steps.map(count -> count + " steps").orElse("an epoch"), data, Isa.selected().name()));
            boolean equal = true;
            for (int batch : BATCHES) {
                try (Classifier classifier = reloaded(trainer, batch)) {
                    Answers answers = Answers.compare(trainer, classifier, both.test());
                    equal &= answers.equal();
                    out.println("%s at a time: %s pictures, %s classes differ, the loss %s".formatted(batch,
                            answers.pictures(), answers.differences(),
                            answers.sameLoss() ? "is the same" : "differs"));
                }
            }
            if (!equal) {
                throw new BitgradException(
                        "The classifier does not answer as its trainer does; look for the cause in the kernels of inference.");
            }
        }
    }

    private TrainerBuilder training(TrainAndTest both) {
        TrainerBuilder training = Trainer
                .of(Models.named(model).build(both.train().shape(), both.train().classes()))
                .algorithm(Algorithm.named(algorithm)).epochs(1).threads(1);
        gradient.map(GradientFormat::named).ifPresent(training::gradient);
        steps.ifPresent(training::mostSteps);
        return training;
    }

    private static Classifier reloaded(Trainer trainer, int batch) {
        try {
            Path file = Files.createTempFile("bitgrad-bench", ".bitgrad");
            try {
                trainer.save(file);
                return Classifier.load(file, batch, 1);
            } finally {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new BitgradException(
                    "The network cannot be saved in the folder for temporary files (%s); free some space."
                            .formatted(failure),
                    failure);
        }
    }
}
