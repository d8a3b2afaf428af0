package io.github.bitgrad.bench;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A network that was trained for one step, saved, and loaded from its file. */
final class LoadedNetwork {
    /** The training is preparation only, so it takes little time and memory. */
    static final int TRAINING_BATCH = 4;

    private LoadedNetwork() {
    }

    /**
     * Trains, saves and loads a network.
     *
     * @param pictures what it is trained on: {@value #TRAINING_BATCH} pictures or more
     * @param batch how many pictures the classifier processes at a time
     * @param threads how many threads train, and then classify
     * @return the classifier, which the caller closes
     */
    static Classifier of(Network network, Algorithm algorithm, Dataset pictures, int batch, int threads)
            throws IOException {
        Path file = Files.createTempFile("bitgrad-bench", ".bitgrad");
        try (Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(TRAINING_BATCH).mostSteps(1)
                .threads(threads).build()) {
            trainer.train(pictures);
            trainer.save(file);
            return Classifier.load(file, batch, threads);
        } finally {
            Files.delete(file);
        }
    }
}
