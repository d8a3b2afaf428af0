package io.github.bitgrad.step;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads of a step: the caller and some helpers, which take the chunks of one operation after another. The caller
 * never waits for a helper that has taken no chunk, so a helper that comes late costs nothing. Between operations
 * helpers wait, for a moment by spinning and then parked; where there are more threads than processors, they park at
 * once. Running allocates nothing. Callers in several threads wait for each other. An interruption of a caller does not
 * end an operation; it is kept for the caller.
 */
public final class Workers implements AutoCloseable {
    /** Longer than most gaps between two operations that are cut, shorter than anything a person notices. */
    private static final long SPIN_NANOSECONDS = 300_000;

    /** A parked helper needs about 65 µs to begin: less work than this is done before it could have helped. */
    private static final long WORTH_WAKING_NANOSECONDS = 100_000;

    /** More than any machine that this is for has; a slip of the finger beyond it would exhaust the system. */
    private static final int MOST_THREADS = 1024;

    private final Helper[] helpers;
    /** How long a thread spins before it parks. */
    private final long spinNanoseconds;
    private final OpenChunks open = new OpenChunks();
    private final AtomicInteger unfinished = new AtomicInteger();
    private volatile Throwable failure;
    private volatile Thread caller;
    private volatile boolean closed;
    /** Written before {@link #open}, and only while that has no chunk left. */
    private Operation operation;

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
        this(threads, Runtime.getRuntime().availableProcessors());
    }

    /** @param processors that this process may use: with more threads than these, a thread that spins keeps one from work */
    Workers(int threads, int processors) {
        requirePossible(threads);
        spinNanoseconds = threads <= processors ? SPIN_NANOSECONDS : 0;
        helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper("bitgrad-worker-" + (i + 1));
        }
        for (Helper helper : helpers) { // only now, because helpers wake each other
            helper.thread.start();
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
        unfinished.set(next.chunks());
        open.offer(next.chunks());
        takeChunks();
        boolean interrupted = false;
        if (!spinUntilFinished()) {
            while (unfinished.get() != 0) {
                interrupted |= Threads.park(this);
            }
        }
        Threads.restore(interrupted);
        Threads.rethrow(failure);
    }

    private boolean spinUntilFinished() {
        long begin = System.nanoTime();
        while (unfinished.get() != 0) {
            if (System.nanoTime() - begin >= spinNanoseconds) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private boolean isWork() {
        return OpenChunks.left(open.look()) != 0;
    }

    /** Takes chunks while there are any. */
    private void takeChunks() {
        for (long seen = open.look(); OpenChunks.left(seen) != 0; seen = open.look()) {
            Operation current = operation; // that of the chunks seen, or else none is taken
            if (open.take(seen)) {
                int left = OpenChunks.left(seen) - 1;
                if (left * current.chunkNanoseconds() >= WORTH_WAKING_NANOSECONDS) {
                    wakeOne(); // who wakes another one while chunks are left
                }
                runChunk(current, current.chunks() - 1 - left);
            }
        }
    }

    private void runChunk(Operation current, int chunk) {
        try {
            current.timeChunk(chunk);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        if (unfinished.decrementAndGet() == 0 && Thread.currentThread() != caller) {
            LockSupport.unpark(caller);
        }
    }

    private void wakeOne() {
        for (Helper helper : helpers) {
            if (helper.wake()) {
                return;
            }
        }
    }

    /** A thread that takes chunks when there are any. */
    private final class Helper {
        private final Thread thread;
        private final AtomicBoolean parked = new AtomicBoolean();

        Helper(String name) {
            thread = Thread.ofPlatform().daemon().name(name).unstarted(this::help);
        }

        private void help() {
            while (!closed) {
                takeChunks();
                spin();
                park();
            }
        }

        private void spin() {
            long begin = System.nanoTime();
            while (!isWork() && !closed && System.nanoTime() - begin < spinNanoseconds) {
                Thread.onSpinWait();
            }
        }

        /** Says first that it parks and looks for work then, so that no work comes between. */
        private void park() {
            parked.set(true);
            while (parked.get() && !isWork() && !closed) {
                Threads.park(Workers.this); // an interruption means nothing to a helper
            }
            parked.set(false);
        }

        /** Returns whether it was parked. */
        boolean wake() {
            if (parked.get() && parked.compareAndSet(true, false)) {
                LockSupport.unpark(thread);
                return true;
            }
            return false;
        }

        void end() {
            LockSupport.unpark(thread);
            Threads.join(thread);
        }
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
        for (Helper helper : helpers) {
            helper.end();
        }
    }
}
