package io.github.bitgrad.bench;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** One picture that a network classifies. The network is loaded from a file, after it was trained for one step. */
public class Classification extends TimedBenchmark {
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

    /** Makes the picture, and loads the network. */
    @Setup
    public void prepare() throws IOException {
        Network network = Models.named(model).usual();
        try (Dataset pictures = RandomPictures.of(network, LoadedNetwork.TRAINING_BATCH)) {
            picture = pictures.image(0);
            classifier =
                    LoadedNetwork.of(network, Algorithm.named(algorithm), pictures, 1, Threads.named(threads));
        }
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
