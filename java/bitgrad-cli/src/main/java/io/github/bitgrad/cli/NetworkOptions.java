package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Recipe;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.NetworkText;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.train.TrainedNetwork;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import io.github.bitgrad.train.TrainingSettings;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that determine the memory of a training, except for the batch. */
final class NetworkOptions {
    /** The library's defaults. */
    static final TrainingSettings DEFAULTS = Trainer.of(Models.MLP.usual()).settings();

    @Option(names = "--model", paramLabel = "NAME|FILE", completionCandidates = ModelNames.class,
            description = "Network: ${COMPLETION-CANDIDATES}, or a text file with a line for each layer. The "
                    + "default is what suits the data: mlp for images, and networks of their own for tables, time "
                    + "series and sounds.")
    private Model model;

    @Option(names = "--memory-limit", paramLabel = "SIZE", converter = MemorySize.class,
            description = "The most memory that training may take, such as 64MiB. Chooses settings that fit into it: "
                    + "the algorithm, the optimizer and the batch, except for those that are set.")
    private Long memoryLimit;

    @Option(names = "--micro-batch", paramLabel = "N", converter = PositiveInteger.class,
            description = "Images that the network takes at a time; the gradients of all images of a batch update the "
                    + "weights together. So a large batch needs the memory of a small one. The default is the batch.")
    private Integer microBatch;

    @Option(names = "--algorithm", paramLabel = "NAME",
            description = "Training algorithm: ${COMPLETION-CANDIDATES}. The default is proposed, or lean with a "
                    + "memory limit and for tables, time series and sounds. lean takes the least memory.")
    private Algorithm algorithm;

    @Option(names = "--gradient", paramLabel = "FORMAT",
            description = "How gradients are stored: ${COMPLETION-CANDIDATES}. The default is that of the algorithm.")
    private GradientFormat gradient;

    @Option(names = "--rounding", paramLabel = "NAME",
            description = "How gradients are rounded to integers: ${COMPLETION-CANDIDATES}.")
    private Rounding rounding = DEFAULTS.step().policy().rounding();

    @Option(names = "--weight-gradient", paramLabel = "KIND",
            description = "What the optimizer gets of the gradients of weights: ${COMPLETION-CANDIDATES}; float32 and "
                    + "bool are other names of real and sign. The default is that of the algorithm.")
    private GradientKind weightGradient;

    @Option(names = "--normalisation", paramLabel = "NAME",
            description = "How batch normalisation is computed: ${COMPLETION-CANDIDATES}. The default is that of the "
                    + "algorithm.")
    private Normalisation normalisation;

    @Option(names = "--attenuation", paramLabel = "NAME",
            description = "What the sign of a weight gradient stands for: ${COMPLETION-CANDIDATES}. fan-in is the "
                    + "paper's 1 / sqrt(fan-in), weights is 1 / sqrt(weights of the layer).")
    private Attenuation attenuation = DEFAULTS.step().policy().attenuation();

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private FromOptions from;

    /** The options for a training that goes on from a trained network. */
    FromOptions from() {
        if (from.isGiven() && model != null) {
            throw new IllegalArgumentException(
                    "The network of --from cannot have another --model; give one of the two options.");
        }
        return from;
    }

    /** The model where no data is read. */
    Model model() {
        return model == null ? new Model.Named(Models.MLP) : model;
    }

    /** The model that is named, or that suits the data. */
    Model model(Dataset dataset) {
        return model != null || dataset.recipe().isEmpty()
                ? model()
                : new Model.OfText(NetworkText.parse(dataset.recipe().get().network(), "recipe"));
    }

    /**
     * A training of the network, for the data if any are named, and otherwise as the model says.
     *
     * @param batch images in a step; null for the default
     */
    TrainerBuilder training(DataOptions data, Integer batch) {
        if (!data.isGiven()) {
            return from().frozen(training(
                    from().trained().map(TrainedNetwork::network).orElseGet(() -> model().withoutData()), batch));
        }
        try (Dataset train = Datasets.open(data.source(), Split.TRAIN, from().reading(data))) {
            return training(train, batch);
        }
    }

    /**
     * A training of the network for a data set. What neither an option nor a memory limit chooses is what suits the data.
     *
     * @param batch images in a step; null for the default
     */
    TrainerBuilder training(Dataset dataset, Integer batch) {
        Optional<Recipe> recipe = dataset.recipe();
        boolean free = memoryLimit == null;
        TrainerBuilder training = training(
                from().trained().map(TrainedNetwork::network).orElseGet(() -> model(dataset).build(dataset)),
                batch == null && free ? recipe.map(Recipe::batch).orElse(null) : batch);
        if (algorithm == null && free && recipe.isPresent()) {
            training.algorithm(Algorithm.LEAN);
        }
        return from().frozen(training);
    }

    /** The limit in bytes; null if it is not set. */
    Long memoryLimit() {
        return memoryLimit;
    }

    /**
     * A training of a network as the options describe it.
     *
     * @param batch images in a step; null for the default
     */
    TrainerBuilder training(Network network, Integer batch) {
        TrainerBuilder training = withAnyAlgorithm(network, batch);
        if (memoryLimit == null) {
            from().trained().flatMap(TrainedNetwork::knownAlgorithm).ifPresent(training::algorithm);
        }
        if (algorithm != null) {
            training.algorithm(algorithm);
        }
        if (gradient != null) {
            training.gradient(gradient);
        }
        if (weightGradient != null) {
            training.weightGradient(weightGradient);
        }
        if (normalisation != null) {
            training.normalisation(normalisation);
        }
        return training;
    }

    /**
     * A training of a network as the options describe it, without the algorithm and the kinds of its gradients. Other
     * algorithms may not support these kinds.
     *
     * @param batch images in a step; null for the default
     */
    TrainerBuilder withAnyAlgorithm(Network network, Integer batch) {
        TrainerBuilder training = (from().trained().filter(trained -> trained.network() == network).isPresent()
                ? from().begin()
                : Trainer.of(network)).rounding(rounding).attenuation(attenuation);
        optimizer.choose(training);
        if (batch != null) {
            training.batch(batch);
        }
        if (microBatch != null) {
            training.microBatch(microBatch);
        }
        return training;
    }

    /** For the description of the option. */
    private static final class ModelNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Models.values()).map(Models::toString).iterator();
        }
    }
}
