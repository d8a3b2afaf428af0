package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** A value between nodes, and how it is stored. */
public sealed interface Value {
    /**
     * The network's input: each byte p from 0 to 255 stands for the number (2p − 255) / 255, from −1 to 1.
     *
     * @param bytes uint8 [batch, values of an image]
     */
    record Pixels(Buffer bytes) implements Value {
    }

    /**
     * Real numbers, which are computed when a consumer pulls them.
     *
     * @param source computes the matrix [pixels of the batch, channels]
     */
    record Reals(ChannelSource source) implements Value {
    }

    /**
     * Sums of signs of weights whose channels have a factor that nothing has multiplied the sums by yet: the value is
     * scales · sums. Only batch normalisation takes such a value, and max pooling, which gives one.
     *
     * @param sums computes the sums [pixels of the batch, channels]
     * @param scales a positive factor for each channel, or 0: float32 [1, channels], computed in training only
     */
    record ScaledSums(ChannelSource sums, Buffer scales) implements Value {
    }

    /**
     * Signs as bits, and the bits that the straight-through estimator needs.
     *
     * @param bits the signs: bits [pixels of the batch, channels]
     * @param straightThrough bits [pixels of the batch, channels]; a bit is set where the number before the sign is in
     *            [−1, 1]
     */
    record PackedSigns(Buffer bits, Buffer straightThrough) implements Value {
    }

    /**
     * Real numbers of which only the signs count. The signs are computed again each time a product needs them.
     *
     * @param reals float32 [pixels of the batch, channels]
     */
    record SignsOfReals(Buffer reals) implements Value {
    }
}
