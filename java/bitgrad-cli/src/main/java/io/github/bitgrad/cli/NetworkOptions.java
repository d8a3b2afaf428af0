package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import io.github.bitgrad.train.TrainingSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that determine the memory of a training, except for the batch. */
final class NetworkOptions {
    /** The library's defaults. */
    static final TrainingSettings DEFAULTS = Trainer.of(Models.MLP.paper()).settings();

    @Option(names = "--model", paramLabel = "NAME", description = "Network: ${COMPLETION-CANDIDATES}.")
    private Models model = Models.MLP;

    @Option(names = "--memory-limit", paramLabel = "SIZE", converter = MemorySize.class,
            description = "Take at most so much memory for training, as 64MiB: chooses those of algorithm, optimizer "
                    + "and batch that are not set.")
    private Long memoryLimit;

    @Option(names = "--algorithm", paramLabel = "NAME",
            description = "Training algorithm: ${COMPLETION-CANDIDATES}; proposed unless set, or lean with a memory "
                    + "limit.")
    private Algorithm algorithm;

    @Option(names = "--gradient", paramLabel = "FORMAT",
            description = "What gradients are kept as: ${COMPLETION-CANDIDATES}; the algorithm's own unless set.")
    private GradientFormat gradient;

    @Option(names = "--rounding", paramLabel = "NAME",
            description = "How gradients are rounded where they become integers: ${COMPLETION-CANDIDATES}.")
    private Rounding rounding = DEFAULTS.step().policy().rounding();

    @Option(names = "--weight-gradient", paramLabel = "KIND",
            description = "What the optimizer is given of the gradients of weights: ${COMPLETION-CANDIDATES}; the "
                    + "algorithm's own unless set.")
    private GradientKind weightGradient;

    @Mixin
    private OptimizerOptions optimizer;

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
    TrainerBuilder training(Network network, Integer batch) {
        TrainerBuilder training = withAnyAlgorithm(network, batch);
        if (algorithm != null) {
            training.algorithm(algorithm);
        }
        if (gradient != null) {
            training.gradient(gradient);
        }
        if (weightGradient != null) {
            training.weightGradient(weightGradient);
        }
        return training;
    }

    /**
     * What the options say of a training by any algorithm. They do not say the algorithm, nor the kinds of its
     * gradients, which other algorithms may not have.
     *
     * @param batch null where the options do not say
     */
    TrainerBuilder withAnyAlgorithm(Network network, Integer batch) {
        TrainerBuilder training = Trainer.of(network).rounding(rounding);
        optimizer.choose(training);
        if (batch != null) {
            training.batch(batch);
        }
        return training;
    }
}
