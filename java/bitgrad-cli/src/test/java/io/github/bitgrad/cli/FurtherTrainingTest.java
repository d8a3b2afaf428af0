package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --from}. */
@Tag("level-independent")
class FurtherTrainingTest {
    @TempDir
    private Path folder;
    private Path animals;
    private Path network;

    @BeforeEach
    void trainTwoClasses() throws IOException {
        animals = table("animals.csv", "cat", "dog");
        network = folder.resolve("network");
        Run run = Run.of("train --data %s --save %s --epochs 5 --threads 1".formatted(animals, network));
        assertThat(run.status()).as(run.err()).isZero();
    }

    /** Twenty rows of each class, which its numbers tell. */
    private Path table(String name, String... classes) throws IOException {
        StringBuilder text = new StringBuilder("length,weight,class\n");
        for (int row = 0; row < 20; row++) {
            for (String label : classes) {
                text.append("%s,%s,%s\n".formatted(label.charAt(0) - 'a' + row % 5, label.charAt(2) - row % 3, label));
            }
        }
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return file;
    }

    private String refused(String arguments) {
        Run run = Run.of(arguments);
        assertThat(run.status()).isNotZero();
        return run.err();
    }

    @Test
    void goesOnFromANetworkWithReplayedSamples() throws IOException {
        Path samples = folder.resolve("samples");
        Path second = folder.resolve("second");
        Run first = Run.of("train --data %s --save %s --latent-weights --replay %s --epochs 5 --threads 1"
                .formatted(animals, network, samples));
        assertThat(first.status()).as(first.err()).isZero();
        Map<String, Object> kept = Run.of("info --json " + samples).json();
        assertThat(kept).containsEntry("samples", 32).containsEntry("place", "input")
                .containsEntry("classNames", List.of("cat", "dog"));
        assertThat(Run.of("info --json " + network).json()).containsEntry("latentWeights", "yes");

        Path more = table("more.csv", "cow", "dog");
        Run run = Run.of("train --data %s --from %s --classes grow --replay %s --save %s --epochs 5 --threads 1"
                .formatted(more, network, samples, second));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Run.of("info --json " + second).json()).containsEntry("classNames", List.of("cat", "dog", "cow"))
                .containsEntry("latentWeights", "no, signs only");
        assertThat(Run.of("info --json " + samples).json()).containsEntry("samples", 64)
                .containsEntry("samplesOfClasses", List.of(16, 32, 16));
        assertThat(Run.of("train --data %s --from %s --freeze 1 --epochs 1 --threads 1".formatted(animals, second))
                .status()).isZero();
    }

    @Test
    void whatIsFrozenTakesLessMemory() throws IOException {
        assertThat(peak("memory --json --model cnv --freeze conv4")).isLessThan(peak("memory --json --model cnv") / 2);
    }

    private static long peak(String arguments) throws IOException {
        return ((Number) ((Map<?, ?>) Run.of(arguments).json().get("plan")).get("peakBytes")).longValue();
    }

    @Test
    void saysWhatCannotBe() throws IOException {
        Path more = table("more.csv", "cow", "dog");
        assertThat(refused("train --data %s --from %s".formatted(more, network))).contains("cow");
        assertThat(refused("train --data %s --from %s --model mlp".formatted(animals, network)))
                .contains("The network of --from cannot have another --model; give one of the two options.");
        assertThat(refused("train --data %s --from %s --freeze 9".formatted(animals, network)))
                .contains("9 products of network table cannot be frozen");
        assertThat(refused("train --data %s --freeze 1".formatted(animals))).contains("because they begin at random");
        assertThat(refused("train --data %s --replay-images 3".formatted(animals)))
                .contains("There is no file for replayed samples; name one with --replay.");
        assertThat(refused("train --data %s --latent-weights".formatted(animals)))
                .contains("There is no file for latent weights; name one with --save.");
        assertThat(refused("train --data %s --save %s --replay %2$s".formatted(animals, network)))
                .contains("cannot both be written to");
        assertThat(refused("train --data %s --from %s".formatted(animals, animals)))
                .contains("There is no bitgrad network in");
        Path samples = folder.resolve("samples");
        assertThat(Run.of("train --data %s --replay %s --epochs 1 --threads 1".formatted(animals, samples)).status())
                .isZero();
        assertThat(refused("train --from %s --replay %s --data demo".formatted(network, samples))).isNotEmpty();
    }
}
