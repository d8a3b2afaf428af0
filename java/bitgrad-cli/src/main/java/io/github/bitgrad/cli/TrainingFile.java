package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that a training is saved to after every epoch, so that it can be continued. */
final class TrainingFile {
    private final Path file;
    private final boolean resume;
    private BitgradException failure;

    /**
     * @param resume whether to continue the training in the file; if there is no such file, a training begins
     * @throws IllegalArgumentException if the file exists and {@code resume} is false, because its training would be
     *             lost
     * @throws BitgradException if the file cannot be written
     */
    TrainingFile(Path file, boolean resume) {
        this.file = file;
        this.resume = resume && TrainingState.exists(file);
        if (!resume && Files.isRegularFile(file) && TrainingState.exists(file)) {
            throw new IllegalArgumentException(
                    "There is a file %s already; continue the training in it with --resume, or name another file."
                            .formatted(file));
        }
        WholeFiles.write(() -> TrainingState.requireWritable(file));
    }

    /** Whether there is a training to continue. */
    boolean resumes() {
        return resume;
    }

    /** Saves the training. If this fails, the training goes on, and the file stays as it was. */
    void save(Trainer trainer, Display display) {
        boolean told = failure != null;
        save(trainer);
        if (failure != null && !told) {
            display.warn("bitgrad: " + failure.getMessage());
        }
    }

    private void save(Trainer trainer) {
        WholeFiles.write(() -> {
            try {
                trainer.saveTraining(file);
                failure = null;
            } catch (BitgradException refused) {
                failure = refused;
            }
        });
    }

    /**
     * Saves a training that has ended within an epoch. If this fails, saves it in another place;
     * {@link #requireSaved()} reports the failure.
     *
     * @return whether the training is in the file
     */
    boolean saveAtEnd(Trainer trainer) {
        save(trainer);
        rescue(trainer);
        return failure == null;
    }

    /** If the training could not be saved after the last epoch, saves it in another place. */
    void rescue(Trainer trainer) {
        if (failure != null) {
            WholeFiles.write(() -> failure = Rescue.told(failure, Rescue.save(file, trainer::saveTraining),
                    "which can be resumed"));
        }
    }

    /**
     * Checks that the training was saved after the last epoch.
     *
     * @throws BitgradException if it could not be saved; the message says where it is
     */
    void requireSaved() {
        if (failure != null) {
            throw failure;
        }
    }
}
