package io.github.bitgrad.step;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads of a step: the caller and some helpers, which take the chunks of one operation after another. Between
 * operations they wait for each other, for a moment by spinning and then parked. Running allocates nothing. Callers in
 * several threads wait for each other. An interruption of a caller does not end an operation; it is kept for the
 * caller.
 */
public final class Workers implements AutoCloseable {
    /** Longer than the gap between two operations, shorter than anything a person notices: some tens of µs. */
    private static final int SPINS = 2000;
    /** More than any machine that this is for has; a slip of the finger beyond it would exhaust the system. */
    private static final int MOST_THREADS = 1024;

    private final Thread[] helpers;
    private final AtomicInteger nextChunk = new AtomicInteger();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile Throwable failure;
    private volatile Thread caller;
    private volatile boolean closed;
    private Operation operation;
    /** Counts operations handed out; written last, so that what a helper needs is visible when it sees a new count. */
    private volatile int generation;

    /**
     * Finds out, before any is started, whether there can be so many threads.
     *
     * @throws IllegalArgumentException where there cannot
     */
    public static void requirePossible(int threads) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("There must be from 1 to %s threads, but %s were asked for."
                    .formatted(MOST_THREADS, threads));
        }
    }

    /** @param threads how many threads work in all, from 1 to {@value #MOST_THREADS} */
    public Workers(int threads) {
        requirePossible(threads);
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = Thread.ofPlatform().daemon().name("bitgrad-worker-" + (i + 1)).start(this::help);
        }
    }

    /** Runs an operation to its end, on all threads where it has more than one chunk. */
    void run(Operation next) {
        if (helpers.length == 0 || next.chunks() == 1) {
            for (int chunk = 0; chunk < next.chunks(); chunk++) {
                next.runChunk(chunk);
            }
            return;
        }
        runOnAll(next);
    }

    /** Holds the lock, so that no other caller begins an operation and nobody closes this object meanwhile. */
    private synchronized void runOnAll(Operation next) {
        if (closed) {
            throw new IllegalStateException("The threads have ended already, so they cannot run %s."
                    .formatted(next.name()));
        }
        caller = Thread.currentThread();
        operation = next;
        failure = null;
        nextChunk.set(0);
        unfinished.set(helpers.length);
        generation++;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        takeChunks();
        boolean interrupted = false;
        for (int spins = 0; unfinished.get() != 0; spins++) {
            interrupted |= pause(spins);
        }
        Threads.restore(interrupted);
        Threads.rethrow(failure);
    }

    private void takeChunks() {
        try {
            int chunks = operation.chunks();
            for (int chunk = nextChunk.getAndIncrement(); chunk < chunks; chunk = nextChunk.getAndIncrement()) {
                operation.runChunk(chunk);
            }
        } catch (Throwable thrown) {
            failure = thrown;
        }
    }

    private void help() {
        int seen = 0;
        for (;;) {
            for (int spins = 0; generation == seen; spins++) {
                if (closed) {
                    return;
                }
                pause(spins); // an interruption means nothing to a helper
            }
            seen++;
            takeChunks();
            if (unfinished.decrementAndGet() == 0) {
                LockSupport.unpark(caller);
            }
        }
    }

    /** @return whether this thread was interrupted, which it no longer is */
    private boolean pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
            return false;
        }
        return Threads.park(this);
    }

    /**
     * Waits for the end of the operation that runs, then ends the helpers and waits for their end. Closing again does
     * nothing.
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
            Threads.join(helper);
        }
    }
}
