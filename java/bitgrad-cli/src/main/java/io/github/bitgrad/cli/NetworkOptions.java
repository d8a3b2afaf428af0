package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.GradientFormat;
import io.github.bitgrad.algorithm.Rounding;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainingSettings;
import picocli.CommandLine.Option;

/** What determines the memory of a training. */
final class NetworkOptions {
    /** The library's defaults. */
    static final TrainingSettings DEFAULTS = Trainer.of(Models.MLP.paper());

    @Option(names = "--model", paramLabel = "NAME", description = "Network: ${COMPLETION-CANDIDATES}.")
    private Models model = Models.MLP;

    @Option(names = "--algorithm", paramLabel = "NAME", description = "Training algorithm: ${COMPLETION-CANDIDATES}.")
    private Algorithm algorithm = DEFAULTS.algorithm();

    @Option(names = "--gradient", paramLabel = "FORMAT",
            description = "What gradients are kept as: ${COMPLETION-CANDIDATES}; the algorithm's own unless set.")
    private GradientFormat gradient;

    @Option(names = "--rounding", paramLabel = "NAME",
            description = "How gradients become integers, where they do: ${COMPLETION-CANDIDATES}.")
    private Rounding rounding = DEFAULTS.rounding();

    @Option(names = "--optimizer", paramLabel = "NAME", description = "Optimizer: ${COMPLETION-CANDIDATES}.")
    private Optimizers optimizer = DEFAULTS.optimizer();

    @Option(names = "--batch", paramLabel = "N", converter = PositiveInteger.class, description = "Images a step.")
    private int batch = DEFAULTS.batch();

    Models model() {
        return model;
    }

    /** What the options say of the training of a network. */
    TrainingSettings settings(Network network) {
        return Trainer.of(network).algorithm(algorithm).gradient(gradient).rounding(rounding).optimizer(optimizer)
                .batch(batch);
    }
}
