package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One IDX file, open for reading. It is taken to be gzipped when its name ends in {@code .gz}.
 *
 * <p>
 * The format, all numbers big-endian: two zero bytes, the element type (8 is an unsigned byte, 12 an integer of 32
 * bits), the number of dimensions, each dimension as 32 bits, then the elements, the last dimension running fastest.
 * Nothing may follow them.
 *
 * <p>
 * The size of the file is compared with the header first of all, so that a wrong header cannot cause more memory to be
 * allocated than the file fills.
 */
final class IdxFile implements AutoCloseable {
    private static final int UNSIGNED_BYTES = 0x08;
    private static final int INTEGERS = 0x0c;
    private static final Map<Integer,
            String> TYPES = Map.of(UNSIGNED_BYTES, "unsigned bytes", 0x09, "signed bytes", 0x0b,
                    "integers of 16 bits", INTEGERS, "integers of 32 bits", 0x0d, "floats of 32 bits", 0x0e,
                    "floats of 64 bits");

    /** What a file holds. */
    enum Content {
        /** Unsigned bytes: images × height × width, or images × height × width × channels. */
        IMAGES(3, 4, Set.of(UNSIGNED_BYTES)),
        /** Unsigned bytes or integers: one for each image, or several, of which the first is the class (QMNIST). */
        LABELS(1, 2, Set.of(UNSIGNED_BYTES, INTEGERS));

        private final int leastRank;
        private final int mostRank;
        private final Set<Integer> types;

        Content(int leastRank, int mostRank, Set<Integer> types) {
            this.leastRank = leastRank;
            this.mostRank = mostRank;
            this.types = types;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path path;
    private final boolean gzipped;
    private final InputStream in;
    private int[] dimensions;
    private int elementBytes;

    private IdxFile(Path path) throws IOException {
        this.path = path;
        this.gzipped = path.toString().endsWith(".gz");
        this.in = stream();
    }

    private InputStream stream() throws IOException {
        InputStream file = Files.newInputStream(path);
        if (!gzipped) {
            return file;
        }
        try {
            return new GZIPInputStream(file, BUFFER_BYTES);
        } catch (ZipException none) {
            file.close();
            throw notGzipped(none);
        } catch (IOException failure) {
            file.close();
            throw failure;
        }
    }

    private IOException notGzipped(ZipException otherwise) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            byte[] begin = file.readNBytes(2);
            if (begin[0] == '<') {
                throw webPage();
            }
            if (begin[0] == 0 && begin[1] == 0) {
                throw new BitgradException("%s has .gz in its name but is not gzipped: take .gz out of its name."
                        .formatted(path));
            }
        }
        return otherwise;
    }

