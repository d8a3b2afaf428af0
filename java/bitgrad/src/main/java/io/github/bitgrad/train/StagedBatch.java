package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.CompiledNetwork;
import io.github.bitgrad.memory.Buffer;

/**
 * Where the next batch lies ready while a step runs on the one before: buffers like the network's own for its input.
 *
 * @param pixels uint8 [batch, input values]
 * @param labels int32 [1, batch]
 */
record StagedBatch(Buffer pixels, Buffer labels) {
    /** Adds the buffers to the network's program, before it has a plan. */
    static StagedBatch in(CompiledNetwork compiled) {
        return new StagedBatch(like(compiled, compiled.pixels()), like(compiled, compiled.labels()));
    }

    private static Buffer like(CompiledNetwork compiled, Buffer input) {
        return compiled.program().external(input.name() + ".staged", input.variable(), input.type(), input.rows(),
                input.columns());
    }

    /** Copies the batch into the network's own buffers. */
    void handOver(CompiledNetwork compiled) {
        compiled.pixels().segment().copyFrom(pixels.segment());
        compiled.labels().segment().copyFrom(labels.segment());
    }
}
