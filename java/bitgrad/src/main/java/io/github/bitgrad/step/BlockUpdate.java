package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

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
        return bound(uses, _ -> block);
    }

    /**
     * An update that uses these buffers and is prepared when they have their memory.
     *
     * @param prepared makes what updates a block; the arena is that of {@link BlockUpdate#bind}
     */
    static BlockUpdate bound(List<Buffer> uses, Function<Arena, Block> prepared) {
        List<Buffer> used = List.copyOf(uses);
        return new BlockUpdate() {
            private Block block = (_, _, _) -> {
                throw new IllegalStateException("An update ran before its buffers had memory.");
            };

            @Override
            public void bind(Arena arena) {
                block = prepared.apply(arena);
            }

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
     * Prepares runs. It is called when the buffers have their memory, at least once before the first run.
     *
     * @param arena the arena of the buffers' memory, for the arguments of native calls, which live as long as it does
     */
    void bind(Arena arena);

    /**
     * Updates the weights of output channels [begin, end). Every channel is updated once in a step, in any order, and
     * blocks may run at the same time in several threads. Allocates nothing.
     *
     * @param gradient of these channels only, [(end − begin) · taps, input channels]: signs as bits, or float32
     */
    void run(MemorySegment gradient, long begin, long end);

    /** The buffers that it reads or writes. */
    List<Buffer> uses();

    /** This update for those who count output channels from one of them on, which is their channel 0. */
    default BlockUpdate from(long first) {
        return bound(uses(), arena -> {
            bind(arena);
            return (gradient, begin, end) -> run(gradient, first + begin, first + end);
        });
    }
}
