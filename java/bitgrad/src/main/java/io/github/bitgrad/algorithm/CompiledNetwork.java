package io.github.bitgrad.algorithm;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.Program;
import java.util.List;

/**
 * A program, and the buffers of it that the outside fills and reads.
 *
 * @param program the operations
 * @param pixels uint8 [batch, input values], filled before a step
 * @param labels int32 [1, batch], filled before a step
 * @param losses float32 [1, batch], read after a step
 * @param predictions int32 [1, batch], read after a step
 * @param weights one a layer, [channels, fan-in], given random values before the program's initial operations run
 */
public record CompiledNetwork(Program program, Buffer pixels, Buffer labels, Buffer losses, Buffer predictions,
        List<Buffer> weights) {
    public CompiledNetwork {
        weights = List.copyOf(weights);
    }
}
