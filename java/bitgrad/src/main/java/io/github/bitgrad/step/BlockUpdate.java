package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Updates the weights of some output channels as soon as their gradient is there, so that it need not be stored. */
public interface BlockUpdate {
    /**
     * Prepares runs; called when the buffers have their memory, at least once before the first run.
     *
     * @param arena that the buffers' memory is from: for the arguments of native calls, which live as long
     */
    default void bind(Arena arena) {
        // some updates need nothing but the buffers themselves
    }

    /**
     * Updates the weights of output channels [begin, end), each of them once a step and in any order. Allocates nothing.
     *
     * @param gradient of these channels only, [(end − begin) · taps, input channels]: signs as bits, or float32
     */
    void run(MemorySegment gradient, long begin, long end);

    /** The buffers that it reads or writes. */
    List<Buffer> uses();
}
