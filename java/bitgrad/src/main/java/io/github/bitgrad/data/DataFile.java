package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of a data set that stays open and is read in pieces, at any position, by any number of threads. It must keep
 * the size that it was opened with.
 *
 * <p>
 * It is no {@code FileChannel}, because that closes itself for good when a thread that reads from it is
 * interrupted. It is not mapped, because pages that were read would stay resident.
 */
final class DataFile implements AutoCloseable {
    /** For larger pieces, Java takes memory from the system at each read. */
    private static final int MOST_AT_ONCE = 8192;

    private final Path path;
    private final RandomAccessFile file;
    private final long size;
    private boolean closed;

    private DataFile(Path path) throws IOException {
        this.path = path;
        file = new RandomAccessFile(path.toFile(), "r");
        size = file.length();
    }

    /** @throws BitgradException where it is no file or cannot be opened */
    static DataFile open(Path path) {
        DataFiles.requireFile(path);
        try {
            return new DataFile(path);
        } catch (FileNotFoundException failure) {
            throw Files.isReadable(path) ? DataFiles.unreadable(path, failure) : DataFiles.notPermitted(path, failure);
        } catch (IOException failure) {
            throw DataFiles.unreadable(path, failure);
        }
    }

    Path path() {
        return path;
    }

    /** {@return the size that it was opened with, in bytes} */
    long size() {
        return size;
    }

    /**
     * Reads {@code bytes} bytes from a position within the size. Allocates nothing.
     *
     * @throws BitgradException where the file has changed its size or cannot be read
     * @throws IllegalStateException if it is closed
     */
    synchronized void read(long position, byte[] to, int bytes) {
        if (closed) {
            throw new IllegalStateException("Already closed"); // as memory says that has been freed
        }
        try {
            if (file.length() != size) {
                throw DataFiles.changed(path);
            }
            file.seek(position);
            for (int done = 0; done < bytes;) {
                int some = file.read(to, done, Math.min(bytes - done, MOST_AT_ONCE));
                if (some < 0) {
                    throw DataFiles.changed(path);
                }
                done += some;
            }
        } catch (IOException failure) {
            throw DataFiles.unreadable(path, failure);
        }
    }

    /** Waits for the piece that is being read. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            file.close();
        } catch (IOException failure) {
            throw DataFiles.unreadable(path, failure);
        }
    }
}
