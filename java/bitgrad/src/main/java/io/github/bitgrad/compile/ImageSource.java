package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/**
 * Computes all channels of a matrix [pixels of the batch, channels] for some images at a time, from what exists already.
 * A matrix of which only some images are pulled at a time never exists as a whole, and each of its parts is small enough
 * to stay in a cache. Images can be pulled in any order, and any number of times: each pull adds the operations that
 * compute them to the training step. Who pulls from the source of a {@link ChannelSource} finishes that one afterwards.
 */
@FunctionalInterface
public interface ImageSource {
    /**
     * Adds the operations that compute some images to the training step.
     *
     * @param inference whether the operations are added to inference, too, where a matrix may have other values
     * @return float32 or int16 [pixels of the images, channels]; the consumer may overwrite it
     */
    Buffer images(Images images, boolean inference);
}
