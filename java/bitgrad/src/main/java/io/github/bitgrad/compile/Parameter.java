package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** Something that a layer learns: weights or biases. */
public sealed interface Parameter permits Weights, Bias {
    /** The learned values. They get their first values before training, and each step updates them. */
    Buffer values();
}
