package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.step.Program;
import java.util.List;

/**
 * A program, and the buffers of it that the outside fills and reads.
 *
 * @param program the operations
 * @param pixels uint8 [batch, input values], filled before a step
 * @param labels int32 [1, batch], filled before a step
 * @param stagedPixels like pixels: where the next batch can lie ready while a step runs, which does not touch it; null
 *            where there is no memory for that
 * @param stagedLabels like labels, likewise
 * @param losses float32 [1, batch], read after a step
 * @param predictions int32 [1, batch], read after a step
 * @param weights one a layer, [channels, fan-in], given random values before the program's initial operations run
 */
public record CompiledNetwork(Program program, Buffer pixels, Buffer labels, Buffer stagedPixels,
        Buffer stagedLabels, Buffer losses, Buffer predictions, List<Buffer> weights) {
    public CompiledNetwork {
        weights = List.copyOf(weights);
    }

    /** The same where a batch can be staged, if that takes no more memory than so many bytes. */
    public CompiledNetwork stagedWithin(long bytes) {
        Buffer nextPixels = staged(pixels);
        Buffer nextLabels = staged(labels);
        Program larger = program.withExternal(List.of(nextPixels, nextLabels));
        return larger.plan().peakBytes() <= bytes
                ? new CompiledNetwork(larger, pixels, labels, nextPixels, nextLabels, losses, predictions, weights)
                : this;
    }

    private static Buffer staged(Buffer input) {
        return new Buffer(input.name() + ".staged", input.variable(), input.type(), input.rows(), input.columns(),
                Life.PERSISTENT);
    }

    /** Whether the next batch can be prepared while a step runs. */
    public boolean stages() {
        return stagedPixels != null;
    }

    /** Copies the staged batch to where a step reads it. */
    public void takeStaged() {
        pixels.segment().copyFrom(stagedPixels.segment());
        labels.segment().copyFrom(stagedLabels.segment());
    }
}
