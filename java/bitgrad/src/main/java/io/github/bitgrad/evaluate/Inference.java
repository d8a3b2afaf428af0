package io.github.bitgrad.evaluate;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.model.Network;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Runs a compiled network on images, one batch at a time. It owns nothing, and the network's program must have its memory already.
 */
public final class Inference {
    private final Network network;
    private final CompiledNetwork compiled;
    private final Runnable prepare;
    private final Runnable run;
    private final int batch;
    /** Empty until images are read from a data set, whose images then have as many bytes as the network's file says. */
    private byte[] image = new byte[0];

    /**
     * @param prepare makes what inference needs, if the weights have changed
     * @param run runs inference on what the input buffers hold
     */
    public Inference(Network network, CompiledNetwork compiled, Runnable prepare, Runnable run) {
        this.network = network;
        this.compiled = compiled;
        this.prepare = prepare;
        this.run = run;
        this.batch = (int) compiled.batch().pixels().rows();
    }

    /**
     * Checks that a data set fits the network.
     *
     * @throws IllegalArgumentException if the shape of the images or the number of classes does not fit
     */
    public void requireFitting(Dataset dataset) {
        if (!dataset.shape().equals(network.input()) || dataset.classes() != network.classes()) {
            throw new IllegalArgumentException(
                    "Data set %s has %s images in %s classes, but network %s takes %s images in %s classes.".formatted(
                            dataset.name(), dataset.shape(), dataset.classes(), network.name(), network.input(),
                            network.classes()));
        }
    }

    /**
     * Copies images and labels into the input buffers. Allocates nothing.
     *
     * @param first the number of the image that becomes row 0
     * @param count how many images, at most the batch; all later rows keep their contents
     */
    private void load(Dataset dataset, int first, int count) {
        MemorySegment pixels = compiled.batch().pixels().segment();
        MemorySegment labels = compiled.batch().labels().segment();
        for (int row = 0; row < count; row++) {
            dataset.read(first + row, image);
            MemorySegment.copy(image, 0, pixels, ValueLayout.JAVA_BYTE, (long) row * image.length, image.length);
            labels.setAtIndex(ValueLayout.JAVA_INT, row, dataset.label(first + row));
        }
    }

    /** Announces the images of the next batch. */
    private void expect(Dataset dataset, int first) {
        for (int index = first; index < Math.min((long) first + batch, dataset.size()); index++) {
            dataset.expect(index);
        }
    }

    /** The sum of the losses of the first {@code count} images of the batch that ran last. */
    public double lossSum(int count) {
        MemorySegment losses = compiled.losses().segment();
        double sum = 0;
        for (int row = 0; row < count; row++) {
            sum += losses.getAtIndex(ValueLayout.JAVA_FLOAT, row);
        }
        return sum;
    }

    /** How many of the first {@code count} images of the batch that ran last were classified correctly. */
    public int correct(int count) {
        MemorySegment predictions = compiled.predictions().segment();
        MemorySegment labels = compiled.batch().labels().segment();
        int correct = 0;
        for (int row = 0; row < count; row++) {
            if (predictions.getAtIndex(ValueLayout.JAVA_INT, row) == labels.getAtIndex(ValueLayout.JAVA_INT, row)) {
                correct++;
            }
        }
        return correct;
    }

    /**
     * Tests the network on all images of a data set.
     *
     * @throws IllegalArgumentException if the shape of the images or the number of classes does not fit the network
     */
    public Evaluation evaluate(Dataset dataset) {
        requireFitting(dataset);
        if (image.length == 0) {
            image = new byte[network.input().values()];
        }
        prepare.run();
        expect(dataset, 0);
        int size = dataset.size();
        double loss = 0;
        EvaluationCounts counts = new EvaluationCounts(network.classes());
        for (int from = 0; from < size; from += batch) {
            int count = Math.min(batch, size - from);
            load(dataset, from, count);
            expect(dataset, from + count);
            run.run();
            loss += lossSum(count);
            count(counts, count);
        }
        return counts.evaluation(loss / size);
    }

    /** Counts the answers for the first {@code count} images of the batch that ran last. */
    private void count(EvaluationCounts counts, int count) {
        MemorySegment labels = compiled.batch().labels().segment();
        float[] outputs = new float[network.classes()];
        for (int row = 0; row < count; row++) {
            readOutputs(row, outputs);
            counts.add(labels.getAtIndex(ValueLayout.JAVA_INT, row), prediction(row), outputs);
        }
    }

    private void readOutputs(int row, float[] outputs) {
        MemorySegment.copy(compiled.outputs().segment(), ValueLayout.JAVA_FLOAT,
                (long) row * outputs.length * Float.BYTES, outputs, 0, outputs.length);
    }

    /**
     * Returns the class of one image.
     *
     * @param image the pixels of the image as unsigned bytes, [height, width, channels]
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     */
    public int classify(MemorySegment image) {
        run(image);
        return prediction(0);
    }

    /**
     * Returns the classes of images.
     *
     * @param images the images one behind the other, each as {@link #classify} takes it
     * @throws IllegalArgumentException if the images do not have whole times as many bytes as the network's input
     */
    public int[] classifyAll(MemorySegment images) {
        int bytes = network.input().values();
        if (images.byteSize() % bytes != 0) {
            throw new IllegalArgumentException(
                    "The images have %s bytes, but network %s takes %s bytes for each image (%s).".formatted(
                            images.byteSize(), network.name(), bytes, network.input()));
        }
        int[] classes = new int[Math.toIntExact(images.byteSize() / bytes)];
        prepare.run();
        for (int first = 0; first < classes.length; first += batch) {
            int count = Math.min(batch, classes.length - first);
            copy(images, (long) first * bytes, count);
            run.run();
            for (int row = 0; row < count; row++) {
                classes[first + row] = prediction(row);
            }
        }
        return classes;
    }

    /**
     * Returns the outputs of the network for one image: the larger the output of a class, the likelier is the class.
     *
     * @param image an image as {@link #classify} takes it
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     */
    public float[] outputs(MemorySegment image) {
        run(image);
        float[] outputs = new float[network.classes()];
        readOutputs(0, outputs);
        return outputs;
    }

    private void run(MemorySegment image) {
        requireImage(image);
        prepare.run(); // before the image is copied, because measuring statistics overwrites the input
        copy(image, 0, 1);
        run.run();
    }

    /**
     * Checks the size of an image.
     *
     * @throws IllegalArgumentException if it does not have as many bytes as the network's input
     */
    public void requireImage(MemorySegment image) {
        if (image.byteSize() != network.input().values()) {
            throw new IllegalArgumentException("The image has %s bytes, but network %s takes %s (%s).".formatted(
                    image.byteSize(), network.name(), network.input().values(), network.input()));
        }
    }

    /** Copies images into the first rows of the input buffer. */
    private void copy(MemorySegment images, long offset, int count) {
        MemorySegment.copy(images, offset, compiled.batch().pixels().segment(), 0,
                (long) count * network.input().values());
        MemorySegment labels = compiled.batch().labels().segment();
        for (int row = 0; row < count; row++) {
            labels.setAtIndex(ValueLayout.JAVA_INT, row, 0); // any label will do, because only the loss reads it
        }
    }

    private int prediction(int row) {
        return compiled.predictions().segment().getAtIndex(ValueLayout.JAVA_INT, row);
    }
}
