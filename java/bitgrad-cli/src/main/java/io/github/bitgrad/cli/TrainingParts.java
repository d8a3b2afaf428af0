package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import java.util.Optional;

/**
 * The parts of the data that a training uses.
 *
 * @param train the images that the network learns from
 * @param validation the images that decide which network is the best one
 * @param test the images that the network is tested with; with a validation part only once, at the end
 */
record TrainingParts(Dataset train, Optional<Dataset> validation, Optional<Dataset> test) {
    /** The images that the network is tested with after every epoch. */
    Optional<Dataset> watched() {
        return validation.or(() -> test);
    }
}
