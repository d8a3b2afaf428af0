package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.train.BestNetwork;
import io.github.bitgrad.train.Trainer;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The options for a validation part, which decides what network is saved and when a training ends. */
final class ValidationOptions {
    @Option(names = "--validation", paramLabel = "FRACTION",
            description = "Take this part of the training images of each class, such as 0.1, for validation, by --seed: the "
                    + "network is not trained on them, but tested with them after every epoch. --save writes the network "
                    + "of the epoch that was best, and the test images are used only once, for this network.")
    private Double fraction;

    @Option(names = "--patience", paramLabel = "EPOCHS", converter = PositiveInteger.class,
            description = "End the training after so many epochs without a better validation accuracy. By default it "
                    + "takes all epochs.")
    private Integer patience;

    boolean isGiven() {
        return fraction != null;
    }

    /** The part of the training images that is taken for validation; null if there is none. */
    Double fraction() {
        return fraction;
    }

    /** The epochs without a better one after which the training ends; null if it does not end early. */
    Integer patience() {
        return patience;
    }

    /** Checks the options before data is read. */
    void requirePossible() {
        if (fraction != null && !(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException(
                    "The validation fraction must be between 0 and 1, but is %s.".formatted(fraction));
        }
        if (patience != null && fraction == null) {
            throw new IllegalArgumentException(
                    "There is no validation part that --patience could go by; give one with --validation 0.1, or set the patience of a schedule with --plateau-patience.");
        }
    }

    /** Divides the training images into those to train on and those to validate with. */
    TrainAndTest split(Dataset train, long seed) {
        try {
            return train.split(fraction, seed);
        } catch (IllegalArgumentException tooFew) {
            throw new IllegalArgumentException("The training images of %s cannot be divided for --validation: %s"
                    .formatted(train.name(), tooFew.getMessage()), tooFew);
        }
    }

    /** A line that says what was divided, and what its accuracy is worth. */
    String told(TrainAndTest parts, ReadingOptions reading) {
        int validation = parts.test().size();
        return "validation part: %s of the %s training images%s".formatted(validation,
                validation + parts.train().size(), overlap(reading)
                        ? "; they are windows that overlap, so it resembles what is trained on, and its accuracy is too high: with --hop as large as --window they do not overlap"
                        : "");
    }

    private static boolean overlap(ReadingOptions reading) {
        return reading.get(ReadingOptions.HOP).flatMap(
                hop -> reading.get(ReadingOptions.WINDOW).filter(window -> hop.doubleValue() < window.doubleValue()))
                .isPresent();
    }

    /**
     * What keeps the best network in the trainer, and ends the training; empty if there is no validation part.
     *
     * @param latentWeights whether the network is kept with its latent weights
     */
    Optional<BestNetwork> best(Trainer trainer, boolean latentWeights) {
        Consumer<Trainer> keep = latentWeights ? Trainer::keepWithLatentWeights : Trainer::keep;
        return isGiven()
                ? Optional.of(new BestNetwork(trainer, keep, patience == null ? Integer.MAX_VALUE : patience))
                : Optional.empty();
    }
}
