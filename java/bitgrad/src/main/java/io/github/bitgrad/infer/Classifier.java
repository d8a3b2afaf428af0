package io.github.bitgrad.infer;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.evaluate.Inference;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Threads;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A trained network that was read from a file, a stream or bytes, with the memory that inference needs.
 * {@link #close()} frees its memory.
 *
 * <p>
 * Any number of threads may use it at the same time; they do not wait for each other, and results do not depend on
 * them. The weights are in memory once. Each thread that calls while all memory for a batch is in use takes memory for
 * one more batch: the images, and what the layers compute from them. This memory is used again by later calls and
 * freed by {@link #close()}, so it is that of as many batches as threads have called at the same time.
 */
public final class Classifier implements AutoCloseable {
    /** Memory for one batch, and the thread that uses it. */
    private static final class Lane {
        private final Program program;
        private final Inference inference;
        /** Null while nobody uses it. */
        private Thread user;

        Lane(Program program, Inference inference) {
            this.program = program;
            this.inference = inference;
        }
    }

    private final Network network;
    private final Checkpoint.Origin origin;
    private final int batch;
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    /** For all lanes but the first, so that many callers do not start many threads. */
    private final Workers alone = new Workers(1);
    /** Guarded by this object, as all fields below. */
    private final List<Lane> lanes = new ArrayList<>();
    private int lanesInUse;
    private boolean closed;
    private boolean freed;

    private Classifier(Checkpoint checkpoint, int batch, int threads) {
        Workers.requirePossible(threads);
        if (batch < 1) {
            throw new IllegalArgumentException("The batch must be at least 1, but is %s.".formatted(batch));
        }
        checkpoint.origin().products().requireAvailable();
        network = checkpoint.network();
        origin = checkpoint.origin();
        this.batch = batch;
        CompiledNetwork compiled = checkpoint.compile(this::compile);
        Program program = compiled.program().inferenceOnly();
        checkpoint.requireFitting(program, batch);
        program.allocate(arena);
        checkpoint.restore(program.learned());
        workers = new Workers(threads);
        lanes.add(new Lane(program, new Inference(network, compiled, program, workers)));
    }

    private CompiledNetwork compile() {
        // Inference reads the same buffers whatever optimizer filled them, so any optimizer serves to compile it.
        return Compiler.compile(network, batch, Adam.DEFAULT, Policy.ofInference(origin.products()), origin.loss(),
                Long.MAX_VALUE, new TrainingClock());
    }

    /** A lane that nobody uses. The first one is preferred, because it has the helping threads. */
    private synchronized Lane enter() {
        if (closed) {
            throw new IllegalStateException("The classifier of network %s is closed; load the network again."
                    .formatted(network.name()));
        }
        Lane lane = idle();
        lane.user = Thread.currentThread();
        lanesInUse++;
        return lane;
    }

    private Lane idle() {
        for (int i = 0; i < lanes.size(); i++) { // an iterator would be allocated
            if (lanes.get(i).user == null) {
                return lanes.get(i);
            }
        }
        CompiledNetwork compiled = compile();
        Program program = compiled.program().inferenceOnly();
        program.allocateBeside(lanes.getFirst().program, arena);
        Lane lane = new Lane(program, new Inference(network, compiled, program, alone));
        lanes.add(lane);
        return lane;
    }

    private synchronized void leave(Lane lane) {
        lane.user = null;
        lanesInUse--;
        if (closed && lanesInUse == 0) {
            free();
        }
    }

    private void free() {
        freed = true;
        workers.close();
        arena.close();
        notifyAll();
    }

    /**
     * Reads a network that classifies one image at a time, on the calling thread.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @throws BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known; or if a native library cannot be loaded
     */
    public static Classifier load(Path file) {
        return load(file, 1, 1);
    }

    /**
     * Reads a network.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute for a caller that is alone. If several threads call at the same time, one
     *            of them gets this number of threads, and each other one computes on its own thread
     * @throws BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known; or if a native library cannot be loaded
     */
    public static Classifier load(Path file, int batch, int threads) {
        return load(file, batch, threads, Extensions.NONE);
    }

    /**
     * Reads a network that may contain layer kinds or losses that are not the library's.
     *
     * @param file a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute for a caller that is alone. If several threads call at the same time, one
     *            of them gets this number of threads, and each other one computes on its own thread
     * @param extensions the layer kinds and losses that are not found as services
     * @throws BitgradException if the file cannot be read, is not such a file, or contains a layer
     *             kind that is not known; or if a native library cannot be loaded
     */
    public static Classifier load(Path file, int batch, int threads, Extensions extensions) {
        return new Classifier(Checkpoint.read(file, extensions), batch, threads);
    }

    /**
     * Reads a network that classifies one image at a time, on the calling thread, from a stream, such as that of a
     * resource in a JAR.
     *
     * @param in the contents of a file that {@link io.github.bitgrad.train.Trainer#save} has written. It is read to its
     *            end, and not closed
     * @throws BitgradException if the stream fails, or its contents are not such a file, or contain a
     *             layer kind that is not known; or if a native library cannot be loaded
     */
    public static Classifier load(InputStream in) {
        return load(in, 1, 1, Extensions.NONE);
    }

    /**
     * Reads a network from a stream. It may contain layer kinds or losses that are not the library's.
     *
     * @param in the contents of a file that {@link io.github.bitgrad.train.Trainer#save} has written. It is read to its
     *            end, and not closed
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute for a caller that is alone. If several threads call at the same time, one
     *            of them gets this number of threads, and each other one computes on its own thread
     * @param extensions the layer kinds and losses that are not found as services
     * @throws BitgradException if the stream fails, or its contents are not such a file, or contain a
     *             layer kind that is not known; or if a native library cannot be loaded
     */
    public static Classifier load(InputStream in, int batch, int threads, Extensions extensions) {
        Objects.requireNonNull(in, "There is no stream to read a network from; check the name of the resource.");
        byte[] bytes;
        try {
            bytes = in.readAllBytes();
        } catch (IOException failure) {
            throw new BitgradException("The network cannot be read from the given stream: %s; open it again."
                    .formatted(BitgradException.reason(failure)), failure);
        }
        return new Classifier(Checkpoint.read("the given stream", bytes, extensions), batch, threads);
    }

    /**
     * Reads a network that classifies one image at a time, on the calling thread, from memory.
     *
     * @param bytes the contents of a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @throws BitgradException if they are not those of such a file, or contain a layer kind that is
     *             not known; or if a native library cannot be loaded
     */
    public static Classifier load(byte[] bytes) {
        return load(bytes, 1, 1, Extensions.NONE);
    }

    /**
     * Reads a network from memory. It may contain layer kinds or losses that are not the library's.
     *
     * @param bytes the contents of a file that {@link io.github.bitgrad.train.Trainer#save} has written
     * @param batch how many images {@link #evaluate} processes at a time
     * @param threads how many threads compute for a caller that is alone. If several threads call at the same time, one
     *            of them gets this number of threads, and each other one computes on its own thread
     * @param extensions the layer kinds and losses that are not found as services
     * @throws BitgradException if they are not those of such a file, or contain a layer kind that is
     *             not known; or if a native library cannot be loaded
     */
    public static Classifier load(byte[] bytes, int batch, int threads, Extensions extensions) {
        return new Classifier(Checkpoint.read("the given bytes", bytes, extensions), batch, threads);
    }

    /** The network that was read. */
    public Network network() {
        return network;
    }

    /** The name of the algorithm that the network was trained by. */
    public String algorithm() {
        return origin.algorithm();
    }

    /** The name of the optimizer that the network was trained with. */
    public String optimizer() {
        return origin.optimizer();
    }

    /**
     * Returns the class of one image. Allocates nothing on the Java heap, once as many threads as now have called at
     * the same time.
     *
     * @param image the pixels of the image as unsigned bytes, [height, width, channels] of the network's input, in
     *            native memory or on the heap
     * @return the number of the class, from 0 to the network's number of classes − 1
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     * @throws IllegalStateException if the classifier is closed
     * @throws BitgradException if one more thread than ever before calls at the same time, and there
     *             is no memory for it
     */
    public int classify(MemorySegment image) {
        Lane lane = enter();
        try {
            return lane.inference.classify(image);
        } finally {
            leave(lane);
        }
    }

    /**
     * Tests the network on all images of a data set.
     *
     * @throws IllegalArgumentException if the shape of the images or the number of classes does not fit the network
     * @throws IllegalStateException if the classifier is closed
     * @throws BitgradException if one more thread than ever before calls at the same time, and there
     *             is no memory for it
     */
    public Evaluation evaluate(Dataset dataset) {
        Lane lane = enter();
        try {
            return lane.inference.evaluate(dataset);
        } finally {
            leave(lane);
        }
    }

    /**
     * Refuses further calls, waits for the end of those that are running, then frees the memory and ends the threads.
     * An interruption does not end the wait. If it is called within a call of this classifier, by a data set that the
     * classifier reads, it does not wait: the memory is freed when the last call has ended. Closing a second time does
     * nothing.
     */
    @Override
    public synchronized void close() {
        closed = true;
        if (lanesInUse == 0 && !freed) {
            free();
        }
        if (lanes.stream().anyMatch(lane -> lane.user == Thread.currentThread())) {
            return;
        }
        Threads.awaitUntil(this, () -> freed);
    }
}
