package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private static final int MUTATIONS = Integer.getInteger("bitgrad.test.mutations", 300);
    /** Far more than reading the files of this test takes, and far less than a size in them can ask for. */
    private static final long MOST_HEAP_BYTES = 64 << 20;
    private static final long TIMEOUT_SECONDS = 120;
    private static final int CRC_BYTES = 8;
    private static final List<String> NUMBERS = List.of("channels", "kernelHeight", "kernelWidth", "strideHeight",
            "strideWidth", "paddingHeight", "paddingWidth", "height", "width", "units");
    private static final double[] HOSTILE_NUMBERS = {-1, 0, 1, 2, 64, 1000, 65_536, 1 << 24, 1 << 30, Integer.MAX_VALUE,
        0.5, 1e300, Double.NaN, Double.POSITIVE_INFINITY};
    private static final int[] HOSTILE_INTS = {-1, 0, 1, 2, 255, 65_536, 1 << 24, Integer.MAX_VALUE - 8,
        Integer.MAX_VALUE, Integer.MIN_VALUE};

    /** A file that a build has written, and how its training is continued. */
    private record Source(String name, byte[] bytes, TrainerBuilder training) {
        boolean isNetwork() {
            return bytes[7] == '\n';
        }
    }

    @TempDir
    private Path folder;
    private final List<Source> sources = new ArrayList<>();
    private Dataset images;

    @BeforeEach
    void writeSources() throws IOException {
        System.out.println("seed " + SEED + ", mutations " + MUTATIONS);
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
                    trainer.saveTraining(file);
                    add("training of " + network.name() + " by " + algorithm, file, training.epochs(3));
                }
            }
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
        SplittableRandom seeds = new SplittableRandom(SEED);
        ExecutorService reader = Executors.newSingleThreadExecutor();
        int refused = 0;
        try {
            for (Source source : sources) { // unchanged, all are read
                assertThat(outcome(reader, source, source.bytes(), source.name())).isEmpty();
            }
            for (int number = 0; number < MUTATIONS; number++) {
                long seed = seeds.nextLong();
                SplittableRandom random = new SplittableRandom(seed);
                Source source = sources.get(random.nextInt(sources.size()));
                byte[] bytes = withChecksum(mutated(source.bytes(), random));
                refused +=
                        outcome(reader, source, bytes, "%s, seed %s".formatted(source.name(), seed)).isEmpty() ? 0 : 1;
            }
        } finally {
            reader.shutdownNow();
        }
        System.out.printf("%s of %s refused%n", refused, MUTATIONS);
        assertThat(refused).isBetween(MUTATIONS / 4, MUTATIONS - MUTATIONS / 20);
    }

    /** The sentence that a file is refused with; empty if it is read. */
    private String outcome(ExecutorService reader, Source source, byte[] bytes, String name) throws Exception {
        Path file = Files.write(folder.resolve("file"), bytes);
        Future<String> outcome = reader.submit(() -> {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            String sentence = read(source, file);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).as("bytes on the heap")
                    .isLessThan(MOST_HEAP_BYTES);
            return sentence;
        });
        try {
            return outcome.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            Files.copy(file, Path.of(System.getProperty("java.io.tmpdir"), "damaged-file"),
                    StandardCopyOption.REPLACE_EXISTING);
            throw new AssertionError(name, failure.getCause());
        } catch (TimeoutException hang) {
            throw new AssertionError(name + " hangs", hang);
        }
    }

    private String read(Source source, Path file) {
        try {
            if (source.isNetwork()) {
                classify(file);
            } else {
                resume(source, file);
            }
            return "";
        } catch (BitgradException refusal) {
            assertThat(refusal.getMessage()).endsWith(".").doesNotContain("\n").startsWith(
                    refusal.getMessage().startsWith("The ") ? "The " : file.toString());
            return refusal.getMessage();
        }
    }

    private static void classify(Path file) {
        try (Classifier classifier = Classifier.load(file)) {
            byte[] image = new byte[classifier.network().input().values()];
            assertThat(classifier.classify(MemorySegment.ofArray(image))).isBetween(0,
                    classifier.network().classes() - 1);
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

    /** Changed, cut or lengthened behind the beginning that all files have. */
    private static byte[] mutated(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int mutations = random.nextInt(4) == 0 ? 3 : 1;
        for (int i = 0; i < mutations; i++) {
            bytes = mutatedOnce(bytes, random);
        }
        return bytes;
    }

    private static byte[] mutatedOnce(byte[] bytes, SplittableRandom random) {
        int begin = 8 + random.nextInt(5); // the version may be another one too
        int end = bytes.length - CRC_BYTES;
        if (end - begin < 64) {
            return bytes;
        }
        // descriptions are at the beginning
        int at = random.nextInt(begin, random.nextInt(4) == 0 ? end : Math.min(end, 1200));
        int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 8 : 300), end - at);
        switch (random.nextInt(9)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> Arrays.fill(bytes, at, at + length, (byte) new int[] {0, 0x7f, 0xff, 0x80}[random.nextInt(4)]);
            case 3 -> {
                return joined(bytes, at, at + length, new byte[0]);
            }
            case 4 -> {
                byte[] more = new byte[length];
                random.nextBytes(more);
                return joined(bytes, at, at, more);
            }
            case 5 -> {
                return joined(bytes, at, end, new byte[0]);
            }
            case 6, 7 -> {
                int size = HOSTILE_INTS[random.nextInt(HOSTILE_INTS.length)];
                ByteBuffer.wrap(bytes).putInt(Math.min(at, end - Long.BYTES), size);
                if (random.nextInt(4) == 0) {
                    ByteBuffer.wrap(bytes).putLong(Math.min(at, end - Long.BYTES), (long) size << random.nextInt(33));
                }
            }
            default -> {
                String name = NUMBERS.get(random.nextInt(NUMBERS.size()));
                int found = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(name, random.nextInt(600));
                if (found > 0) {
                    ByteBuffer.wrap(bytes).putDouble(Math.min(found + name.length(), end - Double.BYTES),
                            HOSTILE_NUMBERS[random.nextInt(HOSTILE_NUMBERS.length)]);
                }
            }
        }
        return bytes;
    }

    /** The bytes with those from one index to another replaced. */
    private static byte[] joined(byte[] bytes, int from, int to, byte[] between) {
        return ByteBuffer.allocate(bytes.length - (to - from) + between.length).put(bytes, 0, from).put(between)
                .put(bytes, to, bytes.length - to).array();
    }
}
