package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** The function that training minimises. It compares the outputs of a network with the labels of the images. */
public interface Loss {
    /**
     * The buffers of a batch that a loss reads and writes.
     *
     * @param labels read: the correct class of each image, int32 [1, batch]
     * @param losses written: the loss of each image, float32 [1, batch]
     * @param predictions written: the class of each image that the network predicts, int32 [1, batch]
     */
    record Targets(Buffer labels, Buffer losses, Buffer predictions) {
    }

    /**
     * Adds the operations that compute losses and predictions to training and to inference, and those that compute the
     * gradient to training.
     *
     * @param step the step; the names that it makes begin with {@code loss}
     * @param outputs the outputs of the network: float32 [batch, classes]
     * @param targets the labels to read, and the buffers to write
     * @return the gradient of the summed loss at the outputs, multiplied by {@link StepBuilder#lossScale}: float32
     *             [batch, classes]
     */
    Buffer compile(StepBuilder step, Buffer outputs, Targets targets);

    /** The name in files and reports. No two losses share a name. */
    String name();
}
