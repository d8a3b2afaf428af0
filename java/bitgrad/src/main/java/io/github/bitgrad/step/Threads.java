package io.github.bitgrad.step;

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
        if (interrupted) {
            Thread.currentThread().interrupt();
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
