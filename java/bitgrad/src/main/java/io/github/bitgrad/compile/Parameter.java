package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;

/** What a layer learns. */
public sealed interface Parameter permits BinaryWeights, Bias {
    /** What is given its first values before training, and updated in each step. */
    Buffer values();
}
