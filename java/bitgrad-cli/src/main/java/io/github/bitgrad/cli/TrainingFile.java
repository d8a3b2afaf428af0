package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.TrainingState;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file that a training is saved to, so that it can be continued, and the files that were saved before it. */
final class TrainingFile {
    private final Path file;
    private final int kept;
    private final Interval every;
    private final Path newest;
    private final boolean resume;
    private final List<String> warnings = new ArrayList<>();
    /** Whether the file itself can be continued, so that it is worth being kept when the next one is saved. */
    private boolean usable;
    private BitgradException failure;
    private int stepsSinceSave;
    private long lastSave = System.nanoTime();

    /**
     * @param resume whether to continue the training in the file, or if it is missing or damaged, in the newest file
     *            before it that is whole; if there is no file, a training begins
     * @param every how often to save within an epoch
     * @param kept how many files to keep
     * @throws IllegalArgumentException if a training is in one of the files and {@code resume} is false, because it
     *             would be lost; or if something else is where an older file will be
     * @throws BitgradException if the file cannot be written
     */
    TrainingFile(Path file, boolean resume, Interval every, int kept) {
        this.file = file;
        this.every = every;
        this.kept = kept;
        WholeFiles.write(() -> TrainingState.requireWritable(file, kept));
        List<Path> saved = TrainingState.saved(file);
        this.resume = resume && !saved.isEmpty();
        if (!resume && !saved.isEmpty() && Files.isRegularFile(saved.getFirst())) {
            throw new IllegalArgumentException(
                    "There is a file %s already; continue the training in it with --resume, or name another file."
                            .formatted(saved.getFirst()));
        }
        requireNothingElse();
        newest = this.resume ? newest(saved) : file;
        usable = newest.equals(file);
    }

    private void requireNothingElse() {
        for (int number = 1; number < kept; number++) {
            Path before = TrainingState.before(file, number);
            if (Files.exists(before) && !TrainingState.isBegun(before)) {
                throw new IllegalArgumentException(
                        "%s is no training that bitgrad has saved, and it is where --keep would keep one; move it, or name another file."
                                .formatted(before));
            }
        }
    }

    /** The newest file that is whole. If none is, the newest; reading it will fail, and say why. */
    private Path newest(List<Path> saved) {
        List<String> wrong = new ArrayList<>();
        if (!saved.getFirst().equals(file)) {
            wrong.add("There is no file %s".formatted(file));
        }
        for (Path candidate : saved) {
            Optional<BitgradException> damage = TrainingState.damage(candidate);
            if (damage.isEmpty()) {
                wrong.forEach(
                        what -> warnings.add("bitgrad: %s; the training goes on from %s, which was saved before it."
                                .formatted(what, candidate)));
                return candidate;
            }
            wrong.add(damage.get().getMessage().replaceFirst("\\.$", ""));
        }
        return saved.getFirst();
    }

    /** The file that the training is continued from. */
    Path newest() {
        return newest;
    }

    /** Sentences about files that are missing or damaged. */
    List<String> warnings() {
        return warnings;
    }

    /** Whether there is a training to continue. */
    boolean resumes() {
        return resume;
    }

    /** Saves the training after a step if that is due. If this fails, the training goes on. */
    void stepEnded(Trainer trainer, Display display) {
        stepsSinceSave++;
        if (every.isOver(stepsSinceSave, System.nanoTime() - lastSave)) {
            save(trainer, display);
        }
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
                trainer.saveTraining(file, usable ? kept : 1); // in place of a damaged file, not behind it
                usable = true;
                failure = null;
            } catch (BitgradException refused) {
                failure = refused;
            }
        });
        stepsSinceSave = 0;
        lastSave = System.nanoTime();
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
