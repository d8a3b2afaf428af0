package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.SoftmaxCrossEntropy;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.step.InferenceProgram;
import io.github.bitgrad.tensor.ElementType;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The file of a trained network, which {@link NetworkContents} writes. It contains the description of the network, how
 * it was trained, and the buffers that inference reads. Between the beginning and the end, which all files of bitgrad have
 * ({@link FileKind}), it has this form:
 *
 * <pre>
 * network, as NetworkDescription has it
 * string   algorithm                     string products, "bits" or "blas"
 * string   optimizer                     string loss
 * class names and preprocessing, as Meaning has them
 * buffers, as BufferContents has them
 * latent weights, as BufferContents has them; none if the file is only for inference
 * </pre>
 *
 * Up to format version 4, there are no latent weights. Up to version 3, there are no class names and no preprocessing.
 * In version 2, {@code products} and {@code loss} are missing, too.
 */
public final class Checkpoint {
    /**
     * The most memory that a network may take for one image. The weights must be in the file, but the size of an image
     * is a number in the file that anybody may write. The largest network of the library takes 4 MiB.
     */
    private static final long MOST_BYTES_OF_IMAGE = 1L << 30;
    /** The first version of the format whose networks are graphs. */
    private static final int GRAPHS = 3;
    /** The first version of the format that has class names and a preprocessing. */
    private static final int MEANINGS = 4;
    /** The first version of the format that may have latent weights. */
    private static final int LATENT_WEIGHTS = 5;

    /**
     * How a network was trained.
     *
     * @param algorithm the name of the algorithm
     * @param products what computed the products; the form of the weights depends on it
     * @param optimizer the name of the optimizer
     * @param loss the loss that training minimised
     */
    public record Origin(String algorithm, Products products, String optimizer, Loss loss) {
    }

    /**
     * A matrix in the file, row by row.
     *
     * @param type the type of the elements; each row of bits begins with a new 64-bit word
     * @param bytes the contents, as long as type and shape say
     */
    public record Matrix(ElementType type, long rows, long columns, byte[] bytes) {
        /** Whether the matrix has the type and the shape of a buffer. */
        public boolean fits(Buffer buffer) {
            return type == buffer.type() && rows == buffer.rows() && columns == buffer.columns();
        }
    }

    private final Source source;
    private final Network network;
    private final Origin origin;
    private final Meaning meaning;
    /** What inference reads, by the names of the buffers. */
    private final Map<String, Matrix> learned;
    /** What further training needs in addition, by the names of the buffers. */
    private final Map<String, Matrix> latent;

    private Checkpoint(Source source, Network network, Origin origin, Meaning meaning, Map<String, Matrix> learned,
            Map<String, Matrix> latent) {
        this.source = source;
        this.network = network;
        this.origin = origin;
        this.meaning = meaning;
        this.learned = learned;
        this.latent = latent;
    }

    public Network network() {
        return network;
    }

    /** How the network was trained. */
    public Origin origin() {
        return origin;
    }

    /** What the input and the outputs of the network stand for. */
    public Meaning meaning() {
        return meaning;
    }

    /** What messages call the file. */
    public String source() {
        return source.toString();
    }

    /** What inference reads, by the names of the buffers. */
    public Map<String, Matrix> learned() {
        return Map.copyOf(learned);
    }

    /** The latent weights, by the names of the buffers; empty if the file is only for inference, or there are none. */
    public Map<String, Matrix> latent() {
        return Map.copyOf(latent);
    }

    /**
     * Whether training loses nothing when it goes on from the file: it has the latent weights, or the network was trained
     * without any ({@code bop}). Otherwise, the file has signs only.
     */
    public boolean isComplete() {
        return !latent.isEmpty() || origin.products() == Products.BLAS
                || origin.optimizer().equals(Optimizers.BOP.toString());
    }

    /** The exception for a file that is whole, but contains what no bitgrad writes. */
    public BitgradException damaged() {
        return FileKind.NETWORK.damaged(source, null);
    }

    /**
     * Checks, before a training, that its network can be saved after the training. This does not change the file.
     *
     * @throws BitgradException if it cannot be saved
     */
    public static void requireWritable(Path file) {
        FileKind.NETWORK.requireWritable(file);
    }

    /**
     * Reads a trained network.
     *
     * @param extensions the layer kinds and losses that the file may name, in addition to those of the library
     * @throws BitgradException if the file is missing, is not such a file, has another version, is cut off or damaged,
     *             or contains the name of an unknown layer kind or loss
     */
    public static Checkpoint read(Path file, Extensions extensions) {
        return read(new Source.Disk(file), extensions);
    }

