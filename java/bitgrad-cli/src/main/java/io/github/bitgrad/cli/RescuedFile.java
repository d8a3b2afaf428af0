package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** A file that something is saved to after a training, or another file if that fails. */
final class RescuedFile {
    private final Path file;
    private final String how;
    private Optional<BitgradException> failure = Optional.empty();

    /**
     * @param check finds out, before the training, whether the file can be written
     * @param how what can be done with another file, beginning with "which"
     * @throws BitgradException if the file cannot be written
     */
    RescuedFile(Path file, Consumer<Path> check, String how) {
        this.file = file;
        this.how = how;
        WholeFiles.write(() -> check.accept(file));
    }

    /**
     * Saves. If this fails, saves in another place; {@link #requireSaved()} reports the failure.
     *
     * @param save writes a file, or throws a {@code BitgradException}
     */
    void save(Consumer<Path> save) {
        WholeFiles.write(() -> {
            try {
                save.accept(file);
            } catch (BitgradException refused) {
                failure = Optional.of(Rescue.told(refused, Rescue.save(file, save), how));
            }
        });
    }

    /** Whether it was saved to the file. */
    boolean isSaved() {
        return failure.isEmpty();
    }

    /**
     * Checks that it was saved where it should be.
     *
     * @throws BitgradException if it was not; the message says where it is
     */
    void requireSaved() {
        failure.ifPresent(told -> {
            throw told;
        });
    }
}
