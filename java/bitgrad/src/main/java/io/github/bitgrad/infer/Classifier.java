package io.github.bitgrad.infer;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.Names;
import io.github.bitgrad.algorithm.Compiler;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.Meaning;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.evaluate.Inference;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.step.InferenceProgram;
import io.github.bitgrad.step.Threads;
import io.github.bitgrad.step.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A trained network that was read from a file, a stream or bytes, with the memory that inference needs.
 * {@link #close()} frees its memory.
 *
 * <p>
 * It computes the labels and losses of {@link io.github.bitgrad.train.Trainer#evaluate}, faster: between the first
 * layer and the last, the sum of a product is compared with a threshold and becomes a bit, so no real number is
 * computed or stored.
 *
 * <p>
 * Any number of threads may use it at the same time; they do not wait for each other, and results do not depend on
 * them. The weights are in memory once. Each thread that calls while all memory for a batch is in use takes memory for
 * one more batch: the images, and what the layers compute from them. This memory is used again by later calls and
 * freed by {@link #close()}, so it is that of as many batches as threads have called at the same time.
 */
public final class Classifier implements AutoCloseable {
    /**
     * A class that an image may be of.
     *
     * @param label the number of the class
     * @param probability how sure the network is, from 0 to 1
     */
    public record Candidate(int label, float probability) {
    }

    /** Memory for one batch, and the thread that uses it. */
    private static final class Lane {
        private final InferenceProgram program;
        private final Inference inference;
        /** Null while nobody uses it. */
        private Thread user;

        Lane(Network network, CompiledNetwork compiled, InferenceProgram program, Workers workers) {
            this.program = program;
            inference = new Inference(network, compiled, () -> {
                // all was prepared when the network was read
            }, () -> program.run(workers));
        }
    }

    private final Network network;
    private final Checkpoint.Origin origin;
    private final Meaning meaning;
    private final String source;
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
        meaning = checkpoint.meaning();
        source = checkpoint.source();
        this.batch = batch;
        CompiledNetwork compiled = checkpoint.compile(this::compile);
        InferenceProgram program = compiled.program().forInference();
        checkpoint.requireFitting(program, batch);
        try {
            program.allocate(arena, checkpoint::restore, alone);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
        workers = new Workers(threads);
        lanes.add(new Lane(network, compiled, program, workers));
    }

    private CompiledNetwork compile() {
        return Compiler.compileInference(network, batch, origin.products(), origin.loss());
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
        InferenceProgram program = compiled.program().forInference();
        program.allocateBeside(lanes.getFirst().program, arena);
        Lane lane = new Lane(network, compiled, program, alone);
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
     * The name of each class, in the order of their numbers. Classes that have no names are named by their numbers, as
     * are those of a network that a build without class names has saved.
     */
    public List<String> classNames() {
        return meaning.classNames();
    }

    /**
     * What turns raw samples into the bytes of images, as it did with the samples that the network was trained on. It
     * is empty if these images were bytes already.
     *
     * {@snippet :
     * for (Preprocessing.Input input : classifier.preprocessing().orElseThrow().read(Path.of("cat.jpg"))) {
     *     System.out.println(classifier.classNames().get(classifier.classify(input.bytes())));
     * }
     * }
     *
     * @throws BitgradException if it is of a kind that nothing in this program knows; the message names the artifact
     *             that has to be added
     */
    public Optional<Preprocessing> preprocessing() {
        Optional<Preprocessing> preprocessing = meaning.preprocessing(source);
        preprocessing.filter(made -> !made.shape().equals(network.input())).ifPresent(made -> {
            throw new BitgradException(
                    "The preprocessing of the network in %s makes images of %s, but the network takes %s: take a network that bitgrad has saved."
                            .formatted(source, made.shape(), network.input()));
        });
        return preprocessing;
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
     * Returns the class of one image as {@link #classify(MemorySegment)} does.
     *
     * @param image the pixels of the image as unsigned bytes, [height, width, channels] of the network's input
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     * @throws IllegalStateException if the classifier is closed
     */
    public int classify(byte[] image) {
        return classify(MemorySegment.ofArray(image));
    }

    /**
     * Returns the classes of any number of images. Each batch of images takes one pass through the network, so this is
     * fast for a classifier that was loaded with a batch of many.
     *
     * @param images the images one behind the other, each as {@link #classify(MemorySegment)} takes it
     * @return the number of the class of each image
     * @throws IllegalArgumentException if the bytes are not those of whole images of the network's input
     * @throws IllegalStateException if the classifier is closed
     */
    public int[] classifyAll(MemorySegment images) {
        return with(inference -> inference.classifyAll(images));
    }

    /**
     * Returns the outputs of the network for one image, one for each class. The class of the largest is the one that
     * {@link #classify(MemorySegment)} returns, if the network was trained with {@link SoftmaxCrossEntropy}.
     *
     * @param image an image as {@link #classify(MemorySegment)} takes it
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     * @throws IllegalStateException if the classifier is closed
     */
    public float[] logits(MemorySegment image) {
        return with(inference -> inference.outputs(image));
    }

    /**
     * Returns the probability that the network gives each class: the softmax of {@link #logits}. They add up to 1. A
     * probability is how sure the network is, which often is more than how often it is right.
     *
     * @param image an image as {@link #classify(MemorySegment)} takes it
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     * @throws IllegalStateException if the classifier is closed
     */
    public float[] probabilities(MemorySegment image) {
        return softmax(logits(image));
    }

    private static float[] softmax(float[] logits) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        float[] probabilities = new float[logits.length];
        for (int label = 0; label < logits.length; label++) {
            probabilities[label] = (float) (Math.exp(logits[label] - largest) / sum);
        }
        return probabilities;
    }

    /**
     * Returns the likeliest classes of one image, the likeliest first. Of classes with equal probabilities, the one
     * with the smaller number is first.
     *
     * @param image an image as {@link #classify(MemorySegment)} takes it
     * @param most how many classes to return at most, at least 1
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input, or {@code most}
     *             is less than 1
     * @throws IllegalStateException if the classifier is closed
     */
    public List<Candidate> top(MemorySegment image, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("At least 1 class must be asked for, but %s were.".formatted(most));
        }
        float[] logits = logits(image);
        float[] probabilities = softmax(logits);
        return IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.comparingDouble(label -> -logits[label])).limit(most)
                .map(label -> new Candidate(label, probabilities[label])).toList();
    }

    private <T> T with(Function<Inference, T> use) {
        Lane lane = enter();
        try {
            return use.apply(lane.inference);
        } finally {
            leave(lane);
        }
    }

    /**
     * Tests the network on all images of a data set.
     *
     * @throws IllegalArgumentException if the shape of the images or the number of classes does not fit the network, or
     *             the classes have other names than those of the network
     * @throws IllegalStateException if the classifier is closed
     * @throws BitgradException if one more thread than ever before calls at the same time, and there
     *             is no memory for it
     */
    public Evaluation evaluate(Dataset dataset) {
        requireSameNames(dataset);
        return with(inference -> inference.evaluate(dataset));
    }

    /** Where either has no names but numbers, nothing is known to be wrong. */
    private void requireSameNames(Dataset dataset) {
        if (dataset.classes() != network.classes() || !meaning.hasNames()
                || !Meaning.of(dataset.description()).hasNames()) {
            return;
        }
        for (int label = 0; label < dataset.classes(); label++) {
            String ours = classNames().get(label);
            String theirs = dataset.classNames().get(label);
            if (!ours.equals(theirs)) {
                throw new IllegalArgumentException(
                        "Class %s of data set %s is named %s, but that of network %s is named %s: test it with the classes that it was trained on."
                                .formatted(label, dataset.name(), Names.printable(theirs), network.name(),
                                        Names.printable(ours)));
            }
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
