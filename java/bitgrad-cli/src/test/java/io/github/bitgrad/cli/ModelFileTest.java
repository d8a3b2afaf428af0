package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that --model reads from a text file. */
class ModelFileTest {
    private static final String NETWORK = """
            input 28x28x1
            conv1       binaryConvolution channels=16 kernel=3 stride=2 padding=1
            conv1.norm  batchNorm
                        relu
                        maxPool size=3 stride=2 padding=1
            again.norm  batchNorm
                        sign
            out         dense units=classes
            out.norm    batchNorm
            """;

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("tiny.txt"), text);
    }

    private static String succeeded(Run run) {
        assertThat(run.status()).as(run.err()).isZero();
        return run.out();
    }

    @Test
    void isPlanned() throws IOException {
        assertThat(succeeded(Run.of("memory --batch 20 --model " + file(NETWORK)))).contains("tiny, batch 20, adam");
    }

    @Test
    void isTrained() throws IOException {
        succeeded(Run.of("train --epochs 1 --steps 5 --no-test --algorithm lean --model " + file(NETWORK)));
    }

    @Test
    void aMistakeIsNamedByItsLine() throws IOException {
        Path file = file("conv1 binaryConvolution chanels=16");
        Run.of("train --model " + file).isRefused(2,
                "%s, line 1: binaryConvolution has no number \"chanels\"; did you mean channels?".formatted(file));
    }

    @Test
    void imagesThatItDoesNotTakeAreNamed() throws IOException {
        Path file = file(NETWORK.replace("28x28x1", "32x32x3"));
        Run.of("train --model " + file).isRefused(2,
                "%s takes images of 32x32x3, but these are 28x28x1".formatted(file));
    }

    @Test
    void memoryNeedsTheShapeOfImages() throws IOException {
        Run.of("memory --model " + file("dense units=classes")).isRefused(2,
                "Network tiny does not say what images it takes; add a line such as: input 32x32x3");
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        Run.of("memory --model nothing.txt").isRefused(2, "There is no file nothing.txt with a network");
    }
}
