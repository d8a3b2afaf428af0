package io.github.bitgrad.bench;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One picture that a network classifies. The network is loaded from a file, after it was trained for one step. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Classification {
    private static final int CLASSES = 10;
    /** The training is preparation only, so it takes little time and memory. */
    private static final int BATCH = 4;

    @Param({"mlp", "cnv", "binarynet"})
    String model;

    /** Networks that {@code standard} has trained are computed by OpenBLAS, all other networks on bits. */
    @Param({"standard", "lean"})
    String algorithm;

    /** The number of threads, or {@code all} for as many as there are cores. */
    @Param({"1", Threads.ALL})
    String threads;

    private Classifier classifier;
    private MemorySegment picture;

    /** For JMH. */
    public Classification() {
    }

    /** Trains, saves and loads the network. */
    @Setup
    public void prepare() throws IOException {
        Network network = Models.named(model).paper();
        Path file = Files.createTempFile("bitgrad-bench", ".bitgrad");
        try (Dataset pictures = pictures(network);
                Trainer trainer = Trainer.of(network).algorithm(Algorithm.named(algorithm)).batch(BATCH).epochs(1)
                        .threads(Threads.named(threads)).build()) {
            trainer.train(pictures);
            trainer.save(file);
            picture = pictures.image(0);
            classifier = Classifier.load(file, 1, Threads.named(threads));
        } finally {
            Files.delete(file);
        }
    }

    private static Dataset pictures(Network network) {
        return Dataset.create("random pictures", network.input(), CLASSES, BATCH, (images, labels) -> {
            SplittableRandom random = new SplittableRandom(1);
            for (long i = 0; i < images.byteSize(); i++) {
                images.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            for (int i = 0; i < BATCH; i++) {
                labels.set(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
        });
    }

    /** Classifies the picture. */
    @Benchmark
    public int classify() {
        return classifier.classify(picture);
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        classifier.close();
    }
}
