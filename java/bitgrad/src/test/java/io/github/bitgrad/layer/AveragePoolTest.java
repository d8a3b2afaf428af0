package io.github.bitgrad.layer;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.Network.Place;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What it computes is compared with the float model in GradientsTest; here it learns, and lies in files. */
class AveragePoolTest {
    private static final long SEED = 20261130;

    @TempDir
    private Path folder;

    static Stream<Arguments> trainings() {
        return Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Place.BEFORE_NORMALISATION,
                Place.BEFORE_SIGN).map(place -> Arguments.of(algorithm, place)));
    }

    @Tag("level-independent")
    @ParameterizedTest
    @MethodSource("trainings")
    void learnsAndIsReadFromFiles(Algorithm algorithm, Place place) {
        Network network = Network.sequential("averages", Stripes.SHAPE).binaryConv(20, 3, SAME)
                .layer(new AveragePool(2, 1), place).binaryConv(24, 3, SAME).dense(Stripes.CLASSES).build();
        Path file = folder.resolve("network");
        try (Dataset images = Stripes.noisy(250, SEED);
                Dataset others = Stripes.noisy(200, SEED + 1);
                Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(50).epochs(15).seed(SEED).build()) {
            trainer.train(images);
            Evaluation evaluation = trainer.evaluate(others);
            assertThat(evaluation.accuracy()).isGreaterThan(0.7);
            trainer.save(file);
            try (Classifier classifier = Classifier.load(file, 50, 1)) {
                assertThat(classifier.network()).isEqualTo(network);
                assertThat(classifier.evaluate(others)).isEqualTo(evaluation);
            }
        }
    }

    @Test
    void windowsFitTheImage() {
        assertThat(new AveragePool(2, 3).shape(List.of(new ImageShape(5, 9, 4)))).isEqualTo(new ImageShape(2, 3, 4));
        assertThatThrownBy(() -> new AveragePool(6, 1).shape(List.of(new ImageShape(5, 9, 4))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("averagePool(6x1)");
    }
}
