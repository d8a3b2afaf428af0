package io.github.bitgrad.step;

import java.util.concurrent.locks.LockSupport;

/** What to do with threads that work for others. */
public final class Threads {
    private Threads() {
    }

    /** Waits for the end of a thread; an interruption meanwhile is kept for later. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        for (boolean ended = false; !ended;) {
            try {
                thread.join();
                ended = true;
            } catch (InterruptedException stop) {
                interrupted = true;
            }
        }
        restore(interrupted);
    }

    /**
     * Waits as {@link LockSupport#park} does, and clears an interruption of this thread. If it were kept, the next wait
     * would return at once, so waiting would become spinning.
     *
     * @return whether this thread was interrupted; the caller gives this to {@link #restore} when it need not wait any
     *         more
     */
    public static boolean park(Object blocker) {
        LockSupport.park(blocker);
        return Thread.interrupted();
    }

    /**
     * Waits as {@link Object#wait()} does, and clears an interruption of this thread.
     *
     * @param lock the object to wait for, which this thread has locked
     * @return whether this thread was interrupted; the caller gives this to {@link #restore} when it need not wait any
     *         more
     */
    public static boolean await(Object lock) {
        try {
            lock.wait();
            return false;
        } catch (InterruptedException stop) {
            return true;
        }
    }

    /** Interrupts this thread if its interruption was cleared before. */
    public static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Does some work without the interruption that this thread already has, and restores it afterwards. Work that reads
     * or writes files needs this, because channels close themselves when the thread that uses them is interrupted.
     */
    public static void uninterrupted(Runnable work) {
        boolean interrupted = Thread.interrupted();
        try {
            work.run();
        } finally {
            restore(interrupted);
        }
    }

    /** Raises here what was raised in another thread; null is nothing. */
    public static void rethrow(Throwable failure) {
        switch (failure) {
            case null -> {
            }
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new IllegalStateException(failure);
        }
    }
}
