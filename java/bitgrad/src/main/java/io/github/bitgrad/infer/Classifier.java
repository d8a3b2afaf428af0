package io.github.bitgrad.infer;

import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A trained network, read from a file, in the memory that inference needs. For one thread at a time, any one. Close it
 * to give the memory back.
 */
public final class Classifier implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Arena arena;
    private final Workers workers;
    private final Inference inference;

    private Classifier(Checkpoint checkpoint, int batch, int threads) {
        this.checkpoint = checkpoint;
        Workers.requirePossible(threads);
        // Inference reads the same buffers whatever optimizer filled them, so any optimizer serves to compile it.
        Checkpoint.Origin origin = checkpoint.origin();
        CompiledNetwork compiled = Compiler.compile(checkpoint.network(), batch, Adam.DEFAULT,
                Policy.ofInference(origin.products()), origin.loss(), Long.MAX_VALUE, new TrainingClock());
        Program program = compiled.program().inferenceOnly();
        checkpoint.requireFitting(program.learned());
        arena = Arena.ofShared();
        program.allocate(arena);
        checkpoint.restore(program.learned());
        workers = new Workers(threads);
        inference = new Inference(checkpoint.network(), compiled, program, workers);
    }

    /**
     * Reads a network for one image at a time, on the calling thread.
     *
     * @throws io.github.bitgrad.BitgradException where the file cannot be read or is no checkpoint
     */
    public static Classifier load(Path file) {
        return load(file, 1, 1);
    }

    /**
     * Reads a network.
     *
     * @param batch images at a time, for {@link #evaluate}
     * @param threads that work on them
     * @throws io.github.bitgrad.BitgradException where the file cannot be read or is no checkpoint
     */
    public static Classifier load(Path file, int batch, int threads) {
        return load(file, batch, threads, Extensions.NONE);
    }

    /**
     * Reads a network that may have layers of other people's.
     *
     * @param batch images at a time, for {@link #evaluate}
     * @param threads that work on them
     * @param extensions layer kinds and losses that are not found as services
     * @throws io.github.bitgrad.BitgradException where the file cannot be read, is no checkpoint, or has a layer that nobody
     *             knows
     */
    public static Classifier load(Path file, int batch, int threads, Extensions extensions) {
        Isa.selected(); // here a level that the machine lacks is told well, not from a class being initialised
        return new Classifier(Checkpoint.read(file, extensions), batch, threads);
    }

    /** What was read. */
    public Network network() {
        return checkpoint.network();
    }

    /** The name of the algorithm that the network was trained by. */
    public String algorithm() {
        return checkpoint.origin().algorithm();
    }

    /** The name of the optimizer that the network was trained with. */
    public String optimizer() {
        return checkpoint.origin().optimizer();
    }

    /**
     * The class of one image.
     *
     * @param image its pixels, unsigned bytes, height × width × channels
     * @return from 0 to the network's classes − 1
     */
    public int classify(MemorySegment image) {
        return inference.classify(image);
    }

    /** Runs the network on a whole data set. */
    public Evaluation evaluate(Dataset dataset) {
        return inference.evaluate(dataset);
    }

    /** Gives the memory back and ends the threads; closing again does nothing. */
    @Override
    public void close() {
        workers.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
