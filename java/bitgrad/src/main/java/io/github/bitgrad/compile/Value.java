package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** How the values between two nodes are kept. */
public sealed interface Value {
    /**
     * The network's input: 8-bit numbers p that stand for (2p − 255) / 255.
     *
     * @param bytes uint8 [batch, values of an image]
     */
    record Pixels(Buffer bytes) implements Value {
    }

    /**
     * Numbers, which are computed when they are pulled.
     *
     * @param source [pixels of the batch, channels]
     */
    record Reals(ChannelSource source) implements Value {
    }

    /**
     * Signs in bits, with what the straight-through estimator needs to know.
     *
     * @param bits bits [pixels of the batch, channels]
     * @param straightThrough of the same shape, set where the number behind the sign is within [−1, 1]
     */
    record PackedSigns(Buffer bits, Buffer straightThrough) implements Value {
    }

    /**
     * Numbers that stand for their signs, which are made anew whenever a product wants them.
     *
     * @param reals float32 [pixels of the batch, channels]
     */
    record SignsOfReals(Buffer reals) implements Value {
    }
}
