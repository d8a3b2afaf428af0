package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream whose beginning is computed in tiles, forward and again on the way back. */
class StreamTilesTest {
    private static final long SEED = 20261128;
    private static final Network NETWORK = TestGraphs.stem("stem", Stripes.SHAPE, 35, Stripes.CLASSES);

    @TempDir
    private Path folder;

    private static TrainerBuilder training(long memory) {
        return Trainer.of(NETWORK).algorithm(Algorithm.LEAN).batch(20).epochs(4).seed(SEED).memory(memory);
    }

    private byte[] trained(TrainerBuilder training, Dataset images) throws IOException {
        Path file = folder.resolve("network");
        try (Trainer trainer = training.build()) {
            trainer.train(images);
            assertThat(trainer.evaluate(images).accuracy()).isGreaterThan(0.9);
            trainer.save(file);
        }
        return Files.readAllBytes(file);
    }

    @Test
    void narrowTilesGiveTheSameBitsInLessMemory() throws IOException {
        TrainerBuilder narrow = training(Algorithm.LEAST_MEMORY);
        TrainerBuilder wide = training(Long.MAX_VALUE);
        assertThat(narrow.plan().peakBytes()).isLessThan(wide.plan().peakBytes() * 3 / 4);
        try (Dataset images = Stripes.noisy(400, SEED)) {
            assertThat(trained(narrow, images)).isEqualTo(trained(wide, images));
        }
    }
}
