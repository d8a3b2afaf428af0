package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageSource;
import io.github.bitgrad.formats.ClassFolders;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;

/**
 * Decoded pictures in a file:
 *
 * <pre>
 * long magic      long digest of what was decoded      int pictures that were found
 * images, those of damaged pictures left out
 * a bit for each picture that was found, whether its image is there, in whole bytes
 * </pre>
 *
 * Numbers are big-endian. The digest covers the shape of the images and the names, sizes and times of the files, so that
 * a cache of other pictures is made anew.
 */
final class PictureCache {
    private static final Logger LOGGER = System.getLogger("io.github.bitgrad");
    private static final long MAGIC = 0x6269746772616401L; // "bitgrad" and the version, 1
    private static final int HEADER_BYTES = 2 * Long.BYTES + Integer.BYTES;
    /** Pictures that are decoded or wait to be written. */
    private static final int MOST_AHEAD = 256;

    private PictureCache() {
    }

    /**
     * Opens the cache in a file, after making it if the file is missing or is that of other pictures.
     *
     * @throws BitgradException if the file cannot be written or read, or all pictures are damaged
     */
    static Dataset open(Path file, ClassFolders classes, PicturePreprocessing preprocessing,
            DataDescription description, boolean strict) {
        try {
            long digest = digest(classes, preprocessing, strict);
            Optional<BitSet> kept = kept(file, digest, classes.size(), description.shape().values());
            if (kept.isEmpty()) {
                write(file, digest, classes, preprocessing, strict);
                kept = kept(file, digest, classes.size(), description.shape().values());
            }
            return dataset(file, classes, description, kept.orElseThrow(() -> new EOFException("it was changed")));
        } catch (IOException failure) {
            throw new BitgradException("Decoded pictures cannot be kept in %s: %s; make room, or name another file."
                    .formatted(file, BitgradException.reason(failure)), failure);
        }
    }

    private static long digest(ClassFolders classes, PicturePreprocessing preprocessing, boolean strict)
            throws IOException {
        CRC32C crc = new CRC32C();
        crc.update((preprocessing.text() + strict).getBytes(StandardCharsets.UTF_8));
        for (int index = 0; index < classes.size(); index++) {
            Path picture = classes.file(index);
            BasicFileAttributes attributes = Files.readAttributes(picture, BasicFileAttributes.class);
            crc.update("%s %s %s\n".formatted(picture, attributes.size(), attributes.lastModifiedTime().toMillis())
                    .getBytes(StandardCharsets.UTF_8));
        }
        return crc.getValue();
    }

    /** Which pictures are in the file; empty if the file is missing, or is that of other pictures. */
    private static Optional<BitSet> kept(Path file, long digest, int found, int bytes) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readLong() != MAGIC) {
                throw new BitgradException("%s is no file of decoded pictures: name another file.".formatted(file));
            }
            if (in.readLong() != digest || in.readInt() != found) {
                return Optional.empty();
            }
            int bits = (found + Byte.SIZE - 1) / Byte.SIZE;
            long images = Files.size(file) - HEADER_BYTES - bits;
            in.skipNBytes(Math.max(0, images));
            BitSet kept = BitSet.valueOf(in.readNBytes(bits));
            return images == (long) kept.cardinality() * bytes ? Optional.of(kept) : Optional.empty();
        } catch (EOFException _) {
            return Optional.empty();
        }
    }

    private static void write(Path file, long digest, ClassFolders classes, PicturePreprocessing preprocessing,
            boolean strict) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part-" + ProcessHandle.current().pid());
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(part)));
                ExecutorService decoders = PictureSource.decoders()) {
            out.writeLong(MAGIC);
            out.writeLong(digest);
            out.writeInt(classes.size());
            BitSet kept = new BitSet(classes.size());
            Deque<Future<Optional<byte[]>>> ahead = new ArrayDeque<>();
            int begun = 0;
            for (int index = 0; index < classes.size(); index++) {
                while (begun < classes.size() && ahead.size() < MOST_AHEAD) {
                    ahead.add(decoders.submit(decoding(classes.file(begun++), preprocessing, strict)));
                }
                Optional<byte[]> image = await(ahead.remove());
                if (image.isPresent()) {
                    out.write(image.get());
                    kept.set(index);
                }
            }
            byte[] bits = new byte[(classes.size() + Byte.SIZE - 1) / Byte.SIZE];
            byte[] used = kept.toByteArray(); // without zeros at its end
            System.arraycopy(used, 0, bits, 0, used.length);
            out.write(bits);
        } catch (Throwable failure) {
            Files.deleteIfExists(part);
            throw failure;
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The image of a picture; empty if it is damaged, of which a warning tells. */
    private static Callable<Optional<byte[]>> decoding(Path picture, PicturePreprocessing preprocessing,
            boolean strict) {
        return () -> {
            try {
                return Optional.of(preprocessing.read(picture).getFirst().bytes());
            } catch (BitgradException sentence) {
                if (strict) {
                    throw sentence;
                }
                LOGGER.log(Level.WARNING, "{0} It is left out.", sentence.getMessage());
                return Optional.empty();
            }
        };
    }

    private static Optional<byte[]> await(Future<Optional<byte[]>> image) throws IOException {
        try {
            return image.get();
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new IOException("it was interrupted", failure);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof BitgradException sentence) {
                throw sentence;
            }
            throw new IOException("a picture could not be decoded", failure.getCause());
        }
    }

    private static Dataset dataset(Path file, ClassFolders classes, DataDescription description, BitSet kept) {
        int damaged = classes.size() - kept.cardinality();
        if (damaged > 0) {
            LOGGER.log(Level.WARNING, "{0} of {1} pictures could not be read and were left out.",
                    Integer.toString(damaged), Integer.toString(classes.size()));
        }
        if (kept.isEmpty()) {
            throw new BitgradException("No picture can be read, such as %s: put other pictures there."
                    .formatted(classes.file(0)));
        }
        ImageSource images = ImageSource.inFile(file, HEADER_BYTES, description.shape().values());
        try {
            return Dataset.of(images, description, kept.cardinality(), labels -> {
                int index = 0;
                for (int picture = kept.nextSetBit(0); picture >= 0; picture = kept.nextSetBit(picture + 1)) {
                    labels.set(index++, classes.label(picture));
                }
            });
        } catch (Throwable failure) {
            images.close();
            throw failure;
        }
    }
}
