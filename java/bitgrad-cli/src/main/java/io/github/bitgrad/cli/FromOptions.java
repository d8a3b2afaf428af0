package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.train.TrainedNetwork;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options for a training that goes on from a trained network. */
final class FromOptions {
    /** What becomes of the classes of a trained network when it is trained on other data. */
    enum Classes {
        /** They stay as they are. */
        same,
        /** The classes of the data that it does not know are added. */
        grow,
        /** It gets the classes of the data, and keeps what it knows of those with the same name. */
        replace
    }

    @Option(names = "--from", paramLabel = "FILE",
            description = "Go on from the network in FILE, which train --save has written, in place of a --model.")
    private Path from;

    @Option(names = "--classes", paramLabel = "CHOICE",
            description = "What becomes of the classes of that network: ${COMPLETION-CANDIDATES}. grow adds those of the "
                    + "data, replace takes those of the data instead; a class keeps its outputs by its name. The "
                    + "default is same.")
    private Classes classes = Classes.same;

    @Option(names = "--freeze", paramLabel = "N|NAME",
            description = "Keep the first N convolutions and dense layers as they are, or all up to the one that is "
                    + "named, such as conv4, with what follows them. They take no memory for training.")
    private String freeze;

    /** Null until it is wanted, and where there is none. */
    private TrainedNetwork trained;

    boolean isGiven() {
        return from != null;
    }

    /** The trained network; empty if there is none. */
    Optional<TrainedNetwork> trained() {
        if (from != null && trained == null) {
            trained = TrainedNetwork.load(from);
        }
        return Optional.ofNullable(trained);
    }

    /**
     * How data is read: for the classes and with the preprocessing of the trained network, if there is one. Its classes
     * change here as it was chosen.
     */
    ReadingOptions reading(DataOptions data) {
        if (trained().isEmpty()) {
            return data.reading();
        }
        if (classes != Classes.same) {
            try (Dataset train = Datasets.open(data.source(), Split.TRAIN, data.reading())) {
                trained = classes == Classes.grow
                        ? trained.growing(train.classNames())
                        : trained.withClasses(train.classNames());
            }
        }
        return data.reading().forNetwork(trained.classNames(), trained.preprocessing());
    }

    /**
     * A view of a data set with the labels of the trained network.
     *
     * @throws IllegalArgumentException if it has samples of a class that the network does not know
     */
    Dataset ofNetwork(Dataset dataset) {
        try {
            return dataset.withClasses(trained.classNames());
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(unknown.getMessage().replaceFirst("\\.$", "")
                    + " with --classes grow, or take the classes of the data with --classes replace.", unknown);
        }
    }

    /** Freezes what is to be frozen. */
    TrainerBuilder frozen(TrainerBuilder training) {
        if (freeze == null) {
            return training;
        }
        return freeze.matches("\\d{1,9}") ? training.freeze(Integer.parseInt(freeze)) : training.freeze(freeze);
    }

    /** Begins a training of the trained network. */
    TrainerBuilder begin() {
        return Trainer.from(trained);
    }
}
