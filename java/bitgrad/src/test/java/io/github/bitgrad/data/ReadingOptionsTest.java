package io.github.bitgrad.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class ReadingOptionsTest {
    @TempDir
    private Path folder;

    /** A format whose only file holds the number of images, and which takes a part of them for testing. */
    private record CountFile(List<ReadingOptions> seen) implements FolderFormat {
        @Override
        public String files() {
            return "a file that ends in .count";
        }

        @Override
        public boolean isIn(Path source) {
            return source.toString().endsWith(".count");
        }

        @Override
        public Set<ReadingOptions.Option<?>> options() {
            return Set.of(ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED);
        }

        @Override
        public Dataset read(Path source, Split split, ReadingOptions options) {
            seen.add(options);
            return Dataset.create(source.toString(), new ImageShape(1, 1, 1), 2, 4, (_, _) -> {
            });
        }
    }

    @Test
    void anOptionHasItsValueOrNone() {
        ReadingOptions options = ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.25)
                .with(ReadingOptions.STRICT, true).with(ReadingOptions.TEST_FRACTION, 0.5);
        assertThat(options.get(ReadingOptions.TEST_FRACTION)).contains(0.5);
        assertThat(options.get(ReadingOptions.SPLIT_SEED)).isEmpty();
        assertThat(options.given()).containsExactlyInAnyOrder(ReadingOptions.TEST_FRACTION, ReadingOptions.STRICT);
        assertThat(ReadingOptions.NONE.given()).isEmpty();
        assertThat(options.forNetwork(List.of("a"), Optional.empty()).classNames()).contains(List.of("a"));
    }

    @Test
    void refusesValuesThatCannotBe() {
        assertThatThrownBy(() -> ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 1.0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The test fraction must be at least 0 and below 1, but is 1.0.");
        for (Number hop : new Number[] {0, -1, -0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> ReadingOptions.NONE.with(ReadingOptions.HOP, hop))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The hop must be a positive number, but is %s.", hop);
        }
        assertThatThrownBy(() -> ReadingOptions.NONE.with(ReadingOptions.LABEL_PATTERN, Pattern.compile("(.*)_.*")))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(
                        "The label pattern must be a pattern with a group named label, but is (.*)_.*.");
    }

    @Test
    void theyReachTheFormatWhichMayReadAFile() throws IOException {
        CountFile format = new CountFile(new ArrayList<>());
        String file = Files.createFile(folder.resolve("four.count")).toString();
        ReadingOptions options = ReadingOptions.NONE.with(ReadingOptions.SPLIT_SEED, 3L);
        try (TrainAndTest both = Datasets.open(file, options, format)) {
            assertThat(both.test().size()).isEqualTo(4);
            assertThat(format.seen()).containsExactly(options, options);
        }
    }

    @Test
    void noneIsIgnoredInSilence() throws IOException {
        CountFile format = new CountFile(new ArrayList<>());
        String file = Files.createFile(folder.resolve("four.count")).toString();
        ReadingOptions window = ReadingOptions.NONE.with(ReadingOptions.WINDOW, 3);
        assertThatThrownBy(() -> Datasets.open(file, window, format)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "The option 'window' does not apply to %s, which takes split seed, test fraction: leave it out.",
                        file);
        assertThatThrownBy(() -> Datasets.open("demo", window)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The option 'window' does not apply to demo, which has no options: leave it out.");
    }

    /** The library alone reads no pictures; its tests run without the artifact that does. */
    @Test
    void theArtifactThatReadsWhatIsThereIsNamed() throws IOException {
        Path picture = Files.createDirectories(folder.resolve("train/cat")).resolve("1.JPG");
        Files.createFile(picture);
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessage(
                        "%s is one of the pictures that bitgrad reads with an artifact of its own: add io.github.bitgrad:bitgrad-data to the program.",
                        picture);
        Path table = Files.createFile(folder.resolve("iris.csv"));
        assertThatThrownBy(() -> Datasets.open(table.toString())).isInstanceOf(BitgradException.class)
                .hasMessageStartingWith(table + " is one of the tables that");
    }

    @Test
    void aFolderWithinIsNamed() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("MNIST/raw"));
        Files.createFile(inner.resolve(IdxFiles.TRAIN_IMAGES));
        assertThatThrownBy(() -> Datasets.open(folder.toString())).isInstanceOf(BitgradException.class)
                .hasMessage("Folder %s holds no data set, but %s does: give that folder.", folder, inner);
    }

    /** One file of MNIST's beside all of CIFAR-10's. */
    @Test
    void aStrayFileDoesNotDecide() throws IOException {
        CifarFiles.writeNoise(folder, 3, 1);
        Files.createFile(folder.resolve(IdxFiles.TRAIN_IMAGES));
        try (Dataset data = Datasets.open(folder.toString(), Split.TRAIN)) {
            assertThat(data.shape()).isEqualTo(CifarFiles.SHAPE);
            assertThat(data.classNames()).startsWith("airplane", "automobile").hasSize(10);
        }
    }
}