    /**
     * Opens a file and checks its header, also against the size of the file.
     *
     * @param path the file
     * @param content what it must hold
     * @return the file, positioned at its elements, which the caller closes
     * @throws BitgradException when it is not such a file
     */
    static IdxFile open(Path path, Content content) {
        DataFiles.requireFile(path);
        try {
            IdxFile file = new IdxFile(path);
            try {
                file.readHeader(content);
                file.checkSize();
                return file;
            } catch (IOException | RuntimeException failure) {
                file.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw unreadable(path, failure);
        }
    }

    private void readHeader(Content content) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(Integer.BYTES * (1 + content.mostRank));
        int least = Integer.BYTES * (1 + content.leastRank);
        int found = read(in, header.array(), least);
        if (found > 0 && header.get(0) == '<') {
            throw webPage();
        }
        if (found < least) {
            throw new BitgradException("%s is cut off (expected at least %s%s bytes, found %s): put a whole copy there."
                    .formatted(path, least, gzipped ? " unpacked" : "", found));
        }
        int magic = header.getInt();
        int type = magic >> 8;
        int rank = magic & 0xff;
        if (rank >= content.leastRank && rank <= content.mostRank && TYPES.containsKey(type)
                && !content.types.contains(type)) {
            throw new BitgradException("%s holds %s, but an IDX file of %s holds %s: convert it.".formatted(path,
                    TYPES.get(type), content, content.types.stream().sorted().map(TYPES::get)
                            .collect(Collectors.joining(" or "))));
        }
        if (rank < content.leastRank || rank > content.mostRank || !content.types.contains(type)) {
            throw new BitgradException("%s starts with 0x%08x where an IDX file of %s has 0x%08x: %s.".formatted(path,
                    magic, content, UNSIGNED_BYTES << 8 | content.leastRank,
                    magic >>> 16 == GZIP_MAGIC ? "it is gzipped, so add .gz to its name" : "put the right file there"));
        }
        elementBytes = type == INTEGERS ? Integer.BYTES : Byte.BYTES;
        dimensions = new int[rank];
        int more = Integer.BYTES * (rank - content.leastRank);
        byte[] rest = new byte[more];
        if (read(in, rest, more) < more) {
            throw new BitgradException("%s is cut off (expected at least %s%s bytes): put a whole copy there."
                    .formatted(path, least + more, gzipped ? " unpacked" : ""));
        }
        header.put(least, rest);
        long imageBytes = 1;
        for (int axis = 0; axis < dimensions.length; axis++) {
            dimensions[axis] = header.getInt();
            imageBytes *= axis == 0 ? elementBytes : dimensions[axis];
        }
        if (imageBytes < 1 || Arrays.stream(dimensions).anyMatch(dimension -> dimension < 1)
                || imageBytes > Integer.MAX_VALUE) {
            throw new BitgradException(("%s has dimensions %s, but each must be at least 1 and one image at most %s "
                    + "bytes: put an undamaged copy there.").formatted(path, Arrays.stream(dimensions)
                            .mapToObj(Integer::toUnsignedString).collect(Collectors.joining("x")), Integer.MAX_VALUE));
        }
    }

    private BitgradException webPage() {
        return new BitgradException("%s is a web page, and not what its name promises: download the file itself."
                .formatted(path));
    }

    private void checkSize() throws IOException {
        long expected = headerBytes() + dataBytes();
        long found = gzipped ? unpackedSize() : Files.size(path);
        if (found != expected) {
            throw new BitgradException("%s %s (expected %s%s bytes, found %s): put a whole, unchanged copy there."
                    .formatted(path, found < expected ? "is cut off" : "goes on after its data", expected,
                            gzipped ? " unpacked" : "", found));
        }
    }

    /** Unpacks everything once only to count it (0.1 s for MNIST), so that a wrong header costs no memory. */
    private long unpackedSize() throws IOException {
        try (InputStream again = stream()) {
            byte[] buffer = new byte[BUFFER_BYTES];
            long size = 0;
            int found;
            do {
                found = read(again, buffer, buffer.length);
                size += found;
            } while (found == buffer.length);
            return size;
        }
    }

    private int headerBytes() {
        return Integer.BYTES * (1 + dimensions.length);
    }

    /** At most 2⁶²: the first dimension and the bytes of all others together are both below 2³¹. */
    private long dataBytes() {
        return Arrays.stream(dimensions).asLongStream().reduce(elementBytes, (a, b) -> a * b);
    }

    Path path() {
        return path;
    }

    /** {@return whether its name ends in {@code .gz}} */
    boolean isGzipped() {
        return gzipped;
    }

    /** {@return the size along one axis, at least 1; axis 0 counts the images or labels} */
    int dimension(int axis) {
        return dimensions[axis];
    }

    /** {@return the shape of one image of a file of images} */
    ImageShape imageShape() {
        return new ImageShape(dimensions[1], dimensions[2],
                dimensions.length == Content.IMAGES.mostRank ? dimensions[3] : 1);
    }

