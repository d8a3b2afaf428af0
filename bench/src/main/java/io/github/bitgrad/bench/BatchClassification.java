package io.github.bitgrad.bench;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A hundred pictures that a network classifies on one thread, together in one call or one by one. The result is the
 * time of one picture. The network is loaded from a file, after {@code lean} has trained it for one step.
 */
public class BatchClassification extends TimedBenchmark {
    /** The instruction-set level that is in use without this parameter. */
    static final String DEFAULT_LEVEL = "default";
    private static final int PICTURES = 100;

    @Param({"mlp", "cnv", "binarynet"})
    String model;

    /**
     * The name of an instruction-set level that this machine has, or {@code default} for the level that is in use
     * without this parameter: the highest one, or the one that {@code BITGRAD_ISA} names.
     */
    @Param(DEFAULT_LEVEL)
    String level;

    private final int[] classes = new int[PICTURES];
    private Isa defaultLevel;
    private String reason;
    private Arena arena;
    private MemorySegment pictures;
    private MemorySegment[] each;
    private Classifier batches;
    private Classifier single;

    /** For JMH. */
    public BatchClassification() {
    }

    /** Selects the level, makes the pictures, and loads the network. */
    @Setup
    public void prepare() throws IOException {
        defaultLevel = Isa.selected();
        reason = Isa.reason();
        if (!level.equals(DEFAULT_LEVEL)) {
            Isa.select(level, "a parameter");
        }
        Network network = Models.named(model).usual();
        long bytes = network.input().values();
        arena = Arena.ofShared();
        pictures = arena.allocate(PICTURES * bytes);
        each = new MemorySegment[PICTURES];
        try (Dataset random = RandomPictures.of(network, PICTURES)) {
            for (int i = 0; i < PICTURES; i++) {
                each[i] = pictures.asSlice(i * bytes, bytes).copyFrom(random.image(i));
            }
            batches = LoadedNetwork.of(network, Algorithm.LEAN, random, PICTURES, 1);
            single = LoadedNetwork.of(network, Algorithm.LEAN, random, 1, 1);
        }
    }

    /** Classifies all pictures in one call, which processes them as one batch. */
    @Benchmark
    @OperationsPerInvocation(PICTURES)
    public int[] together() {
        return batches.classifyAll(pictures);
    }

    /** Classifies one picture after another. */
    @Benchmark
    @OperationsPerInvocation(PICTURES)
    public int[] oneByOne() {
        for (int i = 0; i < PICTURES; i++) {
            classes[i] = single.classify(each[i]);
        }
        return classes;
    }

    /** Frees the memory, and selects the level that was in use before. */
    @TearDown
    public void close() {
        batches.close();
        single.close();
        arena.close();
        Isa.select(defaultLevel.name(), reason);
    }
}
