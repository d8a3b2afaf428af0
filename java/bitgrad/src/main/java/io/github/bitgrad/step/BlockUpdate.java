package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Updates the weights of some output channels as soon as their gradient is there, so that it need not be stored. */
public interface BlockUpdate {
    /** What an update does to a block of channels. */
    @FunctionalInterface
    interface Block {
        /** The parameters are those of {@link BlockUpdate#run}. */
        void run(MemorySegment gradient, long begin, long end);
    }

    /** An update that uses these buffers. */
    static BlockUpdate of(List<Buffer> uses, Block block) {
        List<Buffer> used = List.copyOf(uses);
        return new BlockUpdate() {
            @Override
            public void run(MemorySegment gradient, long begin, long end) {
                block.run(gradient, begin, end);
            }

            @Override
            public List<Buffer> uses() {
                return used;
            }
        };
    }

    /**
     * Updates the weights of output channels [begin, end). Every channel is updated once in a step, in any order, and
     * blocks may run at the same time in several threads. Allocates nothing.
     *
     * @param gradient of these channels only, [(end − begin) · taps, input channels]: signs as bits, or float32
     */
    void run(MemorySegment gradient, long begin, long end);

    /** The buffers that it reads or writes, beside the gradient. */
    List<Buffer> uses();
}
