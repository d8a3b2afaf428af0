package example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A loss that a user writes, outside of the library's packages. */
@Tag("level-independent")
class OwnLossTest {
    private static final long SEED = 20261129;
    private static final Network NETWORK = Network.sequential("small", Stripes.SHAPE).dense(70).dense(33)
            .dense(Stripes.CLASSES).build();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void trainsByEveryAlgorithmAndIsNamedInFiles(Algorithm algorithm) {
        Path file = folder.resolve("network");
        try (Dataset images = Stripes.noisy(250, SEED);
                Dataset others = Stripes.noisy(200, SEED + 1);
                Trainer trainer = Trainer.of(NETWORK).algorithm(algorithm).loss(new SquaredHinge()).batch(50).epochs(20)
                        .seed(SEED).threads(2).build()) {
            Evaluation before = trainer.evaluate(others);
            trainer.train(images);
            Evaluation after = trainer.evaluate(others);
            assertThat(after.accuracy()).isGreaterThan(0.7);
            assertThat(after.loss()).isLessThan(before.loss());
            trainer.save(file);

            assertThatThrownBy(() -> Classifier.load(file)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("There is no loss \"squaredHinge\"");
            Extensions own = new Extensions(List.of(), List.of(new SquaredHinge()));
            try (Classifier classifier = Classifier.load(file, 50, 1, own)) {
                assertThat(classifier.evaluate(others)).isEqualTo(after);
            }
        }
    }
}
