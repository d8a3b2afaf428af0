package io.github.bitgrad.cli;

import java.util.concurrent.locks.ReentrantLock;

/** Makes sure that a process that is interrupted leaves no file half written. */
final class WholeFiles {
    private static final ReentrantLock WRITING = new ReentrantLock();

    private WholeFiles() {
    }

    /** When this process is to end, waits for the file that is being written, and lets no other begin. */
    static void beforeExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(WRITING::lock, "bitgrad-whole-files"));
    }

    /** Writes a file, wholly. */
    static void write(Runnable writing) {
        WRITING.lock();
        try {
            writing.run();
        } finally {
            WRITING.unlock();
        }
    }
}
