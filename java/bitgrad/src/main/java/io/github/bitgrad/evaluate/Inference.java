package io.github.bitgrad.evaluate;

import io.github.bitgrad.Evaluation;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Runs a compiled network on images, one batch at a time. It owns nothing, and the program must have its memory already.
 */
public final class Inference {
    private final Network network;
    private final CompiledNetwork compiled;
    private final Program program;
    private final Workers workers;
    private final int batch;
    /** Empty until images are read from a data set, whose images then have as many bytes as the network's file says. */
    private byte[] image = new byte[0];

    /**
     * @param program the program of the compiled network, or only its part for inference; the one that has the memory
     */
    public Inference(Network network, CompiledNetwork compiled, Program program, Workers workers) {
        this.network = network;
        this.compiled = compiled;
        this.program = program;
        this.workers = workers;
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
        program.runBeforeInference(workers);
        int size = dataset.size();
        double loss = 0;
        long correct = 0;
        for (int from = 0; from < size; from += batch) {
            int count = Math.min(batch, size - from);
            load(dataset, from, count);
            program.runInference(workers);
            loss += lossSum(count);
            correct += correct(count);
        }
        return new Evaluation((double) correct / size, loss / size);
    }

    /**
     * Returns the class of one image.
     *
     * @param image the pixels of the image as unsigned bytes, [height, width, channels]
     * @throws IllegalArgumentException if the image does not have as many bytes as the network's input
     */
    public int classify(MemorySegment image) {
        if (image.byteSize() != network.input().values()) {
            throw new IllegalArgumentException("The image has %s bytes, but network %s takes %s (%s).".formatted(
                    image.byteSize(), network.name(), network.input().values(), network.input()));
        }
        MemorySegment.copy(image, 0, compiled.batch().pixels().segment(), 0, image.byteSize());
        // Any label will do, because only the loss reads it.
        compiled.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, 0, 0);
        program.runBeforeInference(workers);
        program.runInference(workers);
        return compiled.predictions().segment().getAtIndex(ValueLayout.JAVA_INT, 0);
    }
}
