package io.github.bitgrad.step;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The chunks of one operation after another that no thread has taken yet. A thread looks first, reads which operation
 * that is, and then takes a chunk, which it does not get if anything has changed since it looked.
 */
final class OpenChunks {
    /** The number of the operation is in the upper half, and in the lower half how many of its chunks are left. */
    private static final int NUMBER_SHIFT = 32;

    private final AtomicLong state = new AtomicLong();

    /** Offers so many chunks of the next operation. Called when none is left of the one before. */
    void offer(int chunks) {
        state.set(((state.get() >>> NUMBER_SHIFT) + 1) << NUMBER_SHIFT | chunks);
    }

    /** What {@link #left} and {@link #take} take. */
    long look() {
        return state.get();
    }

    /** How many chunks were left when a thread looked. */
    static int left(long seen) {
        return (int) seen;
    }

    /** Takes one of the chunks that were left. Returns false if another was taken or offered since this thread looked. */
    boolean take(long seen) {
        return state.compareAndSet(seen, seen - 1);
    }
}
