package io.github.bitgrad.infer;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.algorithm.CompiledNetwork;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.kernel.Isa;
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
        CompiledNetwork compiled = checkpoint.algorithm().compile(checkpoint.network(), batch, Adam.DEFAULT,
                Gradients.of(checkpoint.algorithm()), Long.MAX_VALUE, new TrainingClock());
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
        Isa.selected(); // here a level that the machine lacks is told well, not from a class being initialised
        return new Classifier(Checkpoint.read(file), batch, threads);
    }

    /** What was read. */
    public Network network() {
        return checkpoint.network();
    }

    /** What the file says of the network and its training. */
    public Checkpoint checkpoint() {
        return checkpoint;
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
