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
 * A trained network that was read from a file, with the memory that inference needs. One thread may use it at a time,
 * but not always the same one. {@link #close()} frees its memory.
 */
public final class Classifier implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Arena arena;
    private final Workers workers;
    private final Inference inference;

    private Classifier(Checkpoint checkpoint, int batch, int threads) {
        this.checkpoint = checkpoint;
        Workers.requirePossible(threads);
        if (batch < 1) {
            throw new IllegalArgumentException("The batch must be at least 1, but is %d.".formatted(batch));
        }
        // Inference reads the same buffers whatever optimizer filled them, so any optimizer serves to compile it.
        Checkpoint.Origin origin = checkpoint.origin();
        CompiledNetwork compiled = checkpoint.compile(() -> Compiler.compile(checkpoint.network(), batch, Adam.DEFAULT,
                Policy.ofInference(origin.products()), origin.loss(), Long.MAX_VALUE, new TrainingClock()));
        Program program = compiled.program().inferenceOnly();
        checkpoint.requireFitting(program, batch);
        arena = Arena.ofShared();
        program.allocate(arena);
        checkpoint.restore(program.learned());
        workers = new Workers(threads);
        inference = new Inference(checkpoint.network(), compiled, program, workers);
    }

    /**
     * Reads a network that classifies one image at a time, on the calling thread.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @throws io.github.bitgrad.BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known
     */
    public static Classifier load(Path file) {
        return load(file, 1, 1);
    }

    /**
     * Reads a network.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute
     * @throws io.github.bitgrad.BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known
     */
    public static Classifier load(Path file, int batch, int threads) {
        return load(file, batch, threads, Extensions.NONE);
    }

    /**
     * Reads a network that may contain layer kinds or losses that are not the library's.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute
     * @param extensions the layer kinds and losses that are not found as services
     * @throws io.github.bitgrad.BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known
     */
    public static Classifier load(Path file, int batch, int threads, Extensions extensions) {
        Isa.selected(); // a level that this machine lacks is reported here, and not as the failed initialisation of a class
        return new Classifier(Checkpoint.read(file, extensions), batch, threads);
    }

    /** The network that was read. */
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
     * Returns the class of one image.
     *
     * @param image the pixels of the image as unsigned bytes, [height, width, channels] of the network's input, in
     *            native memory or on the heap
     * @return the number of the class, from 0 to the network's number of classes − 1
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     */
    public int classify(MemorySegment image) {
        return inference.classify(image);
    }

    /**
     * Tests the network on all images of a data set.
     *
     * @throws IllegalArgumentException if the shape of the images or the number of classes does not fit the network
     */
    public Evaluation evaluate(Dataset dataset) {
        return inference.evaluate(dataset);
    }

    /** Frees the memory and ends the threads. Closing a second time does nothing. */
    @Override
    public void close() {
        workers.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
