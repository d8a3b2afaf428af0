package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network of the best epoch, and trainings that end when they do not improve. */
@Tag("level-independent")
class BestNetworkTest {
    private static final long SEED = 20261129;
    private static final int EPOCHS = 40;
    private static final int PATIENCE = 3;
    private static final Network NETWORK =
            Network.sequential("small", Stripes.SHAPE).dense(20).dense(Stripes.CLASSES).build();

    @TempDir
    private Path folder;

    private static Trainer trainer() {
        return Trainer.of(NETWORK).batch(20).epochs(EPOCHS).seed(SEED).threads(1).build();
    }

    /** Tells what happens, and passes it on. */
    private static final class Told implements TrainingListener {
        private final TrainingListener next;
        private final int last;
        private final Trainer trainer;
        private final List<String> order = new ArrayList<>();
        private final List<Double> accuracies = new ArrayList<>();

        /** @param last the number of the epoch after which the training is stopped */
        Told(Trainer trainer, TrainingListener next, int last) {
            this.trainer = trainer;
            this.next = next;
            this.last = last;
        }

        @Override
        public void begun(long steps) {
            order.add("begun " + steps);
        }

        @Override
        public void resumed(int epochs, long step, long steps) {
            order.add("resumed");
            next.resumed(epochs, step, steps);
        }

        @Override
        public void epochEnded(EpochReport epoch) {
            order.add("epoch");
            accuracies.add(epoch.test().orElseThrow().accuracy());
            next.epochEnded(epoch);
            if (epoch.epoch() == last) {
                trainer.stop();
            }
        }

        @Override
        public void ended() {
            order.add("ended");
        }
    }

    @Test
    void keepsTheBestNetworkAndStopsWithoutImprovement() {
        Path best = folder.resolve("best");
        Path state = folder.resolve("state");
        Told whole;
        try (Dataset images = Stripes.noisy(100, SEED); Dataset validation = Stripes.noisy(60, SEED + 1)) {
            try (Trainer trainer = trainer()) {
                whole = new Told(trainer, new BestNetwork(trainer, it -> it.save(best), PATIENCE), EPOCHS);
                trainer.train(images, validation, whole);
                assertThat(trainer.epochsSinceBest()).isEqualTo(PATIENCE);
                assertThat(trainer.stopped()).isTrue();
            }
            int epochs = whole.accuracies.size();
            double most = whole.accuracies.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
            assertThat(epochs).isBetween(PATIENCE + 1, EPOCHS - 1);
            assertThat(whole.accuracies.indexOf(most)).isEqualTo(epochs - 1 - PATIENCE);
            assertThat(whole.order).startsWith("begun " + EPOCHS * 5).endsWith("epoch", "ended");
            try (Classifier classifier = Classifier.load(best)) {
                assertThat(classifier.evaluate(validation).accuracy()).isEqualTo(most);
            }

            // a training that was interrupted knows the epochs before
            int first = epochs - 1;
            try (Trainer trainer = trainer()) {
                trainer.train(images, validation, new Told(trainer, new BestNetwork(trainer, it -> {
                }, PATIENCE), first));
                trainer.saveTraining(state);
            }
            try (Trainer trainer = trainer()) {
                Told rest = new Told(trainer, new BestNetwork(trainer, it -> {
                }, PATIENCE), EPOCHS);
                trainer.resume(state, images, validation, rest);
                assertThat(rest.order).containsExactly("begun " + EPOCHS * 5, "resumed", "epoch", "ended");
                trainer.saveTraining(state);
            }
            try (Trainer trainer = trainer()) { // nothing is left of the patience
                Told none = new Told(trainer, new BestNetwork(trainer, it -> {
                }, PATIENCE), EPOCHS);
                trainer.resume(state, images, validation, none);
                assertThat(none.order).containsExactly("begun " + EPOCHS * 5, "resumed", "ended");
            }
        }
    }

    /** The file of a training has the network that was kept, so that it is not lost when the process is killed. */
    @Test
    void aResumedTrainingHasTheBestNetworkOfTheEpochsBefore() throws IOException {
        Path state = folder.resolve("state");
        Path best = folder.resolve("best");
        Path latest = folder.resolve("latest");
        try (Dataset images = Stripes.noisy(100, SEED); Dataset validation = Stripes.noisy(60, SEED + 1)) {
            byte[] expected;
            double accuracy;
            try (Trainer trainer = trainer()) {
                assertThat(trainer.kept()).isEmpty();
                assertThat(trainer.bestTestAccuracy()).isEmpty();
                assertThatThrownBy(() -> trainer.saveKept(best)).isInstanceOf(IllegalStateException.class);
                trainer.train(images, validation, new BestNetwork(trainer, Trainer::keep, PATIENCE));
                trainer.saveTraining(state);
                trainer.saveKept(best);
                trainer.save(latest);
                accuracy = trainer.bestTestAccuracy().orElseThrow();
                expected = trainer.kept().orElseThrow();
                assertThat(best).hasBinaryContent(expected);
                assertThat(Files.readAllBytes(latest)).as("the last epoch was not the best").isNotEqualTo(expected);
            }
            try (Classifier classifier = Classifier.load(expected)) {
                assertThat(classifier.evaluate(validation).accuracy()).isEqualTo(accuracy);
            }
            try (Trainer trainer = trainer()) {
                trainer.resume(state, images, validation, new BestNetwork(trainer, Trainer::keep, PATIENCE));
                assertThat(trainer.kept()).contains(expected);
                assertThat(trainer.bestTestAccuracy()).hasValue(accuracy);
                trainer.keepWithLatentWeights();
                assertThat(trainer.kept().orElseThrow()).hasSizeGreaterThan(expected.length);
                trainer.saveTraining(state);
                trainer.train(images, new TrainingListener() {
                });
                assertThat(trainer.kept()).as("another training has another best network").isEmpty();
                trainer.resume(state, images, validation, new BestNetwork(trainer, Trainer::keep, PATIENCE));
                assertThat(trainer.kept().orElseThrow()).hasSizeGreaterThan(expected.length);
            }
        }
    }

    /** Without tests there is no best epoch, so nothing is stopped. */
    @Test
    void anUntestedTrainingGoesToItsEnd() {
        try (Dataset images = Stripes.noisy(100, SEED); Trainer trainer = trainer()) {
            trainer.train(images, new BestNetwork(trainer, _ -> {
            }, 1));
            assertThat(trainer.stopped()).isFalse();
            assertThat(trainer.epochsSinceBest()).isZero();
        }
    }

    @Test
    void patienceIsAtLeastOne() {
        try (Trainer trainer = trainer()) {
            assertThatThrownBy(() -> new BestNetwork(trainer, it -> {
            }, 0)).hasMessage("The patience must be at least 1, but is 0.");
        }
    }
}
