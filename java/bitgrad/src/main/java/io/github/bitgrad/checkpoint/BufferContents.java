package io.github.bitgrad.checkpoint;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The form of buffers in a file:
 *
 * <pre>
 * int buffers, each: string name, string type, long rows, long columns, and the bytes
 * </pre>
 *
 * The bytes are those of the memory. All machines that have kernels are little-endian.
 */
final class BufferContents {
    private static final int CHUNK_BYTES = 1 << 16;

    /** The description of a buffer, which comes before its bytes. */
    record Description(String name, ElementType type, long rows, long columns) {
        static Description of(Buffer buffer) {
            return new Description(buffer.name(), buffer.type(), buffer.rows(), buffer.columns());
        }

        /**
         * Reads a description.
         *
         * @throws IOException or IllegalArgumentException if there is none
         */
        static Description read(DataInputStream in) throws IOException {
            return new Description(in.readUTF(), ElementType.labelled(in.readUTF()), in.readLong(), in.readLong());
        }

        long bytes() {
            return type.bytes(rows, columns);
        }

        void write(DataOutputStream out) throws IOException {
            out.writeUTF(name);
            out.writeUTF(type.label());
            out.writeLong(rows);
            out.writeLong(columns);
        }
    }

    private BufferContents() {
    }

    static void write(DataOutputStream out, List<Buffer> buffers) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        out.writeInt(buffers.size());
        for (Buffer buffer : buffers) {
            Description.of(buffer).write(out);
            for (long at = 0; at < buffer.bytes(); at += chunk.length) {
                int length = (int) Math.min(chunk.length, buffer.bytes() - at);
                MemorySegment.copy(buffer.segment(), ValueLayout.JAVA_BYTE, at, chunk, 0, length);
                out.write(chunk, 0, length);
            }
        }
    }

    /**
     * Fills buffers from a file. Buffers are found by their names, so their order in the file does not matter.
     *
     * @throws IOException or IllegalArgumentException if the file contains other buffers; some buffers may have been
     *             filled already
     */
    static void read(DataInputStream in, List<Buffer> buffers) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        if (in.readInt() != buffers.size()) {
            throw new IOException("another number of buffers");
        }
        Map<String, Buffer> byName = new HashMap<>();
        buffers.forEach(buffer -> byName.put(buffer.name(), buffer));
        while (!byName.isEmpty()) {
            Description found = Description.read(in);
            Buffer buffer = byName.remove(found.name());
            if (buffer == null || !found.equals(Description.of(buffer))) {
                throw new IOException("%s in place of %s".formatted(found, buffer));
            }
            for (long at = 0; at < buffer.bytes(); at += chunk.length) {
                int length = (int) Math.min(chunk.length, buffer.bytes() - at);
                in.readFully(chunk, 0, length);
                MemorySegment.copy(chunk, 0, buffer.segment(), ValueLayout.JAVA_BYTE, at, length);
            }
        }
    }
}
