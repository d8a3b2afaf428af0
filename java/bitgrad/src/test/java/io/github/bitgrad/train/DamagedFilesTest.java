package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.testing.Mutations;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of every version that can be read, changed at random, with the checksum that their contents should have: each
 * is refused in one sentence, or read as a network that classifies or a training that goes on. {@code
 * -Dbitgrad.test.mutations=10000} says how many of them.
 */
@Tag("level-independent")
class DamagedFilesTest {
    private static final long SEED = 20261128;
    /** Far more than reading the files of this test takes, and far less than a size in them can ask for. */
    private static final long MOST_HEAP_BYTES = 64 << 20;
    private static final int CRC_BYTES = 8;
    private static final List<String> NUMBERS = List.of("channels", "kernelHeight", "kernelWidth", "strideHeight",
            "strideWidth", "paddingHeight", "paddingWidth", "height", "width", "units");
    private static final double[] HOSTILE_NUMBERS = {-1, 0, 1, 2, 64, 1000, 65_536, 1 << 24, 1 << 30, Integer.MAX_VALUE,
        0.5, 1e300, Double.NaN, Double.POSITIVE_INFINITY};

    /** A file that a build has written, and how its training is continued. */
    private record Source(String name, byte[] bytes, TrainerBuilder training) {
        /** Files of each kind begin with the same bytes but for the last one. */
        char kind() {
            return (char) bytes[7];
        }
    }

    @TempDir
    private Path folder;
    private final List<Source> sources = new ArrayList<>();
    private Dataset images;
    /** The file that was changed last. */
    private Source changed;

    @BeforeEach
    void writeSources() throws IOException {
        images = OlderFilesTest.images();
        for (Algorithm algorithm : OlderFilesTest.ALGORITHMS) {
            for (Optimizers optimizer : Optimizers.values()) {
                TrainerBuilder training = OlderFilesTest.settings(algorithm, optimizer);
                for (String versions : OlderFilesTest.VERSIONS) {
                    String older = "files/%s/%s-%s".formatted(versions, algorithm, optimizer);
                    add(older + ".network", Golden.path(older + ".network"), training);
                    add(older + ".training", Golden.path(older + ".training"), training);
                }
            }
        }
        for (Algorithm algorithm : Algorithm.values()) {
            for (Network network : List.of(OlderFilesTest.NETWORK, graph())) {
                TrainerBuilder training = Trainer.of(network).algorithm(algorithm).batch(10).epochs(2)
                        .schedule(Schedule.CONSTANT).threads(1);
                Path file = folder.resolve("written");
                try (Trainer trainer = training.build()) {
                    trainer.train(images);
                    trainer.save(file);
                    add(network.name() + " by " + algorithm, file, training);
                    trainer.saveWithLatentWeights(file);
                    add(network.name() + " by " + algorithm + " with latent weights", file, training);
                    trainer.saveTraining(file);
                    add("training of " + network.name() + " by " + algorithm, file, training.epochs(3));
                }
            }
        }
        addSamples();
    }

    /** Samples as bytes of the input, and as signs. */
    private void addSamples() throws IOException {
        Path network = folder.resolve("network");
        Path samples = folder.resolve("samples");
        TrainerBuilder first = Trainer.of(OlderFilesTest.NETWORK).batch(10).epochs(1).threads(1);
        try (Trainer trainer = first.build()) {
            trainer.train(images);
            trainer.save(network);
        }
        for (int frozen = 0; frozen < 2; frozen++) {
            try (ReplayMemory memory = ReplayMemory.of(20_000);
                    Trainer trainer = Trainer.from(TrainedNetwork.load(network)).freeze(frozen).replay(memory, 5)
                            .batch(10).threads(1).build()) {
                trainer.remember(images);
                memory.save(samples);
            }
            add("samples", samples, first);
        }
    }

    private static Network graph() {
        return TestGraphs.residual("residual", OlderFilesTest.NETWORK.input(), 9, 2, OlderFilesTest.NETWORK.classes());
    }

    private void add(String name, Path file, TrainerBuilder training) throws IOException {
        sources.add(new Source(name, Files.readAllBytes(file), training));
    }

    @AfterEach
    void close() {
        images.close();
    }

    @Test
    void eachIsRefusedOrHarmless() throws Exception {
        for (Source source : sources) { // unchanged, all are read
            read(source, source.bytes());
        }
        int refused = new Mutations.Survival(SEED, MOST_HEAP_BYTES, "").refused(random -> {
            changed = sources.get(random.nextInt(sources.size()));
            return withChecksum(mutated(changed.bytes(), random));
        }, bytes -> read(changed, bytes));
        assertThat(refused).isBetween(Mutations.COUNT / 4, Mutations.COUNT - Mutations.COUNT / 20);
    }

    private void read(Source source, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes);
        try {
            switch (source.kind()) {
                case '\n' -> {
                    classify(file);
                    goOn(file);
                }
                case '\t' -> resume(source, file);
                default -> remember(file);
            }
        } catch (BitgradException refusal) {
            assertThat(refusal.getMessage()).as(source.name())
                    .startsWith(refusal.getMessage().startsWith("The ") ? "The " : file.toString());
            throw refusal;
        }
    }

    private static void classify(Path file) {
        try (Classifier classifier = Classifier.load(file)) {
            byte[] image = new byte[classifier.network().input().values()];
            assertThat(classifier.classify(MemorySegment.ofArray(image))).isBetween(0,
                    classifier.network().classes() - 1);
        }
    }

    private static void goOn(Path file) {
        try (Trainer trainer = Trainer.from(TrainedNetwork.load(file)).algorithm(Algorithm.LEAN).batch(10).threads(1)
                .build()) {
            assertThat(trainer.settings().step().network().classes()).isPositive();
        }
    }

    /** A memory that was read takes more samples, and is written again. */
    private void remember(Path file) {
        try (ReplayMemory memory = ReplayMemory.load(file)) {
            memory.offer(MemorySegment.ofArray(new byte[1 << 16]), 0);
            memory.save(folder.resolve("again"));
        }
    }

    private void resume(Source source, Path file) {
        try (Trainer trainer = source.training().build()) {
            trainer.resume(file, images, new TrainingListener() {
            });
        }
    }

    private static byte[] withChecksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - CRC_BYTES);
        return ByteBuffer.wrap(bytes).putLong(bytes.length - CRC_BYTES, crc.getValue()).array();
    }

    /** Changed behind the beginning that all files have; descriptions are in the bytes after it. */
    private static byte[] mutated(byte[] whole, SplittableRandom random) {
        int begin = 8 + random.nextInt(5); // the version may be another one too
        if (random.nextInt(8) > 0) {
            return Mutations.of(whole, random, new Mutations.Range(begin, 1200, CRC_BYTES));
        }
        byte[] bytes = whole.clone();
        String name = NUMBERS.get(random.nextInt(NUMBERS.size()));
        int found = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(name, random.nextInt(600));
        if (found > 0) {
            ByteBuffer.wrap(bytes).putDouble(
                    Math.min(found + name.length(), bytes.length - CRC_BYTES - Double.BYTES),
                    HOSTILE_NUMBERS[random.nextInt(HOSTILE_NUMBERS.length)]);
        }
        return bytes;
    }
}
