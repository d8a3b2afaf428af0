package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswersTest {
    private static final int PICTURES = 130;

    @Test
    void differencesAreCountedAndEqualAnswersAreEqual(@TempDir Path folder) {
        Network network = Models.MLP.usual();
        Path saved = folder.resolve("network");
        try (Dataset pictures = RandomPictures.of(network, PICTURES);
                Trainer trainer = Trainer.of(network).batch(PICTURES / 5).epochs(2).threads(1).build()) {
            trainer.train(pictures);
            trainer.save(saved);
            try (Classifier before = Classifier.load(saved)) {
                assertThat(Answers.compare(trainer, before, pictures)).isEqualTo(new Answers(PICTURES, 0, true));
                trainer.train(pictures);
                long differences = IntStream.range(0, PICTURES).mapToObj(pictures::image)
                        .filter(picture -> before.classify(picture) != trainer.classify(picture)).count();
                assertThat(differences).as("of another network").isPositive();
                assertThat(Answers.compare(trainer, before, pictures))
                        .isEqualTo(new Answers(PICTURES, (int) differences, false));
            }
        }
    }
}
