package io.github.bitgrad.bindings;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * A new file that others can see to be in use: it is locked until it is closed. The system also releases the lock when
 * the process ends, however it ends. So a file without a lock was left by a process that is dead, even one in another
 * container whose process numbers mean nothing here.
 *
 * @param file the file
 * @param channel writes the file
 */
record Claim(Path file, FileChannel channel) implements Closeable {
    /**
     * Makes a file.
     *
     * @return empty if another process took the file for abandoned in the moment before it was locked; then try another
     *         name
     */
    static Optional<Claim> of(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        if (channel.tryLock() != null && Files.exists(file)) {
            return Optional.of(new Claim(file, channel));
        }
        channel.close();
        return Optional.empty();
    }

    /**
     * Does something if a file exists and no process claims it. Nobody can claim it meanwhile.
     *
     * @throws NoSuchFileException if there is no such file
     */
    static void ifAbandoned(Path file, Action action) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (channel.tryLock() != null) {
                action.run();
            }
        } catch (OverlappingFileLockException claimedByThisProcess) {
            return;
        }
    }

    /** What to do with an abandoned file. */
    interface Action {
        void run() throws IOException;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
