package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file of a replay memory. Between the beginning and the end, which all files of bitgrad have ({@link FileKind}), it
 * has this form:
 *
 * <pre>
 * string place    string source    int bytes of a sample
 * int    classes, each: string name, long samples that were ever offered
 * long   bytes that the memory may take
 * int    samples, the int label of each, and the bytes of all
 * </pre>
 *
 * @param bytes the most bytes that the samples and their labels may take
 * @param offered for each class, how many samples of it were ever offered
 * @param labels the class of each sample
 * @param samples the samples, one behind the other
 */
public record ReplayFile(long bytes, Form form, long[] offered, int[] labels, byte[] samples) {
    /** The most bytes that the samples and labels of a replay memory may take. */
    public static final long MOST_BYTES = 1 << 30;

    /**
     * What samples are.
     *
     * @param place where in a network they are from: {@code input} or the name of the last frozen block
     * @param source what must be equal where they are used: a description of the samples, and a digest of the frozen
     *            part that made them
     * @param sampleBytes the bytes of a sample, at least 1
     * @param classNames the names of the classes, in the order of the labels
     */
    public record Form(String place, String source, int sampleBytes, List<String> classNames) {
        public Form {
            classNames = List.copyOf(classNames);
        }

        /** The form with other classes. */
        public Form withClasses(List<String> names) {
            return new Form(place, source, sampleBytes, names);
        }

        @Override
        public String toString() {
            return "%s bytes from %s (%s)".formatted(sampleBytes, place, source);
        }
    }

    /**
     * Writes a replay memory. A file of that name is replaced in one moment, when all has been written.
     *
     * @throws BitgradException if the file cannot be written; a file of that name stays as it was
     */
    public static void write(Path file, ReplayFile memory) {
        FileKind.REPLAY.write(file, out -> {
            out.writeUTF(memory.form().place());
            out.writeUTF(memory.form().source());
            out.writeInt(memory.form().sampleBytes());
            out.writeInt(memory.form().classNames().size());
            for (int label = 0; label < memory.offered().length; label++) {
                out.writeUTF(memory.form().classNames().get(label));
                out.writeLong(memory.offered()[label]);
            }
            out.writeLong(memory.bytes());
            out.writeInt(memory.labels().length);
            for (int label : memory.labels()) {
                out.writeInt(label);
            }
            out.write(memory.samples());
        });
    }

    /**
     * Checks, before a training, that a replay memory can be written. This does not change the file.
     *
     * @throws BitgradException if it cannot be written
     */
    public static void requireWritable(Path file) {
        FileKind.REPLAY.requireWritable(file);
    }

    /** Whether a file begins as that of a replay memory does. */
    public static boolean isIn(Path file) {
        return FileKind.REPLAY.begins(file);
    }

    /**
     * Reads a replay memory.
     *
     * @throws BitgradException if the file is missing, is none of a replay memory, has another version, is cut off or
     *             damaged
     */
    public static ReplayFile read(Path file) {
        return FileKind.REPLAY.read(new Source.Disk(file), (in, _) -> parse(in));
    }

    private static ReplayFile parse(DataInputStream in) throws IOException {
        String place = in.readUTF();
        String source = in.readUTF();
        int sampleBytes = in.readInt();
        int classes = in.readInt();
        if (classes < 1 || classes > DataDescription.MOST_CLASSES || sampleBytes < 1) {
            throw new IOException("%s classes, %s bytes for each sample".formatted(classes, sampleBytes));
        }
        List<String> names = new ArrayList<>();
        long[] offered = new long[classes];
        for (int label = 0; label < classes; label++) {
            names.add(in.readUTF());
            offered[label] = in.readLong();
            if (offered[label] < 0) {
                throw new IOException("%s samples of class %s were offered".formatted(offered[label], label));
            }
        }
        long bytes = in.readLong();
        int size = in.readInt();
        if (bytes < 1 || bytes > MOST_BYTES || size < 0 || size * ((long) sampleBytes + Integer.BYTES) > bytes) {
            throw new IOException("%s samples of %s bytes in %s bytes".formatted(size, sampleBytes, bytes));
        }
        IntBuffer stored = ByteBuffer.wrap(read(in, size * Integer.BYTES)).asIntBuffer();
        int[] labels = new int[size];
        stored.get(labels);
        long[] found = new long[classes];
        for (int label : labels) {
            if (label < 0 || label >= classes || ++found[label] > offered[label]) {
                throw new IOException("a sample of class %s, of %s".formatted(label, classes));
            }
        }
        byte[] samples = read(in, size * sampleBytes);
        return new ReplayFile(bytes, new Form(place, source, sampleBytes, names), offered, labels, samples);
    }

    /** Reads bytes. A file that is shorter than it says takes no more memory than it has bytes. */
    private static byte[] read(DataInputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new IOException("%s bytes end after %s".formatted(count, bytes.length));
        }
        return bytes;
    }
}
