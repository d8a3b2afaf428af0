package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Room for one trained network, as the bytes of its file. It is outside of the Java heap, because a network that OpenBLAS
 * has trained has a float32 for each weight.
 */
public final class KeptNetwork {
    private static final int CHUNK_BYTES = 1 << 16;

    /** Counts the bytes that are written, and copies them if there is memory for them. */
    private static final class Bytes extends OutputStream {
        private final MemorySegment to;
        private long count;

        /** @param to where the bytes go; if it is empty, they are only counted */
        Bytes(MemorySegment to) {
            this.to = to;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int begin, int length) {
            if (to.byteSize() > 0) {
                MemorySegment.copy(from, begin, to, ValueLayout.JAVA_BYTE, count, length);
            }
            count += length;
        }
    }

    private final Arena arena;
    /** The memory that was taken last; a network of its size is written to the same memory. */
    private MemorySegment memory = MemorySegment.NULL;
    private boolean full;

    /**
     * Begins without a network, and without memory.
     *
     * @param arena where memory is taken from when a network is kept; closing it frees the memory
     */
    public KeptNetwork(Arena arena) {
        this.arena = arena;
    }

    /** Whether there is a network. */
    public boolean isPresent() {
        return full;
    }

    /** Forgets the network. */
    public void clear() {
        full = false;
    }

    /**
     * Keeps a network in place of the one that was kept before.
     *
     * @throws BitgradException if there is no memory for it; then nothing is kept
     */
    public void keep(NetworkContents network) {
        try {
            Bytes counted = new Bytes(MemorySegment.NULL);
            network.writeAll(counted);
            take(counted.count);
            network.writeAll(new Bytes(memory));
            full = true;
        } catch (IOException impossible) { // neither counting nor copying can fail
            throw new IllegalStateException(impossible);
        }
    }

    private void take(long bytes) {
        full = false;
        if (memory.byteSize() != bytes) {
            try {
                memory = arena.allocate(bytes);
            } catch (OutOfMemoryError refused) {
                throw new BitgradException(
                        "There is no memory to keep a copy of the network, %s bytes; train without keeping one."
                                .formatted(bytes),
                        refused);
            }
        }
    }

    /**
     * The contents of the network's file, on the Java heap.
     *
     * @throws IllegalStateException if there is no network
     */
    public byte[] bytes() {
        requirePresent();
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    private void requirePresent() {
        if (!full) {
            throw new IllegalStateException("No network was kept; keep one when it is as it is wanted.");
        }
    }

    /**
     * Writes the network's file, as {@link NetworkContents#save} does.
     *
     * @throws BitgradException if it cannot be written; a file of that name stays as it was
     * @throws IllegalStateException if there is no network
     */
    public void save(Path file) {
        requirePresent();
        FileKind.NETWORK.writeWhole(file, 1, this::copyTo);
    }

    private void copyTo(OutputStream out) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long at = 0; at < memory.byteSize(); at += chunk.length) {
            int length = (int) Math.min(chunk.length, memory.byteSize() - at);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
            out.write(chunk, 0, length);
        }
    }

    /** Writes the size and the bytes; only the size, which is 0, if there is no network. */
    void write(DataOutputStream out) throws IOException {
        out.writeLong(full ? memory.byteSize() : 0);
        if (full) {
            copyTo(out);
        }
    }

    /**
     * Reads what {@link #write} has written.
     *
     * @param most the most bytes that there can be
     */
    void read(DataInputStream in, long most) throws IOException {
        long size = in.readLong();
        if (size < 0 || size > most) {
            throw new IOException("a kept network of %s bytes".formatted(size));
        }
        take(size);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long at = 0; at < size; at += chunk.length) {
            int length = (int) Math.min(chunk.length, size - at);
            in.readFully(chunk, 0, length);
            MemorySegment.copy(chunk, 0, memory, ValueLayout.JAVA_BYTE, at, length);
        }
        full = size > 0;
    }
}
