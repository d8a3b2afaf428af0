package io.github.bitgrad.train;

import io.github.bitgrad.step.Threads;

/**
 * Who uses a trainer: one thread at a time, and nobody any more once it is closed. The trainer is freed when nobody
 * uses it. A thread that uses the trainer may enter again, as a listener does that tests the network.
 */
final class TrainerUse {
    private final Runnable free;
    /** Null while nobody uses the trainer. Guarded by this object, as all fields below. */
    private Thread user;
    private int entered;
    private boolean training;
    private boolean freed;
    /** Whether the training that runs is to end. Read without the lock, in every step. */
    private volatile boolean stopping;
    private volatile boolean closed;

    /** @param free frees the trainer; called once */
    TrainerUse(Runnable free) {
        this.free = free;
    }

    /**
     * Begins a use that {@link #leave} ends.
     *
     * @throws IllegalStateException if another thread uses the trainer, or it is closed
     */
    synchronized void enter() {
        Thread current = Thread.currentThread();
        if (user != current) {
            if (closed) {
                throw new IllegalStateException("The trainer is closed; build another one.");
            }
            if (user != null) {
                throw new IllegalStateException(
                        "Thread %s is using this trainer; use it when that has ended, or stop its training first."
                                .formatted(user.getName()));
            }
            user = current;
        }
        entered++;
    }

    synchronized void leave() {
        entered--;
        if (entered == 0) {
            user = null;
            if (closed) {
                free();
            }
        }
    }

    /**
     * Begins a training of the thread that has entered; {@link #endTraining} ends it.
     *
     * @throws IllegalStateException if the thread trains already
     */
    synchronized void beginTraining() {
        requireNoTraining();
        training = true;
    }

    /** @throws IllegalStateException if the thread that has entered trains already */
    synchronized void requireNoTraining() {
        if (training) {
            throw new IllegalStateException(
                    "This trainer is training already; begin another training when this one has ended.");
        }
    }

    synchronized void endTraining() {
        training = false;
        stopping = false;
    }

    /** Lets the training that runs, if there is one, end after its step. */
    synchronized void stop() {
        stopping = training;
    }

    /** Whether the training is to end: it was stopped, its thread was interrupted, or the trainer is being closed. */
    boolean isStopping() {
        return stopping || closed || Thread.currentThread().isInterrupted();
    }

    /**
     * Refuses further uses, and returns when the trainer is freed: at once, or when the thread that uses it has left.
     * The thread that uses the trainer does not wait for itself.
     */
    synchronized void close() {
        closed = true;
        if (user == null && !freed) {
            free();
        }
        if (user == Thread.currentThread()) {
            return;
        }
        Threads.awaitUntil(this, () -> freed);
    }

    private void free() {
        freed = true;
        free.run();
        notifyAll();
    }
}
