package io.github.bitgrad.formats.svhn;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import us.hebi.matlab.mat.format.BufferAllocator;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile.Entry;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Source;
import us.hebi.matlab.mat.types.Sources;

/**
 * A MAT file of version 5 with two variables: {@code X}, unsigned bytes [height, width, channels, images], and
 * {@code y}, the label of each image, from 1 to 10. The first index runs fastest. The values lie in off-heap memory.
 */
final class MatFile implements ImageSource {
    private static final String IMAGES = "X";
    private static final String LABELS = "y";
    private static final int MOST_LABEL = 10;
    private static final int HEADER_BYTES = 128;
    /** Compressed data become at most 1032 times as long. */
    private static final int MOST_EXPANSION = 1032;

    private final Arena arena;
    private final ImageShape shape;
    private final Matrix images;
    private final int[] labels;

    private MatFile(Arena arena, ImageShape shape, Matrix images, int[] labels) {
        this.arena = arena;
        this.shape = shape;
        this.images = images;
        this.labels = labels;
    }

    /**
     * Reads a file.
     *
     * @throws BitgradException if it is missing, is no such file, is damaged, or holds something else
     */
    static MatFile open(Path file, ImageShape shape) {
        if (!Files.isRegularFile(file)) {
            throw new BitgradException("%s is missing: put it there.".formatted(file));
        }
        Arena arena = Arena.ofShared();
        try (Source source = Sources.openStreamingFile(file.toFile())) {
            requireMat5(file);
            us.hebi.matlab.mat.types.MatFile content = Mat5.newReader(source)
                    .setBufferAllocator(new OffHeap(arena, Files.size(file)))
                    .setEntryFilter(header -> header.getName().equals(IMAGES) || header.getName().equals(LABELS))
                    .disableSubsystemProcessing().readMat();
            Matrix images = matrix(file, content, IMAGES);
            int[] size = images.getDimensions();
            if (images.getType() != MatlabType.UInt8 || images.isComplex() || size.length != 4
                    || size[0] != shape.height() || size[1] != shape.width() || size[2] != shape.channels()
                    || images.getNumElements() != (long) shape.values() * size[3] || size[3] < 1) {
                throw new BitgradException(
                        "The variable %s in %s has %s values of type %s, but SVHN has %sx%sx%sxN of type uint8: put the right file there."
                                .formatted(IMAGES, file, Arrays.stream(size).mapToObj(Integer::toString)
                                        .collect(Collectors.joining("x")), images.getType(), shape.height(),
                                        shape.width(),
                                        shape.channels()));
            }
            return new MatFile(arena, shape, images, labels(file, matrix(file, content, LABELS), size[3]));
        } catch (IOException failure) {
            arena.close();
            throw damaged(file, failure);
        } catch (BitgradException sentence) {
            arena.close();
            throw sentence;
        } catch (RuntimeException | OutOfMemoryError failure) { // what the library throws in place of an IOException
            arena.close();
            throw damaged(file, failure);
        }
    }

    private static BitgradException damaged(Path file, Throwable failure) {
        return new BitgradException("%s is not an undamaged MAT file (%s): put a whole copy there.".formatted(file,
                failure.getMessage() == null ? "it is cut off" : Names.printable(failure.getMessage())), failure);
    }

    private static void requireMat5(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] header = in.readNBytes(HEADER_BYTES);
            String text = new String(header, StandardCharsets.ISO_8859_1);
            if (text.startsWith("MATLAB 7.3") || text.startsWith("\u0089HDF")) {
                throw new BitgradException(
                        "%s is a MAT file of version 7.3, which is not read: save it as version 7 (in MATLAB: save -v7)."
                                .formatted(file));
            }
            if (header.length < HEADER_BYTES || !text.startsWith("MATLAB 5.0")) {
                throw new BitgradException("%s is no MAT file of version 5: put the right file there."
                        .formatted(file));
            }
        }
    }

    private static Matrix matrix(Path file, us.hebi.matlab.mat.types.MatFile content, String name) {
        for (Entry entry : content.getEntries()) {
            if (entry.getName().equals(name) && entry.getValue() instanceof Matrix matrix) {
                return matrix;
            }
        }
        throw new BitgradException("%s has no matrix named %s, as SVHN's files have it: put the right file there."
                .formatted(file, name));
    }

    private static int[] labels(Path file, Matrix matrix, int images) {
        if (matrix.getNumElements() != images) {
            throw new BitgradException("%s has %s images but %s labels: put a whole, unchanged copy there."
                    .formatted(file, images, matrix.getNumElements()));
        }
        int[] labels = IntStream.range(0, images).map(matrix::getInt).toArray();
        for (int index = 0; index < images; index++) {
            if (labels[index] < 1 || labels[index] > MOST_LABEL) {
                throw new BitgradException("%s has label %s at index %s: SVHN's labels are 1 to %s.".formatted(file,
                        labels[index], index, MOST_LABEL));
            }
        }
        return labels;
    }

    int size() {
        return labels.length;
    }

    /** The label in the file, 1 to 10. */
    int label(int index) {
        return labels[index];
    }

    @Override
    public void read(int index, byte[] pixels) {
        int from = index * shape.values(); // a matrix has at most 2³¹ − 1 elements
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int column = 0; column < shape.width(); column++) {
                for (int row = 0; row < shape.height(); row++) {
                    pixels[(row * shape.width() + column) * shape.channels() + channel] = images.getByte(from++);
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Memory outside of the Java heap, and no more of it than a file of this size can fill. */
    private static final class OffHeap implements BufferAllocator {
        private final Arena arena;
        private long left;

        OffHeap(Arena arena, long fileBytes) {
            this.arena = arena;
            left = MOST_EXPANSION * fileBytes;
        }

        @Override
        public ByteBuffer allocate(int bytes) {
            left -= bytes;
            if (bytes < 0 || left < 0) {
                throw new IllegalArgumentException("it claims to hold more than it can");
            }
            return arena.allocate(bytes, Long.BYTES).asByteBuffer();
        }

        @Override
        public void release(ByteBuffer buffer) {
            // all is freed at once
        }
    }
}
