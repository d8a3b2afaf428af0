package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;
import java.util.Optional;

/** The file that a trained network is saved to. */
final class NetworkFile {
    private final Path file;
    private Optional<BitgradException> failure = Optional.empty();

    /** @throws BitgradException if the file cannot be written */
    NetworkFile(Path file) {
        this.file = file;
        WholeFiles.write(() -> Checkpoint.requireWritable(file));
    }

    /** Saves the network. If this fails, saves it in another place; {@link #requireSaved()} reports the failure. */
    void save(Trainer trainer) {
        WholeFiles.write(() -> {
            try {
                trainer.save(file);
            } catch (BitgradException refused) {
                failure = Optional.of(Rescue.told(refused, Rescue.save(file, trainer::save),
                        "which bitgrad evaluate can read"));
            }
        });
    }

    /** Whether the network is in the file. */
    boolean isSaved() {
        return failure.isEmpty();
    }

    /**
     * Checks that the network was saved where it should be.
     *
     * @throws BitgradException if it was not; the message says where it is
     */
    void requireSaved() {
        failure.ifPresent(told -> {
            throw told;
        });
    }
}
