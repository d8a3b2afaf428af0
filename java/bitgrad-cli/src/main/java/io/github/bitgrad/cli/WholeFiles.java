package io.github.bitgrad.cli;

import java.util.concurrent.locks.ReentrantLock;

/** Makes sure that a process that is interrupted leaves no file half written. */
final class WholeFiles {
    private static final ReentrantLock WRITING = new ReentrantLock();

    private WholeFiles() {
    }

    /** Before this process ends, waits for the file that is being written. After that, no file is written any more. */
    static void beforeExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(WRITING::lock, "bitgrad-whole-files"));
    }

    /** Writes a file. The process does not end before it is complete. */
    static void write(Runnable writing) {
        WRITING.lock();
        try {
            writing.run();
        } finally {
            WRITING.unlock();
        }
    }
}
