package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A trained network in a file: its description, what it was trained by, and the buffers that inference reads. Between
 * the beginning and the end that all files of ours have:
 *
 * <pre>
 * network, as NetworkDescription has it
 * string   algorithm                     string optimizer
 * buffers, as BufferContents has them
 * </pre>
 */
public final class Checkpoint {
    private record Contents(BufferContents.Description description, byte[] bytes) {
        boolean fits(Buffer buffer) {
            return description.equals(BufferContents.Description.of(buffer)) && bytes.length == buffer.bytes();
        }
    }

    private final Path file;
    private final Network network;
    private final Algorithm algorithm;
    private final String optimizer;
    private final List<Contents> contents;

    private Checkpoint(Path file, Network network, Algorithm algorithm, String optimizer, List<Contents> contents) {
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
    public String optimizer() {
        return optimizer;
    }

    /**
     * Finds out, before a training, whether its network can be saved after it. Leaves no trace.
     *
     * @throws BitgradException where it cannot
     */
    public static void requireWritable(Path file) {
        FileKind.NETWORK.requireWritable(file);
    }

    /**
     * Writes a trained network. The file is replaced in one moment when all is on the disk; until then, and where
     * anything fails, it stays as it was.
     *
     * @param optimizer its name
     * @param learned the buffers that inference reads, in its order
     * @throws BitgradException where it cannot be written
     */
    public static void write(Path file, Network network, Algorithm algorithm, String optimizer,
            List<Buffer> learned) {
        FileKind.NETWORK.write(file, out -> {
            NetworkDescription.write(out, network);
            out.writeUTF(algorithm.toString());
            out.writeUTF(optimizer);
            BufferContents.write(out, learned);
        });
    }

    /**
     * Reads a trained network.
     *
     * @throws BitgradException where the file is missing, no checkpoint, of another version, cut off or damaged
     */
    public static Checkpoint read(Path file) {
        return FileKind.NETWORK.read(file, in -> parse(file, in));
    }

    private static Checkpoint parse(Path file, DataInputStream in) throws IOException {
        Network network = NetworkDescription.read(in);
        Algorithm algorithm = Algorithm.named(in.readUTF());
        String optimizer = in.readUTF();
        List<Contents> contents = new ArrayList<>();
        for (int buffers = in.readInt(); buffers > 0; buffers--) {
            BufferContents.Description description = BufferContents.Description.read(in);
            contents.add(new Contents(description, in.readNBytes(Math.toIntExact(description.bytes()))));
        }
        return new Checkpoint(file, network, algorithm, optimizer, contents);
    }

    /** @throws BitgradException where the file does not hold exactly these buffers */
    public void requireFitting(List<Buffer> learned) {
        boolean fits = contents.size() == learned.size();
        for (int i = 0; fits && i < contents.size(); i++) {
            fits = contents.get(i).fits(learned.get(i));
        }
        if (!fits) {
            throw FileKind.damaged(file, null);
        }
    }

    /** Fills buffers that {@link #requireFitting} has found to fit. */
    public void restore(List<Buffer> learned) {
        for (int i = 0; i < learned.size(); i++) {
            learned.get(i).segment().copyFrom(MemorySegment.ofArray(contents.get(i).bytes()));
        }
    }
}
