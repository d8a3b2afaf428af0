package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Images of one shape, each with the class it belongs to, in off-heap memory that this object owns.
 *
 * <p>
 * Reading is safe from any number of threads. {@link #close()} frees the memory; segments taken from a closed data set
 * throw {@link IllegalStateException} when they are read.
 */
public final class Dataset implements AutoCloseable {
    /** Rows start on a cache line, and on a full vector register of every instruction set we have kernels for. */
    private static final long ALIGNMENT = 64;

    private final String name;
    private final ImageShape shape;
    private final int classes;
    private final int size;
    private final Augmentation augmentation;
    private final Arena arena;
    private final MemorySegment images;
    private final MemorySegment labels;

    /** Writes the images and labels of a data set that is being created. */
    @FunctionalInterface
    public interface Filler {
        /**
         * Both segments are zero at first and may be written during this call only.
         *
         * @param images laid out as {@link Dataset#images()}
         * @param labels laid out as {@link Dataset#labels()}
         */
        void fill(MemorySegment images, MemorySegment labels);
    }

    private Dataset(String name, ImageShape shape, int classes, int size, Augmentation augmentation, Arena arena,
            MemorySegment images, MemorySegment labels) {
        this.name = name;
        this.shape = shape;
        this.classes = classes;
        this.size = size;
        this.augmentation = augmentation;
        this.arena = arena;
        this.images = images.asReadOnly();
        this.labels = labels.asReadOnly();
    }

    /** The same as {@link #create(String, ImageShape, int, int, Augmentation, Filler)}, with no augmentation. */
    public static Dataset create(String name, ImageShape shape, int classes, int size, Filler filler) {
        return create(name, shape, classes, size, Augmentation.NONE, filler);
    }

    /**
     * Creates a data set from what {@code filler} writes. When that fails, its memory is freed before the exception
     * leaves.
     *
     * @param name what messages call it
     * @param shape the shape of every image
     * @param classes 1 to 256
     * @param size number of images, at least 1
     * @param augmentation what suits the images
     * @param filler writes every image and every label
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when a number is out of its range or a label is not below {@code classes}
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset create(String name, ImageShape shape, int classes, int size, Augmentation augmentation,
            Filler filler) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(augmentation, "augmentation");
        if (classes < 1 || classes > 256 || size < 1) {
            throw new IllegalArgumentException(
                    "Data set %s cannot have %d images in %d classes: give at least 1 image and 1 to 256 classes."
                            .formatted(name, size, classes));
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment images = allocate(arena, (long) size * shape.values(), name);
            MemorySegment labels = allocate(arena, size, name);
            filler.fill(images, labels);
            int wrong = firstLabelOutside(labels, classes);
            if (wrong >= 0) {
                throw new IllegalArgumentException("Data set %s has label %d at index %d: labels must be 0 to %d."
                        .formatted(name, unsigned(labels, wrong), wrong, classes - 1));
            }
            return new Dataset(name, shape, classes, size, augmentation, arena, images, labels);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private static MemorySegment allocate(Arena arena, long bytes, String name) {
        try {
            return arena.allocate(bytes, ALIGNMENT);
        } catch (OutOfMemoryError refused) {
            throw new BitgradException("Data set %s needs %d bytes of memory, more than there is: take a smaller one."
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
     * What chance may do to such images without making them of another class, so that a network can learn from more
     * than there are. Nothing is done to those that lie here.
     */
    public Augmentation augmentation() {
        return augmentation;
    }

    /**
     * All images: unsigned bytes, size × height × width × channels (NHWC), one row of {@code shape().values()} bytes an
     * image, without gaps, the first aligned to 64 bytes.
     *
     * @return a read-only view that lives until {@link #close()}
     */
    public MemorySegment images() {
        return images;
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
     * One image: unsigned bytes, height × width × channels.
     *
     * @param index 0 to {@code size() - 1}
     * @return a read-only view of {@code shape().values()} bytes that lives until {@link #close()}
     * @throws IndexOutOfBoundsException when there is no such image
     */
    public MemorySegment image(int index) {
        return images.asSlice((long) index * shape.values(), shape.values());
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
     * Frees the images and labels; closing again does nothing.
     *
     * @throws IllegalStateException when a native call is reading them at this moment
     */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
