package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;

/** The file that a trained network is saved to. */
final class NetworkFile {
    private final Path file;
    private final BiConsumer<Trainer, Path> writer;
    private Optional<BitgradException> failure = Optional.empty();

    /**
     * @param writer writes the network of a trainer to a file
     * @throws BitgradException if the file cannot be written
     */
    NetworkFile(Path file, BiConsumer<Trainer, Path> writer) {
        this.file = file;
        this.writer = writer;
        WholeFiles.write(() -> Checkpoint.requireWritable(file));
    }

    /** Saves the network. If this fails, saves it in another place; {@link #requireSaved()} reports the failure. */
    void save(Trainer trainer) {
        WholeFiles.write(() -> {
            try {
                writer.accept(trainer, file);
            } catch (BitgradException refused) {
                failure = Optional.of(Rescue.told(refused, Rescue.save(file, path -> writer.accept(trainer, path)),
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
