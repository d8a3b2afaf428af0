package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestChains;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A network that was saved and loaded gives the answers of the trainer that saved it, whatever it was trained by: every
 * class, and the loss to its last bit. The classifier computes signs by thresholds, and the trainer by normalised sums.
 */
class InferenceAnswersTest {
    private static final int BATCH = 6;
    private static final int STEPS = 8;

    @TempDir
    private Path folder;

    /** {@code -Dbitgrad.test.each=7} takes only each seventh network. */
    static List<Network> networks() {
        List<Network> all = Stream.of(FrozenTraining.networks(), TestChains.OF_OTHER_KINDS, TestGraphs.ALL)
                .flatMap(List::stream).toList();
        int each = Integer.getInteger("bitgrad.test.each", 1);
        return IntStream.range(0, all.size()).filter(i -> i % each == 0).mapToObj(all::get).toList();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aClassifierAnswersAsTheTrainerDoes(Network network) {
        Path file = folder.resolve("network");
        try (Dataset images = FrozenTraining.images(network, 7 * BATCH + 1)) {
            for (FrozenTraining training : FrozenTraining.some(network)) {
                if (network == TestGraphs.SCALED && training.optimizer() == Optimizers.BOP) {
                    continue; // has no latent weights
                }
                assertAnswers(training.toString(), training.settings(), training.dependsOnBlas(), file, images);
            }
        }
    }

    /** What is kept of the forward pass differs between them, but not what inference reads. */
    @ParameterizedTest
    @MethodSource("networks")
    void aClassifierAnswersAsTheTrainerDoesWhateverTheNormalisation(Network network) {
        Path file = folder.resolve("network");
        try (Dataset images = FrozenTraining.images(network, 7 * BATCH + 1)) {
            for (Normalisation normalisation : Normalisation.values()) {
                assertAnswers(normalisation.toString(), Trainer.of(network).algorithm(Algorithm.PAPER)
                        .normalisation(normalisation), false, file, images);
            }
            assertAnswers("standard l1", Trainer.of(network).algorithm(Algorithm.STANDARD)
                    .normalisation(Normalisation.L1), true, file, images);
        }
    }

    private static void assertAnswers(String what, TrainerBuilder settings, boolean dependsOnBlas, Path file,
            Dataset images) {
        try (Trainer trainer = settings.batch(BATCH).epochs(2).mostSteps(STEPS).build()) {
            trainer.train(images);
            trainer.save(file);
            Evaluation expected = trainer.evaluate(images);
            try (Classifier batches = Classifier.load(file, BATCH, 2); Classifier single = Classifier.load(file)) {
                assertThat(batches.evaluate(images)).as(what).isEqualTo(expected);
                for (int i = 0; i < images.size(); i++) {
                    assertThat(single.classify(images.image(i))).as("image %s, %s", i, what)
                            .isEqualTo(trainer.classify(images.image(i)));
                }
                if (!dependsOnBlas) {
                    assertThat(single.evaluate(images)).as(what).isEqualTo(expected);
                }
            }
        }
    }
}
