package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Updates the weights of some output channels as soon as their gradient is there, so that it need not be stored. */
public interface BlockUpdate {
    /**
     * Updates the weights of output channels [begin, end), each of them once a step and in any order. Allocates nothing.
     *
     * @param gradient of these channels only, [(end − begin) · taps, input channels]: signs as bits, or float32
     */
    void run(MemorySegment gradient, long begin, long end);

    /** The buffers that it reads or writes. */
    List<Buffer> uses();
}
