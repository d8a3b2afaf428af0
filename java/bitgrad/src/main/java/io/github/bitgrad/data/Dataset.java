package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Images of one shape, each with the class that it belongs to. Images that come from files are read when they are
 * wanted. All other images, and all labels, lie in off-heap memory that this object owns.
 *
 * <p>
 * Any number of threads may read at the same time. {@link #close()} closes the files and frees the memory; reading
 * from a closed data set throws {@link IllegalStateException}.
 */
public final class Dataset implements AutoCloseable {
    private static final int DIGESTED_IMAGES = 8192;

    private final String name;
    private final ImageShape shape;
    private final int classes;
    private final int size;
    private final Augmentation augmentation;
    private final Arena arena;
    private final MemorySegment labels;
    private final ImageSource images;
    private Optional<String> digest = Optional.empty();

    /** Writes the images and labels of a data set that is being created. */
    @FunctionalInterface
    public interface Filler {
        /**
         * Both segments are zero at first and may be written during this call only.
         *
         * @param images unsigned bytes, size × height × width × channels (NHWC), without gaps
         * @param labels laid out as {@link Dataset#labels()}
         */
        void fill(MemorySegment images, MemorySegment labels);
    }

    private Dataset(String name, ImageShape shape, int classes, int size, Augmentation augmentation, Arena arena,
            MemorySegment labels, ImageSource images) {
        this.name = name;
        this.shape = shape;
        this.classes = classes;
        this.size = size;
        this.augmentation = augmentation;
        this.arena = arena;
        this.labels = labels.asReadOnly();
        this.images = images;
    }

    /**
     * Creates a data set that is not augmented, as {@link #create(String, ImageShape, int, int, Augmentation, Filler)}
     * does.
     */
    public static Dataset create(String name, ImageShape shape, int classes, int size, Filler filler) {
        return create(name, shape, classes, size, Augmentation.NONE, filler);
    }

    /**
     * Creates a data set in memory, and has it filled. When filling it fails, its memory is freed before the exception
     * is thrown.
     *
     * @param name what messages call it
     * @param shape the shape of every image
     * @param classes 1 to 256
     * @param size number of images, at least 1
     * @param augmentation the augmentation that suits the images
     * @param filler writes every image and every label
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when a number is out of its range or a label is not below {@code classes}
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset create(String name, ImageShape shape, int classes, int size, Augmentation augmentation,
            Filler filler) {
        return build(name, shape, classes, size, augmentation, (long) size * shape.values(), (images, labels) -> {
            filler.fill(images, labels);
            return inMemory(images, shape);
        });
    }

    private static ImageSource inMemory(MemorySegment images, ImageShape shape) {
        int bytes = shape.values();
        return new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                MemorySegment.copy(images, ValueLayout.JAVA_BYTE, (long) index * bytes, pixels, 0, bytes);
            }

            @Override
            public void close() {
                // the memory is the data set's
            }
        };
    }

    /**
     * Creates a data set whose images are read whenever they are wanted. Only its labels take memory.
     *
     * @param images reads images of {@code shape}; it is closed with the data set, and stays the caller's to close when
     *            this method fails
     * @param name what messages call the data set
     * @param shape the shape of every image
     * @param classes 1 to 256
     * @param size number of images, at least 1
     * @param augmentation the augmentation that suits the images
     * @param labels writes every label into a segment that is laid out as {@link Dataset#labels()}, during this call
     *             only
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when a number is out of its range or a label is not below {@code classes}
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset of(ImageSource images, String name, ImageShape shape, int classes, int size,
            Augmentation augmentation, Consumer<MemorySegment> labels) {
        return build(name, shape, classes, size, augmentation, 0, (_, segment) -> {
            labels.accept(segment);
            return images;
        });
    }

    /**
     * @param imageBytes how much memory images take; 0 where they are read from files
     * @param content writes every label, and every image that lies in memory, and returns what reads the images
     */
    private static Dataset build(String name, ImageShape shape, int classes, int size, Augmentation augmentation,
            long imageBytes, BiFunction<MemorySegment, MemorySegment, ImageSource> content) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(augmentation, "augmentation");
        if (classes < 1 || classes > 256 || size < 1) {
            throw new IllegalArgumentException(
                    "Data set %s cannot have %s images in %s classes: give at least 1 image and 1 to 256 classes."
                            .formatted(name, size, classes));
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = allocate(arena, imageBytes, name);
            MemorySegment labels = allocate(arena, size, name);
            ImageSource images = content.apply(memory, labels);
            int wrong = firstLabelOutside(labels, classes);
            if (wrong >= 0) {
                throw new IllegalArgumentException("Data set %s has label %s at index %s: labels must be 0 to %s."
                        .formatted(name, unsigned(labels, wrong), wrong, classes - 1));
            }
            return new Dataset(name, shape, classes, size, augmentation, arena, labels, images);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private static MemorySegment allocate(Arena arena, long bytes, String name) {
        try {
            return arena.allocate(bytes);
        } catch (OutOfMemoryError refused) {
            throw new BitgradException("Data set %s needs %s bytes of memory, more than there is: take a smaller one."
                    .formatted(name, bytes), refused);
        }
    }

    /** {@return the index of the first label that is not below {@code classes}, or −1} */
    static int firstLabelOutside(MemorySegment labels, int classes) {
        for (int index = 0; index < labels.byteSize(); index++) {
            if (unsigned(labels, index) >= classes) {
                return index;
            }
        }
        return -1;
    }

    static int unsigned(MemorySegment bytes, int index) {
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, index));
    }

    /** {@return what messages call it: {@code demo}, or the folder it was read from} */
    public String name() {
        return name;
    }

    /** {@return the shape of every image} */
    public ImageShape shape() {
        return shape;
    }

    /** {@return the number of classes, 1 to 256} */
    public int classes() {
        return classes;
    }

    /** {@return the number of images, at least 1} */
    public int size() {
        return size;
    }

    /**
     * {@return how such images may be changed at random without becoming images of another class, so that a network
     * learns from more than there are; the images of this object stay as they are}
     */
    public Augmentation augmentation() {
        return augmentation;
    }

    /**
     * All labels: one byte an image, from 0 to {@code classes() - 1}, to be read as unsigned.
     *
     * @return a read-only view that lives until {@link #close()}
     */
    public MemorySegment labels() {
        return labels;
    }

    /**
     * Reads one image. Allocates nothing.
     *
     * @param index 0 to {@code size() - 1}
     * @param pixels takes {@code shape().values()} unsigned bytes from its beginning on: height × width × channels
     * @throws IndexOutOfBoundsException when there is no such image, or no room for it
     * @throws BitgradException when its file cannot be read, or is seen, by its size or a label, to have changed since
     *         the data set was opened
     */
    public void read(int index, byte[] pixels) {
        Objects.checkIndex(index, size);
        Objects.checkFromIndexSize(0, shape.values(), pixels.length);
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed"); // as memory says that has been freed
        }
        images.read(index, pixels);
    }

    /**
     * One image: unsigned bytes, height × width × channels.
     *
     * @param index 0 to {@code size() - 1}
     * @return a copy of {@code shape().values()} bytes on the Java heap, which is the caller's
     * @throws IndexOutOfBoundsException when there is no such image
     * @throws BitgradException where {@link #read} throws it
     */
    public MemorySegment image(int index) {
        byte[] pixels = new byte[shape.values()];
        read(index, pixels);
        return MemorySegment.ofArray(pixels);
    }

    /**
     * The class of one image.
     *
     * @param index 0 to {@code size() - 1}
     * @return 0 to {@code classes() - 1}
     * @throws IndexOutOfBoundsException when there is no such image
     */
    public int label(int index) {
        return unsigned(labels, index);
    }

    /**
     * A digest of the data: two data sets with as many images of the same shape that have the same digest have the same
     * images and labels, as far as anybody can tell at little cost. It depends on all labels and, if there are more
     * than {@value #DIGESTED_IMAGES} images, on as many images that are spread evenly over all of them. It is computed
     * when it is wanted for the first time.
     *
     * @return 8 hexadecimal digits; empty if the data set was closed before the digest was wanted
     * @throws BitgradException where {@link #read} throws it
     */
    public synchronized Optional<String> digest() {
        if (digest.isEmpty() && arena.scope().isAlive()) {
            CRC32C crc = new CRC32C();
            crc.update(labels.asByteBuffer());
            byte[] pixels = new byte[shape.values()];
            int count = Math.min(size, DIGESTED_IMAGES);
            for (int image = 0; image < count; image++) {
                read((int) ((long) image * size / count), pixels);
                crc.update(pixels);
            }
            digest = Optional.of(HexFormat.of().toHexDigits((int) crc.getValue()));
        }
        return digest;
    }

    /**
     * Closes the files of the images and frees the memory; closing again does nothing.
     *
     * @throws IllegalStateException when another thread is reading from that memory at this moment
     */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            images.close();
        }
    }
}
