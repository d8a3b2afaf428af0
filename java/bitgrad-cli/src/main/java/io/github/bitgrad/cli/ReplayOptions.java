package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.ReplayFile;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.train.ReplayMemory;
import io.github.bitgrad.train.Trainer;
import io.github.bitgrad.train.TrainerBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options for samples of earlier trainings. */
final class ReplayOptions implements AutoCloseable {
    @Option(names = "--replay", paramLabel = "FILE",
            description = "Mix the samples that FILE keeps of earlier trainings into every batch, so that the network "
                    + "does not forget them. Afterwards, FILE keeps samples of this training, too. If there is no such "
                    + "file, it is made. Whoever has FILE has the samples, or what frozen layers make of them.")
    private Path file;

    @Option(names = "--replay-memory", paramLabel = "SIZE", converter = MemorySize.class,
            description = "The most memory that the samples take in a new file; 2MiB by default.")
    private Long bytes;

    @Option(names = "--replay-images", paramLabel = "N", converter = PositiveInteger.class,
            description = "How many images of each batch are such samples; four of five by default.")
    private Integer images;

    private Optional<ReplayMemory> memory = Optional.empty();
    private Optional<RescuedFile> saved = Optional.empty();

    Path file() {
        return file;
    }

    /** Reads the samples, before memory is taken for the training. */
    void open() {
        if (file == null) {
            if (bytes != null || images != null) {
                throw new IllegalArgumentException("There is no file for replayed samples; name one with --replay.");
            }
            return;
        }
        saved = Optional.of(new RescuedFile(file, ReplayFile::requireWritable, "which --replay can read"));
        memory = Optional.of(Files.exists(file)
                ? ReplayMemory.load(file)
                : ReplayMemory.of(bytes == null ? ReplayMemory.DEFAULT_BYTES : bytes));
    }

    /** Mixes the samples into the batches of a training. */
    void mix(TrainerBuilder training) {
        memory.ifPresent(samples -> training.replay(samples, images(samples, training.settings().step().batch())));
    }

    /** How many images of a batch are replayed: none as long as there are no samples. */
    private int images(ReplayMemory samples, int batch) {
        if (samples.size() == 0) {
            return 0;
        }
        return images == null ? batch * 4 / 5 : images;
    }

    /**
     * Keeps samples of a training that has ended. If they cannot be saved, saves them in another place;
     * {@link #requireSaved()} reports the failure.
     */
    void keep(Trainer trainer, Dataset train) {
        memory.ifPresent(samples -> {
            trainer.remember(train);
            saved.orElseThrow().save(samples::save);
        });
    }

    /**
     * Checks that the samples were saved where they should be.
     *
     * @throws BitgradException if they were not; the message says where they are
     */
    void requireSaved() {
        saved.ifPresent(RescuedFile::requireSaved);
    }

    @Override
    public void close() {
        memory.ifPresent(ReplayMemory::close);
    }
}
