package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.step.Program;
import java.util.List;
import java.util.Optional;

/**
 * A program, and the buffers of it that the outside fills and reads.
 *
 * @param program the operations
 * @param batch what a step reads, to be filled before it
 * @param staged where the next batch can lie ready while a step runs, which does not touch it; empty where there is no memory
 *            for that
 * @param losses float32 [1, batch], read after a step
 * @param predictions int32 [1, batch], read after a step
 * @param parameters all that is learned, in the order of nodes; given first values before the program's initial operations run
 */
public record CompiledNetwork(Program program, Batch batch, Optional<Batch> staged, Buffer losses, Buffer predictions,
        List<Parameter> parameters) {
    /**
     * Images and their labels.
     *
     * @param pixels uint8 [batch, values of an image]
     * @param labels int32 [1, batch]
     */
    public record Batch(Buffer pixels, Buffer labels) {
        private Batch staged() {
            return new Batch(staged(pixels), staged(labels));
        }

        private static Buffer staged(Buffer input) {
            return new Buffer(input.name() + ".staged", input.variable(), input.type(), input.rows(), input.columns(),
                    Life.PERSISTENT);
        }

        private List<Buffer> buffers() {
            return List.of(pixels, labels);
        }
    }

    public CompiledNetwork {
        parameters = List.copyOf(parameters);
    }

    /** The weights of binary products, in the order of nodes. */
    public List<BinaryWeights> binaryWeights() {
        return parameters.stream().filter(BinaryWeights.class::isInstance).map(BinaryWeights.class::cast).toList();
    }

    /** The same network with room for the next batch, if that takes no more memory than so many bytes. */
    public CompiledNetwork stagedWithin(long bytes) {
        Batch next = batch.staged();
        Program larger = program.withExternal(next.buffers());
        return larger.plan().peakBytes() <= bytes
                ? new CompiledNetwork(larger, batch, Optional.of(next), losses, predictions, parameters)
                : this;
    }

    /** Copies the staged batch to where a step reads it; nothing where there is none. */
    public void takeStaged() {
        if (staged.isPresent()) {
            Batch next = staged.get();
            batch.pixels().segment().copyFrom(next.pixels().segment());
            batch.labels().segment().copyFrom(next.labels().segment());
        }
    }
}
