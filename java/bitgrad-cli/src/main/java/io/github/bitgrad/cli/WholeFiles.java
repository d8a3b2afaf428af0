package io.github.bitgrad.cli;

import java.util.concurrent.locks.ReentrantLock;

/** Lets a process that is interrupted end only when no file is half written. */
final class WholeFiles {
    private static final ReentrantLock WRITING = new ReentrantLock();

    private WholeFiles() {
    }

    /** Makes the end of this process wait for the file that is being written, and no further one begin. */
    static void beforeExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(WRITING::lock, "bitgrad-whole-files"));
    }

    /** Writes a file. */
    static void write(Runnable writing) {
        WRITING.lock();
        try {
            writing.run();
        } finally {
            WRITING.unlock();
        }
    }
}