    /**
     * Reads the labels of a file of labels, and checks that the file ends with them.
     *
     * @throws BitgradException when it is damaged, has changed since it was opened, cannot be read, or has a label that
     *             is no class
     */
    int[] readLabels() {
        int[] labels = new int[dimensions[0]];
        readImages((index, bytes) -> {
            labels[index] = elementBytes == 1 ? Byte.toUnsignedInt(bytes[0]) : ByteBuffer.wrap(bytes).getInt();
            if (labels[index] < 0) {
                throw new BitgradException("%s has label %s at index %s: labels are numbers from 0 on."
                        .formatted(path, labels[index], index));
            }
            DataFiles.requireLabel(path, index, labels[index], DataDescription.MOST_CLASSES);
        });
        return labels;
    }

    /**
     * Reads all elements, through a small buffer, and checks that the file ends with them.
     *
     * @param elements takes exactly the product of all dimensions in bytes
     * @throws BitgradException when it is damaged, has changed since it was opened, or cannot be read
     */
    void readInto(MemorySegment elements) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long total = elements.byteSize();
        try {
            for (long done = 0; done < total; done += buffer.length) {
                int wanted = (int) Math.min(buffer.length, total - done);
                if (read(in, buffer, wanted) < wanted) {
                    throw DataFiles.changed(path);
                }
                MemorySegment.copy(buffer, 0, elements, ValueLayout.JAVA_BYTE, done, wanted);
            }
            requireEnd();
        } catch (IOException failure) {
            throw unreadable(path, failure);
        }
    }

    /** What takes images one after the other. */
    interface Images {
        /** @param pixels an image, which is overwritten afterwards */
        void add(int index, byte[] pixels);
    }

    /**
     * Reads all images, one for each index along axis 0, and checks that the file ends with them.
     *
     * @throws BitgradException when it is damaged, has changed since it was opened, or cannot be read
     */
    void readImages(Images images) {
        byte[] pixels = new byte[(int) (dataBytes() / dimensions[0])];
        try {
            for (int index = 0; index < dimensions[0]; index++) {
                if (read(in, pixels, pixels.length) < pixels.length) {
                    throw DataFiles.changed(path);
                }
                images.add(index, pixels);
            }
            requireEnd();
        } catch (IOException failure) {
            throw unreadable(path, failure);
        }
    }

    /** The checksum of a gzip file is compared when its end is met, and not before. */
    private void requireEnd() throws IOException {
        if (in.read() >= 0) {
            throw DataFiles.changed(path);
        }
    }

    /**
     * Reads the images of a file that is not gzipped whenever they are wanted: one for each index along axis 0.
     *
     * @return a source that is independent of this object, and that the caller closes
     * @throws BitgradException when the file has changed since it was opened, or cannot be read
     */
    ImageSource source() {
        if (path.toFile().length() != headerBytes() + dataBytes()) {
            throw DataFiles.changed(path);
        }
        return ImageSource.inFile(path, headerBytes(), (int) (dataBytes() / dimensions[0]));
    }

    /** {@return how many bytes came before the end; a gzip stream that was cut off ends where its bytes do} */
    private static int read(InputStream in, byte[] buffer, int wanted) throws IOException {
        int found = 0;
        try {
            while (found < wanted) {
                int some = in.read(buffer, found, wanted - found);
                if (some < 0) {
                    break;
                }
                found += some;
            }
        } catch (EOFException _) {
            return found;
        }
        return found;
    }

    private static BitgradException unreadable(Path path, IOException failure) {
        return switch (failure) {
            case ZipException damaged -> new BitgradException(
                    "%s is not an undamaged gzip file (%s): put a whole copy there."
                            .formatted(path, damaged.getMessage()),
                    damaged);
            case EOFException cut -> new BitgradException(
                    "%s is a gzip file that is cut off: put a whole copy there.".formatted(path), cut);
            default -> DataFiles.unreadable(path, failure);
        };
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException failure) {
            throw unreadable(path, failure);
        }
    }
}