    /**
     * Reads a trained network from the bytes of its file.
     *
     * @param name what messages call them
     * @param extensions the layer kinds and losses that the file may name, in addition to those of the library
     * @throws BitgradException if it is not such a file, has another version, is cut off or damaged, or contains the
     *             name of an unknown layer kind or loss
     */
    public static Checkpoint read(String name, byte[] bytes, Extensions extensions) {
        return read(new Source.Memory(name, bytes), extensions);
    }

    private static Checkpoint read(Source source, Extensions extensions) {
        return FileKind.NETWORK.read(source, (in, version) -> version >= GRAPHS
                ? parse(source, in, version, extensions)
                : parseSequential(source, in));
    }

    private static Checkpoint parse(Source source, DataInputStream in, int version, Extensions extensions)
            throws IOException {
        Network network = withPossibleClasses(NetworkDescription.read(in, extensions));
        String algorithm = in.readUTF();
        Products products = Products.valueOf(in.readUTF().toUpperCase(Locale.ROOT));
        String optimizer = in.readUTF();
        String loss = in.readUTF();
        Origin origin = new Origin(algorithm, products, optimizer, extensions.loss(loss));
        Meaning meaning = version >= MEANINGS ? Meaning.read(in, network) : Meaning.none(network);
        Map<String, Matrix> learned = readMatrices(in);
        return new Checkpoint(source, network, origin, meaning, learned,
                version >= LATENT_WEIGHTS ? readMatrices(in) : Map.of());
    }

    /** No data set has more classes, and each gets a name, which takes memory. */
    private static Network withPossibleClasses(Network network) throws IOException {
        if (network.classes() > DataDescription.MOST_CLASSES) {
            throw new IOException("%s classes, more than %s".formatted(network.classes(),
                    DataDescription.MOST_CLASSES));
        }
        return network;
    }

    /** Reads a file of a version in which networks were chains. */
    private static Checkpoint parseSequential(Source source, DataInputStream in) throws IOException {
        Network network = withPossibleClasses(NetworkDescription.readSequential(in));
        String algorithm = in.readUTF();
        Products products = switch (algorithm) {
            case "standard" -> Products.BLAS;
            case "proposed", "lean" -> Products.BITS;
            default -> throw new IOException("unknown algorithm " + algorithm);
        };
        Origin origin = new Origin(algorithm, products, in.readUTF(), new SoftmaxCrossEntropy());
        return new Checkpoint(source, network, origin, Meaning.none(network), readMatrices(in), Map.of());
    }

    private static Map<String, Matrix> readMatrices(DataInputStream in) throws IOException {
        Map<String, Matrix> matrices = new HashMap<>();
        for (int buffers = in.readInt(); buffers > 0; buffers--) {
            BufferContents.Description described = BufferContents.Description.read(in);
            byte[] bytes = in.readNBytes(Math.toIntExact(described.bytes()));
            if (bytes.length < described.bytes()) {
                throw new IOException("%s ends after %s bytes".formatted(described.name(), bytes.length));
            }
            matrices.put(described.name(), new Matrix(described.type(), described.rows(), described.columns(), bytes));
        }
        return matrices;
    }

    /**
     * Compiles the network that was read.
     *
     * @throws BitgradException if that is impossible, although the file is whole
     */
    public CompiledNetwork compile(Supplier<CompiledNetwork> compiler) {
        try {
            return compiler.get();
        } catch (IllegalArgumentException | ArithmeticException impossible) {
            throw FileKind.NETWORK.damaged(source, impossible);
        }
    }

    /**
     * Checks, before memory is taken for it, that the file contains exactly the buffers that the program is given, and
     * that the memory that sizes in the file ask for is not out of all proportion.
     *
     * @param program the program of inference
     * @param batch the number of images that it takes
     * @throws BitgradException if the file does not fit
     */
    public void requireFitting(InferenceProgram program, int batch) {
        List<Buffer> given = program.given();
        boolean fits = learned.size() == given.size() && given.stream().allMatch(
                buffer -> learned.containsKey(buffer.name()) && learned.get(buffer.name()).fits(buffer));
        if (!fits) {
            throw damaged();
        }
        long bytes = program.plan().peakBytes() / batch;
        if (bytes < 0 || bytes > MOST_BYTES_OF_IMAGE) {
            throw new BitgradException(
                    "The network in %s would take %s MiB of memory to classify one image, which is more than %s MiB; check where the file comes from."
                            .formatted(source, bytes >> 20, MOST_BYTES_OF_IMAGE >> 20));
        }
    }

    /** Fills the buffers from the file. Call {@link #requireFitting} before. */
    public void restore(List<Buffer> given) {
        for (Buffer buffer : given) {
            buffer.segment().copyFrom(MemorySegment.ofArray(learned.get(buffer.name()).bytes()));
        }
    }
}
