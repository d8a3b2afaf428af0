package io.github.bitgrad.bench;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A whole training step without loading its batch, for all algorithms and all formats of gradients. Each operation of
 * the step is timed for {@link StepProfiler}, which costs some tens of nanoseconds for each.
 */
public class TrainingStep extends TimedBenchmark {
    private static final long SEED = 1;
    private static final float RATE = 1e-3f;

    @Param({"mlp", "cnv", "binarynet"})
    String model;

    /**
     * An algorithm and, after a hyphen, the format of its gradients if it has a choice. The lean algorithm has as much
     * memory as it takes by default.
     */
    @Param({"standard", "proposed-float32", "proposed-float16", "proposed-int14", "proposed-int7", "lean",
        "paper-float16"})
    String training;

    @Param("adam")
    String optimizer;

    @Param("100")
    int batch;

    /** The number of threads, or {@code all} for as many as there are cores. */
    @Param({"1", Threads.ALL})
    String threads;

    private Arena arena;
    private Workers workers;
    private TrainingClock clock;
    private long[] nanoseconds;
    CompiledNetwork network;

    /** For JMH. */
    public TrainingStep() {
    }

    /** Compiles a step; the parameters have the meaning of the fields with their names. */
    public static CompiledNetwork compile(String model, String training, String optimizer, int batch,
            TrainingClock clock) {
        String[] names = training.split("-", 2);
        Algorithm algorithm = Algorithm.named(names[0]);
        Gradients gradients = names.length == 1
                ? Gradients.of(algorithm)
                : new Gradients(GradientFormat.named(names[1]), Rounding.DEFAULT, algorithm.defaultWeightGradients());
        return algorithm.compile(Models.named(model).usual(), batch,
                Optimizers.named(optimizer).create(gradients.weights()), gradients, clock);
    }

    /** Makes random pixels and labels; weights begin at zero. The time of a step does not depend on their values. */
    @Setup
    public void prepare() {
        Isa.selected();
        clock = new TrainingClock();
        network = compile(model, training, optimizer, batch, clock);
        arena = Arena.ofShared();
        network.program().allocate(arena);
        workers = new Workers(Threads.named(threads));
        SplittableRandom random = new SplittableRandom(SEED);
        for (long i = 0; i < network.batch().pixels().bytes(); i++) {
            network.batch().pixels().segment().set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        for (int row = 0; row < batch; row++) {
            network.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, row, random.nextInt(10));
        }
        network.program().runInitial(workers);
        nanoseconds = StepProfiler.timesOf(network.program());
    }

    /** Runs one training step. */
    @Benchmark
    public void step() {
        clock.next(RATE);
        network.program().timeTraining(workers, true, nanoseconds);
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        workers.close();
        arena.close();
    }
}
