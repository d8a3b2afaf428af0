package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.tensor.ElementType;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A trained network in a file: its description, and the buffers that inference reads. All numbers are big-endian but
 * the contents of buffers, which are as in memory on the little-endian machines that the kernels are for:
 *
 * <pre>
 * 8 bytes  "bitgrad" and a line feed     int  version
 * network  string name, int height, int width, int channels, int layers, each: string "dense", int units
 * string   algorithm                     string optimizer
 * int      buffers, each: string name, string type, long rows, long columns, and the bytes
 * long     CRC-32C of all before
 * </pre>
 *
 * Strings are as {@link DataOutputStream#writeUTF} writes them.
 */
public final class Checkpoint {
    private static final byte[] MAGIC = {'b', 'i', 't', 'g', 'r', 'a', 'd', '\n'};
    private static final int VERSION = 1;
    private static final String DENSE = "dense";

    private record Contents(String name, ElementType type, long rows, long columns, byte[] bytes) {
        boolean fits(Buffer buffer) {
            return name.equals(buffer.name()) && type == buffer.type() && rows == buffer.rows()
                    && columns == buffer.columns() && bytes.length == buffer.bytes();
        }
    }

    private final Path file;
    private final Network network;
    private final Algorithm algorithm;
    private final Optimizers optimizer;
    private final List<Contents> contents;

    private Checkpoint(Path file, Network network, Algorithm algorithm, Optimizers optimizer, List<Contents> contents) {
        this.file = file;
        this.network = network;
        this.algorithm = algorithm;
        this.optimizer = optimizer;
        this.contents = contents;
    }

    public Network network() {
        return network;
    }

    /** What it was trained by, on which depends what its weights are. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** What it was trained with. */
    public Optimizers optimizer() {
        return optimizer;
    }

    /**
     * Finds out, before a training, whether its network can be saved after it. Leaves no trace.
     *
     * @throws BitgradException where it cannot
     */
    public static void requireWritable(Path file) {
        requireReplaceable(file);
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new BitgradException(
                    "The network cannot be saved to %s, because there is no folder %s; make it first."
                            .formatted(file, folder));
        }
        try {
            Files.delete(Files.createFile(temporary(file)));
        } catch (IOException failure) {
            throw new BitgradException(
                    "The network cannot be saved to %s: %s; choose a file in a folder that can be written."
                            .formatted(file, BitgradException.reason(failure)),
                    failure);
        }
    }

    /** Renaming a file to a device, such as /dev/null, would replace it for the whole system. */
    private static void requireReplaceable(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BitgradException("The network cannot be saved to %s, which is a folder or a device; name a file."
                    .formatted(file));
        }
    }

    /** Beside the file, so that it can be renamed to it, and of a name of its own, so that no file is lost to it. */
    private static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + ".saving-" + ProcessHandle.current().pid());
    }

    /**
     * Writes a trained network. The file is replaced in one moment when all is on the disk; until then, and where
     * anything fails, it stays as it was.
     *
     * @param learned the buffers that inference reads, in its order
     * @throws BitgradException where it cannot be written
     */
    public static void write(Path file, Network network, Algorithm algorithm, Optimizers optimizer,
            List<Buffer> learned) {
        requireReplaceable(file);
        Path temporary = temporary(file);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                write(Channels.newOutputStream(channel), network, algorithm, optimizer, learned);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new BitgradException(
                    "The network was not saved to %s, which is as it was: %s; make room or choose another place."
                            .formatted(file, BitgradException.reason(failure)),
                    failure);
        } finally {
            discard(temporary);
        }
    }

    /** Removes what a failure left; after a success it has another name already. */
    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException failure) {
            // what could not be written may not be removable either; the message tells of the first failure
        }
    }

    private static void write(OutputStream to, Network network, Algorithm algorithm, Optimizers optimizer,
            List<Buffer> learned) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(new BufferedOutputStream(to), new CRC32C());
        DataOutputStream out = new DataOutputStream(checked);
        out.write(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(network.name());
        out.writeInt(network.input().height());
        out.writeInt(network.input().width());
        out.writeInt(network.input().channels());
        out.writeInt(network.layers().size());
        for (Network.Layer layer : network.layers()) {
            switch (layer) {
                case Network.Dense dense -> {
                    out.writeUTF(DENSE);
                    out.writeInt(dense.units());
                }
            }
        }
        out.writeUTF(algorithm.toString());
        out.writeUTF(optimizer.toString());
        out.writeInt(learned.size());
        for (Buffer buffer : learned) {
            out.writeUTF(buffer.name());
            out.writeUTF(buffer.type().label());
            out.writeLong(buffer.rows());
            out.writeLong(buffer.columns());
            out.write(buffer.segment().toArray(ValueLayout.JAVA_BYTE));
        }
        out.writeLong(checked.getChecksum().getValue());
        out.flush();
    }

    /**
     * Reads a trained network.
     *
     * @throws BitgradException where the file is missing, no checkpoint, of another version, cut off or damaged
     */
    public static Checkpoint read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            // a file that is something else may be of any size
            byte[] beginning = in.readNBytes(MAGIC.length);
            bytes = Arrays.equals(beginning, MAGIC) ? Files.readAllBytes(file) : beginning;
        } catch (IOException failure) {
            throw new BitgradException(
                    "The network in %s cannot be read: %s; name a file that train --save has written."
                            .formatted(file, BitgradException.reason(failure)),
                    failure);
        }
        if (!Arrays.equals(bytes, 0, Math.min(MAGIC.length, bytes.length), MAGIC, 0, MAGIC.length)) {
            throw new BitgradException("%s is no bitgrad network; name a file that train --save has written."
                    .formatted(file));
        }
        ByteBuffer numbers = ByteBuffer.wrap(bytes);
        if (bytes.length >= MAGIC.length + Integer.BYTES && numbers.getInt(MAGIC.length) != VERSION) {
            throw new BitgradException(
                    "%s is of format version %d, but this bitgrad reads version %d; use the bitgrad that wrote it, or train again."
                            .formatted(file, numbers.getInt(MAGIC.length), VERSION));
        }
        int end = bytes.length - Long.BYTES;
        if (end < MAGIC.length + Integer.BYTES || crc(bytes, end) != numbers.getLong(end)) {
            throw damaged(file, null);
        }
        try {
            return parse(file, new DataInputStream(new ByteArrayInputStream(bytes, 0, end)));
        } catch (IOException | IllegalArgumentException | ArithmeticException failure) {
            // whole, yet not what this class writes
            throw damaged(file, failure);
        }
    }

    private static long crc(byte[] bytes, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        return crc.getValue();
    }

    private static BitgradException damaged(Path file, Exception cause) {
        return new BitgradException("%s is cut off or damaged (%d bytes); copy it again, or train again."
                .formatted(file, file.toFile().length()), cause);
    }

    private static Checkpoint parse(Path file, DataInputStream in) throws IOException {
        in.skipNBytes(MAGIC.length + Integer.BYTES);
        Network.Builder network =
                Network.sequential(in.readUTF(), new ImageShape(in.readInt(), in.readInt(), in.readInt()));
        for (int layers = in.readInt(); layers > 0; layers--) {
            String kind = in.readUTF();
            if (!kind.equals(DENSE)) {
                throw new IOException("unknown layer " + kind);
            }
            network.dense(in.readInt());
        }
        Algorithm algorithm = Algorithm.named(in.readUTF());
        Optimizers optimizer = Optimizers.named(in.readUTF());
        List<Contents> contents = new ArrayList<>();
        for (int buffers = in.readInt(); buffers > 0; buffers--) {
            String name = in.readUTF();
            ElementType type = ElementType.labelled(in.readUTF());
            long rows = in.readLong();
            long columns = in.readLong();
            contents.add(new Contents(name, type, rows, columns,
                    in.readNBytes(Math.toIntExact(type.bytes(rows, columns)))));
        }
        return new Checkpoint(file, network.build(), algorithm, optimizer, contents);
    }

    /** @throws BitgradException where the file does not hold exactly these buffers */
    public void requireFitting(List<Buffer> learned) {
        boolean fits = contents.size() == learned.size();
        for (int i = 0; fits && i < contents.size(); i++) {
            fits = contents.get(i).fits(learned.get(i));
        }
        if (!fits) {
            throw damaged(file, null);
        }
    }

    /** Fills buffers that {@link #requireFitting} has found to fit. */
    public void restore(List<Buffer> learned) {
        for (int i = 0; i < learned.size(); i++) {
            learned.get(i).segment().copyFrom(MemorySegment.ofArray(contents.get(i).bytes()));
        }
    }
}
