package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A trained network in a file: its description, what it was trained by, and the buffers that inference reads. Between
 * the beginning and the end that all files of ours have:
 *
 * <pre>
 * network, as NetworkDescription has it
 * string   algorithm                     string products, "bits" or "blas"
 * string   optimizer                     string loss
 * buffers, as BufferContents has them
 * </pre>
 *
 * Until format version 2, products and loss were not written.
 */
public final class Checkpoint {
    /** The first version of the format whose networks are graphs. */
    private static final int GRAPHS = 3;

    /**
     * What a network was trained by.
     *
     * @param algorithm its name
     * @param products what computed its products, on which depends what its weights are
     * @param optimizer its name
     * @param loss what was made small
     */
    public record Origin(String algorithm, Products products, String optimizer, Loss loss) {
    }

    private record Contents(BufferContents.Description description, byte[] bytes) {
        boolean fits(Buffer buffer) {
            return description.equals(BufferContents.Description.of(buffer)) && bytes.length == buffer.bytes();
        }
    }

    private final Path file;
    private final Network network;
    private final Origin origin;
    private final Map<String, Contents> contents;

    private Checkpoint(Path file, Network network, Origin origin, Map<String, Contents> contents) {
        this.file = file;
        this.network = network;
        this.origin = origin;
        this.contents = contents;
    }

    public Network network() {
        return network;
    }

    /** What it was trained by. */
    public Origin origin() {
        return origin;
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
     * @param origin what it was trained by
     * @param learned the buffers that inference reads, in its order
     * @throws BitgradException where it cannot be written
     */
    public static void write(Path file, Network network, Origin origin, List<Buffer> learned) {
        FileKind.NETWORK.write(file, out -> {
            NetworkDescription.write(out, network);
            out.writeUTF(origin.algorithm());
            out.writeUTF(origin.products().name().toLowerCase(Locale.ROOT));
            out.writeUTF(origin.optimizer());
            out.writeUTF(origin.loss().name());
            BufferContents.write(out, learned);
        });
    }

    /**
     * Reads a trained network.
     *
     * @param extensions layer kinds and losses that files may name, beside the library's own
     * @throws BitgradException where the file is missing, no checkpoint, of another version, cut off or damaged, or names what
     *             nobody knows
     */
    public static Checkpoint read(Path file, Extensions extensions) {
        return FileKind.NETWORK.read(file, (in, version) -> version >= GRAPHS
                ? parse(file, in, extensions)
                : parseSequential(file, in));
    }

    private static Checkpoint parse(Path file, DataInputStream in, Extensions extensions) throws IOException {
        Network network = NetworkDescription.read(in, extensions);
        String algorithm = in.readUTF();
        Products products = Products.valueOf(in.readUTF().toUpperCase(Locale.ROOT));
        String optimizer = in.readUTF();
        String loss = in.readUTF();
        Origin origin = new Origin(algorithm, products, optimizer, extensions.loss(loss));
        return new Checkpoint(file, network, origin, readContents(in));
    }

    /** A file from before networks were graphs. */
    private static Checkpoint parseSequential(Path file, DataInputStream in) throws IOException {
        Network network = NetworkDescription.readSequential(in);
        String algorithm = in.readUTF();
        Products products = switch (algorithm) {
            case "standard" -> Products.BLAS;
            case "proposed", "lean" -> Products.BITS;
            default -> throw new IOException("unknown algorithm " + algorithm);
        };
        Origin origin = new Origin(algorithm, products, in.readUTF(), new SoftmaxCrossEntropy());
        return new Checkpoint(file, network, origin, readContents(in));
    }

    private static Map<String, Contents> readContents(DataInputStream in) throws IOException {
        Map<String, Contents> contents = new HashMap<>();
        for (int buffers = in.readInt(); buffers > 0; buffers--) {
            BufferContents.Description description = BufferContents.Description.read(in);
            contents.put(description.name(),
                    new Contents(description, in.readNBytes(Math.toIntExact(description.bytes()))));
        }
        return contents;
    }

    /** @throws BitgradException where the file does not hold exactly these buffers */
    public void requireFitting(List<Buffer> learned) {
        boolean fits = contents.size() == learned.size() && learned.stream().allMatch(
                buffer -> contents.containsKey(buffer.name()) && contents.get(buffer.name()).fits(buffer));
        if (!fits) {
            throw FileKind.damaged(file, null);
        }
    }

    /** Fills buffers that {@link #requireFitting} has found to fit. */
    public void restore(List<Buffer> learned) {
        for (Buffer buffer : learned) {
            buffer.segment().copyFrom(MemorySegment.ofArray(contents.get(buffer.name()).bytes()));
        }
    }
}
