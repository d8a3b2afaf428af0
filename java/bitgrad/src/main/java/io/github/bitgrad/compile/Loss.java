package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** What training makes small: compares what a network gives with the labels of the images. */
public interface Loss {
    /**
     * What the loss reads and writes, for the images of a batch.
     *
     * @param labels the right classes, int32 [1, batch]
     * @param losses the loss of each image, float32 [1, batch], to be filled
     * @param predictions the class that the network tells, int32 [1, batch], to be filled
     */
    record Targets(Buffer labels, Buffer losses, Buffer predictions) {
    }

    /**
     * Adds the operations of the loss to training, and to inference those that fill losses and predictions.
     *
     * @param step the step; names begin with {@code loss}
     * @param outputs what the network gives, float32 [batch, classes]
     * @param targets what to compare it with, and what to fill
     * @return the gradient at the outputs of the summed loss, times {@link StepBuilder#lossScale}: float32 [batch, classes]
     */
    Buffer compile(StepBuilder step, Buffer outputs, Targets targets);

    /** What files and reports call it. */
    String name();
}
