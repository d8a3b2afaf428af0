package io.github.bitgrad.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Where a file of bitgrad is read from. Its text, {@link #toString}, is what messages call it.
 */
sealed interface Source {
    /** The contents, which are read twice: to check that they are whole, and to read what they hold. */
    interface Contents extends Closeable {
        long size() throws IOException;

        /** The contents from this position on. There is one such stream at a time, and it is not closed. */
        InputStream from(long position) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Opens the contents, which stay those of this moment if another file takes the place of this one. */
    Contents open() throws IOException;

    /** The size in bytes, or 0 if it cannot be found out. */
    long size();

    /**
     * What to do about contents that cannot be used.
     *
     * @param otherwise what to do if there is no better advice
     */
    String remedy(String otherwise);

    /** A file on disk. A process that was killed while it overwrote the file has left a complete copy. */
    record Disk(Path path) implements Source {
        @Override
        public Contents open() throws IOException {
            FileChannel channel = FileChannel.open(path);
            return new Contents() {
                @Override
                public long size() throws IOException {
                    return channel.size();
                }

                @Override
                public InputStream from(long position) throws IOException {
                    return Channels.newInputStream(channel.position(position));
                }

                @Override
                public void close() throws IOException {
                    channel.close();
                }
            };
        }

        @Override
        public long size() {
            return path.toFile().length();
        }

        @Override
        public String remedy(String otherwise) {
            return WholeFile.completeCopy(path).map("copy %s, which is complete, to it"::formatted).orElse(otherwise);
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /**
     * A file in memory.
     *
     * @param name what messages call it
     */
    record Memory(String name, byte[] bytes) implements Source {
        @Override
        public Contents open() {
            return new Contents() {
                @Override
                public long size() {
                    return bytes.length;
                }

                @Override
                public InputStream from(long position) {
                    int begin = (int) position;
                    return new ByteArrayInputStream(bytes, begin, bytes.length - begin);
                }

                @Override
                public void close() {
                    // memory is not closed
                }
            };
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public String remedy(String otherwise) {
            return otherwise;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
