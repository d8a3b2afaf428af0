package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.step.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A compiled network: its program, and the buffers that the caller fills and reads.
 *
 * @param program the operations of training and of inference
 * @param batch the images and labels that a step reads; the caller fills them before the step
 * @param staged buffers in which the next batch can be prepared while a step runs; empty if there is no memory for them
 * @param losses the loss of each image: float32 [1, batch], to be read after a step
 * @param outputs the outputs of each image, from which its class follows: float32 [batch, classes], to be read after
 *            inference
 * @param predictions the predicted class of each image: int32 [1, batch], to be read after a step
 * @param parameters everything that is learned, in the order of the nodes. The caller writes the first values before
 *            the program's initial operations run
 * @param refusals the reasons why the network must not be trained in such steps; empty if it can be trained
 */
public record CompiledNetwork(Program program, Batch batch, Optional<Batch> staged, Buffer losses,
        Buffer outputs, Buffer predictions, List<Parameter> parameters, List<String> refusals) {
    /**
     * Images and their labels. Images that are given as signs behind frozen nodes come after those that are given as
     * pixels.
     *
     * @param pixels the images that are given as pixels: uint8 [images, values of an image]
     * @param labels the class of each image of the batch: int32 [1, batch]
     * @param frozen what the frozen nodes give, if these are signs
     */
    public record Batch(Buffer pixels, Buffer labels, Optional<FrozenSigns> frozen) {
        private Batch staged() {
            return new Batch(staged(pixels), staged(labels), frozen.map(signs -> new FrozenSigns(signs.all(),
                    signs.replayed().map(Batch::staged))));
        }

        private static Buffer staged(Buffer input) {
            return new Buffer(input.name() + ".staged", input.variable(), input.type(), input.rows(), input.columns(),
                    Life.PERSISTENT);
        }

        /** The buffers that the caller fills. */
        private List<Buffer> buffers() {
            List<Buffer> buffers = new ArrayList<>(List.of(pixels, labels));
            frozen.flatMap(FrozenSigns::replayed).ifPresent(buffers::add);
            return buffers;
        }
    }

    /**
     * The signs that the last frozen node gives: bits [batch · pixels of the node, channels], or with products by
     * OpenBLAS float32, each of them a number with that sign.
     *
     * @param all the signs of the whole batch. They can be read after inference if there are replayed images
     * @param replayed the part with the images that the caller gives as signs; empty if there are none
     */
    public record FrozenSigns(Buffer all, Optional<Buffer> replayed) {
    }

    public CompiledNetwork {
        parameters = List.copyOf(parameters);
        refusals = List.copyOf(refusals);
    }

    /**
     * Checks that the network can be trained in such steps.
     *
     * @throws IllegalArgumentException if it cannot; the message is the first reason
     */
    public void requireTrainable() {
        if (!refusals.isEmpty()) {
            throw new IllegalArgumentException(refusals.getFirst());
        }
    }

    /** The weights of all products, in the order of the nodes. */
    public List<Weights> weights() {
        return parameters.stream().filter(Weights.class::isInstance).map(Weights.class::cast).toList();
    }

    /** The weights of all binary products, in the order of the nodes. */
    public List<BinaryWeights> binaryWeights() {
        return parameters.stream().filter(BinaryWeights.class::isInstance).map(BinaryWeights.class::cast).toList();
    }

    /**
     * This network with buffers for the next batch, if its memory plan then takes at most so many bytes; otherwise this
     * network as it is.
     */
    public CompiledNetwork stagedWithin(long bytes) {
        Batch next = batch.staged();
        Program larger = program.withExternal(next.buffers());
        return larger.plan().peakBytes() <= bytes
                ? new CompiledNetwork(larger, batch, Optional.of(next), losses, outputs, predictions, parameters,
                        refusals)
                : this;
    }

    /**
     * Copies the staged batch into the buffers that a step reads. Does nothing if there are no staging buffers. Allocates
     * nothing.
     */
    public void takeStaged() {
        if (staged.isPresent()) {
            Batch next = staged.get();
            copy(next.pixels(), batch.pixels());
            copy(next.labels(), batch.labels());
            if (batch.frozen().isPresent() && batch.frozen().get().replayed().isPresent()) {
                copy(next.frozen().get().replayed().get(), batch.frozen().get().replayed().get());
            }
        }
    }

    private static void copy(Buffer from, Buffer to) {
        to.segment().copyFrom(from.segment());
    }
}
