package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Optimizers.GradientKind;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingSettings;
import picocli.CommandLine.Option;

/** What determines the memory of a training, but for the batch. */
final class NetworkOptions {
    /** The library's defaults. */
    static final TrainingSettings DEFAULTS = Trainer.of(Models.MLP.paper());

    @Option(names = "--model", paramLabel = "NAME", description = "Network: ${COMPLETION-CANDIDATES}.")
    private Models model = Models.MLP;

    @Option(names = "--memory-limit", paramLabel = "SIZE", converter = MemorySize.class,
            description = "Take at most so much memory for training, as 64MiB: chooses algorithm, optimizer and batch, "
                    + "as far as they are not set.")
    private Long memoryLimit;

    @Option(names = "--algorithm", paramLabel = "NAME",
            description = "Training algorithm: ${COMPLETION-CANDIDATES}; proposed unless set, or lean with a memory "
                    + "limit.")
    private Algorithm algorithm;

    @Option(names = "--gradient", paramLabel = "FORMAT",
            description = "What gradients are kept as: ${COMPLETION-CANDIDATES}; the algorithm's own unless set.")
    private GradientFormat gradient;

    @Option(names = "--rounding", paramLabel = "NAME",
            description = "How gradients become integers, where they do: ${COMPLETION-CANDIDATES}.")
    private Rounding rounding = DEFAULTS.rounding();

    @Option(names = "--weight-gradient", paramLabel = "KIND",
            description = "What of the gradients of weights the optimizer gets: ${COMPLETION-CANDIDATES}; the "
                    + "algorithm's own unless set.")
    private GradientKind weightGradient;

    @Option(names = "--optimizer", paramLabel = "NAME",
            description = "Optimizer: ${COMPLETION-CANDIDATES}; adam unless set or chosen by a memory limit.")
    private Optimizers optimizer;

    Models model() {
        return model;
    }

    /** Null where there is none. */
    Long memoryLimit() {
        return memoryLimit;
    }

    /**
     * What the options say of the training of a network.
     *
     * @param batch null where the options do not say
     */
    TrainingSettings settings(Network network, Integer batch) {
        TrainingSettings settings = Trainer.of(network).gradient(gradient).rounding(rounding)
                .weightGradient(weightGradient);
        if (algorithm != null) {
            settings.algorithm(algorithm);
        }
        if (optimizer != null) {
            settings.optimizer(optimizer);
        }
        if (batch != null) {
            settings.batch(batch);
        }
        return settings;
    }
}
