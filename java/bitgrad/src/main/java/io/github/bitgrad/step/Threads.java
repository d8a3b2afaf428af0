package io.github.bitgrad.step;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

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
     * Waits until something is so. An interruption of this thread does not end the wait; it is kept for the caller.
     *
     * @param lock the object that is notified when this may have changed; this thread has locked it
     * @param done whether it is so
     */
    public static void awaitUntil(Object lock, BooleanSupplier done) {
        boolean interrupted = false;
        while (!done.getAsBoolean()) {
            try {
                lock.wait();
            } catch (InterruptedException ignored) {
                interrupted = true;
            }
        }
        restore(interrupted);
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
