package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Images of one shape, each with the class that it belongs to. An image is whatever a network takes: a picture, or a
 * recording, a time series or a row of numbers as bytes. Images that come from files are read when they are wanted. All
 * other images, and all labels, lie in off-heap memory that this object owns.
 *
 * <p>
 * Any number of threads may read at the same time. {@link #close()} closes the files and frees the memory; reading
 * from a closed data set throws {@link IllegalStateException}.
 *
 * <p>
 * {@link #split}, {@link #subset}, {@link #balanced}, {@link #concat} and {@link #map} make a data set from another one
 * without copying images. Each data set is closed by whoever has it, in any order: files and memory that several data
 * sets read are given back when the last of them is closed.
 */
public final class Dataset implements AutoCloseable {
    private static final int DIGESTED_IMAGES = 8192;
    /** Up to so many classes, a label takes one byte. */
    private static final int CLASSES_OF_A_BYTE = 256;

    private final DataDescription description;
    private final int size;
    private final Arena arena;
    /** Unsigned numbers: bytes where there are so few classes, and otherwise of 16 bits. */
    private final MemorySegment labels;
    private final SharedImages images;
    private Optional<String> digest = Optional.empty();

    /** Writes the images and labels of a data set that is being created. */
    @FunctionalInterface
    public interface Filler {
        /**
         * Everything is zero at first, and may be written during this call only.
         *
         * @param images unsigned bytes, size × height × width × channels (NHWC), without gaps
         * @param labels takes the class of each image
         */
        void fill(MemorySegment images, Labels labels);
    }

    /** Changes images, for {@link Dataset#map}. */
    @FunctionalInterface
    public interface Change {
        /**
         * Writes the changed image. What it writes must follow from its arguments alone.
         *
         * @param index of the image in the data set
         * @param from the image before, laid out as {@link Dataset#read} writes it; may be overwritten
         * @param to the image afterwards; all of it is to be written
         */
        void change(int index, byte[] from, byte[] to);
    }

    private Dataset(DataDescription description, int size, Arena arena, MemorySegment labels, ImageSource images) {
        this.description = description;
        this.size = size;
        this.arena = arena;
        this.labels = labels;
        this.images = new SharedImages(images);
    }

    /**
     * Creates a data set whose classes are named by their numbers, and which is not augmented, as
     * {@link #create(DataDescription, int, Filler)} does.
     *
     * @param name what messages call it
     * @param shape the shape of every image
     * @param classes 1 to {@value DataDescription#MOST_CLASSES}
     */
    public static Dataset create(String name, ImageShape shape, int classes, int size, Filler filler) {
        return create(DataDescription.of(name, shape, classes), size, filler);
    }

    /**
     * Creates a data set in memory, and has it filled. When filling it fails, its memory is freed before the exception
     * is thrown.
     *
     * @param description what the data set holds
     * @param size number of images, at least 1
     * @param filler writes every image and every label
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no image, or a label is not below the number of classes
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset create(DataDescription description, int size, Filler filler) {
        requireImages(description, size);
        Arena memory = Arena.ofShared();
        try {
            MemorySegment images = allocate(memory, (long) size * description.shape().values(), 1, description.name());
            return of(inMemory(memory, images, description.shape()), description, size,
                    labels -> filler.fill(images, labels));
        } catch (Throwable failure) {
            memory.close();
            throw failure;
        }
    }

    private static int bytesOfLabel(DataDescription description) {
        return description.classes() <= CLASSES_OF_A_BYTE ? Byte.BYTES : Short.BYTES;
    }

    private static ImageSource inMemory(Arena memory, MemorySegment images, ImageShape shape) {
        int bytes = shape.values();
        return new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                MemorySegment.copy(images, ValueLayout.JAVA_BYTE, (long) index * bytes, pixels, 0, bytes);
            }

            @Override
            public void close() {
                memory.close();
            }
        };
    }

    /**
     * Creates a data set whose images are read whenever they are wanted. Only its labels take memory.
     *
     * @param images reads images of the shape; it is closed with the data set, and stays the caller's to close when
     *            this method fails
     * @param description what the data set holds
     * @param size number of images, at least 1
     * @param labels gives every label, during this call only
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no image, or a label is not below the number of classes
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset of(ImageSource images, DataDescription description, int size, Consumer<Labels> labels) {
        Objects.requireNonNull(images, "images");
        requireImages(description, size);
        Arena arena = Arena.ofShared();
        try {
            int bytes = bytesOfLabel(description);
            MemorySegment memory = allocate(arena, (long) size * bytes, bytes, description.name());
            labels.accept((index, label) -> {
                Objects.checkIndex(index, size);
                if (label < 0 || label >= description.classes()) {
                    throw new IllegalArgumentException(
                            "Data set %s has label %s at index %s: labels must be 0 to %s.".formatted(
                                    description.name(), label, index, description.classes() - 1));
                }
                if (bytes == 1) {
                    memory.set(ValueLayout.JAVA_BYTE, index, (byte) label);
                } else {
                    memory.setAtIndex(ValueLayout.JAVA_SHORT, index, (short) label);
                }
            });
            return new Dataset(description, size, arena, memory, images);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /**
     * Creates a data set from arrays, which are copied.
     *
     * @param description what the data set holds
     * @param images at least one, each with as many unsigned bytes as the shape has values, height × width × channels
     * @param labels the class of each image, from 0
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no image, an image has another size, there are more or fewer
     *             labels than images, or a label is not below the number of classes
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset of(DataDescription description, byte[][] images, int[] labels) {
        requireLabels(description, images.length, labels);
        return create(description, images.length, (memory, given) -> {
            for (int index = 0; index < images.length; index++) {
                requireBytes(description, index, images[index]);
                MemorySegment.copy(images[index], 0, memory, ValueLayout.JAVA_BYTE,
                        (long) index * description.shape().values(), images[index].length);
                given.set(index, labels[index]);
            }
        });
    }

    /**
     * Creates a data set from samples of numbers, of which the preprocessing of the description makes bytes.
     *
     * @param description what the data set holds; it has a preprocessing whose samples are numbers
     * @param samples at least one, each as the preprocessing takes it
     * @param labels the class of each sample, from 0
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no preprocessing or no sample, a sample is not as the
     *             preprocessing takes it, there are more or fewer labels than samples, or a label is not below the
     *             number of classes
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset of(DataDescription description, float[][] samples, int[] labels) {
        requireLabels(description, samples.length, labels);
        Preprocessing preprocessing = description.preprocessing().orElseThrow(() -> new IllegalArgumentException(
                "Data set %s has samples of numbers but nothing that makes bytes of them: give it a preprocessing."
                        .formatted(description.name())));
        byte[][] images = Arrays.stream(samples).map(preprocessing::bytes).toArray(byte[][]::new);
        return of(description, images, labels);
    }

    /**
     * Creates a data set from images that lie in memory already, and are not copied.
     *
     * @param description what the data set holds
     * @param images unsigned bytes, size × height × width × channels (NHWC), without gaps. The memory must stay as it
     *            is until the data set is closed, can be read by any thread, and is not freed by the data set
     * @param labels the class of each image, from 0; at least one
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when the bytes are not those of as many images as there are labels, there is
     *             none, or a label is not below the number of classes
     * @throws BitgradException when there is no memory for the labels
     */
    public static Dataset of(DataDescription description, MemorySegment images, int[] labels) {
        int bytes = description.shape().values();
        if (images.byteSize() != (long) labels.length * bytes) {
            throw new IllegalArgumentException(
                    "Data set %s has %s labels and %s bytes of images: give %s for each image."
                            .formatted(description.name(), labels.length, images.byteSize(), bytes));
        }
        return of(new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                MemorySegment.copy(images, ValueLayout.JAVA_BYTE, (long) index * bytes, pixels, 0, bytes);
            }

            @Override
            public void close() {
                // the memory is the caller's
            }
        }, description, labels.length, setter(labels));
    }

    /**
     * Creates a data set in memory from samples that come one after the other.
     *
     * @param description what the data set holds
     * @param samples at least one; each may be overwritten after the next one was asked for
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no sample, a sample has another size, or a label is not below the
     *             number of classes
     * @throws BitgradException when the memory is not to be had
     */
    public static Dataset of(DataDescription description, Iterator<Sample> samples) {
        PackedImages images = new PackedImages(description.shape().values());
        try {
            int[] labels = new int[1024];
            int size = 0;
            while (samples.hasNext()) {
                Sample sample = samples.next();
                requireBytes(description, size, sample.bytes());
                if (size == labels.length) {
                    labels = Arrays.copyOf(labels, 2 * size);
                }
                images.add(sample.bytes());
                labels[size++] = sample.label();
            }
            return of(images, description, size, setter(Arrays.copyOf(labels, size)));
        } catch (OutOfMemoryError refused) {
            images.close();
            throw new BitgradException("There is no memory for all samples of data set %s: take fewer."
                    .formatted(description.name()), refused);
        } catch (Throwable failure) {
            images.close();
            throw failure;
        }
    }

    private static Consumer<Labels> setter(int[] labels) {
        return given -> {
            for (int index = 0; index < labels.length; index++) {
                given.set(index, labels[index]);
            }
        };
    }

    private static void requireImages(DataDescription description, int size) {
        if (size < 1) {
            throw new IllegalArgumentException("Data set %s cannot have %s images: give at least 1."
                    .formatted(description.name(), size));
        }
    }

    private static void requireLabels(DataDescription description, int images, int[] labels) {
        if (images != labels.length) {
            throw new IllegalArgumentException("Data set %s has %s images but %s labels: give one label for each image."
                    .formatted(description.name(), images, labels.length));
        }
    }

    private static void requireBytes(DataDescription description, int index, byte[] image) {
        if (image.length != description.shape().values()) {
            throw new IllegalArgumentException(
                    "Image %s of data set %s has %s bytes, but %s has %s: give images of one shape."
                            .formatted(index, description.name(), image.length, description.shape(),
                                    description.shape().values()));
        }
    }

    private static MemorySegment allocate(Arena arena, long bytes, long alignment, String name) {
        try {
            return arena.allocate(bytes, alignment);
        } catch (OutOfMemoryError refused) {
            throw new BitgradException("Data set %s needs %s bytes of memory, more than there is: take a smaller one."
                    .formatted(name, bytes), refused);
        }
    }

    /**
     * Divides the samples into a training part and a test part, at random, but so that each class has its share in both
     * ({@link StratifiedSplit}). This data set stays open.
     *
     * @param testFraction which part of the samples of each class is for testing, between 0 and 1
     * @param seed the number that decides which samples these are
     * @return both parts, which the caller closes
     * @throws IllegalArgumentException if the fraction is not between 0 and 1, or leaves nothing to test with
     */
    public TrainAndTest split(double testFraction, long seed) {
        StratifiedSplit parts = StratifiedSplit.of(labels(), classes(), testFraction, seed);
        return TrainAndTest.of(() -> subset(parts.train()), () -> subset(parts.test()));
    }

    /**
     * A data set of some of these samples. This data set stays open.
     *
     * @param indices of the samples in this data set, in their new order; a sample may be there several times
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there is no index
     * @throws IndexOutOfBoundsException when there is no such sample
     */
    public Dataset subset(int... indices) {
        int[] chosen = indices.clone();
        for (int index : chosen) {
            Objects.checkIndex(index, size);
        }
        return view(new Views.Selected(images.share(), chosen), description, chosen.length, given -> {
            for (int index = 0; index < chosen.length; index++) {
                given.set(index, label(chosen[index]));
            }
        });
    }

    /**
     * A data set in which every class has as many samples as the most frequent one: the samples of all other classes
     * are there several times. It suits training where one class is rare; a test needs the samples as they are. This
     * data set stays open.
     *
     * @return a data set that the caller closes
     * @throws IllegalArgumentException when there would be more than 2³¹ − 1 samples
     */
    public Dataset balanced() {
        int[] counts = new int[classes()];
        for (int index = 0; index < size; index++) {
            counts[label(index)]++;
        }
        int[][] ofClass = new int[classes()][];
        Arrays.setAll(ofClass, label -> new int[counts[label]]);
        for (int index = size - 1; index >= 0; index--) {
            ofClass[label(index)][--counts[label(index)]] = index;
        }
        int[][] present = Arrays.stream(ofClass).filter(samples -> samples.length > 0).toArray(int[][]::new);
        int most = Arrays.stream(present).mapToInt(samples -> samples.length).max().orElseThrow();
        long all = (long) most * present.length;
        if (all > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "Data set %s would have %s samples if its classes were balanced: take a smaller one."
                            .formatted(name(), all));
        }
        int[] indices = new int[(int) all];
        Arrays.setAll(indices, at -> {
            int[] samples = present[at % present.length];
            return samples[at / present.length % samples.length];
        });
        return subset(indices);
    }

    /**
     * A data set of these samples and, behind them, those of another data set. Both data sets stay open.
     *
     * @param other has images of the same shape and the same class names
     * @return a data set that the caller closes
     * @throws IllegalArgumentException if the shapes or classes differ, or there would be more than 2³¹ − 1 samples
     */
    public Dataset concat(Dataset other) {
        if (!shape().equals(other.shape()) || !classNames().equals(other.classNames())
                || (long) size + other.size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(("Data set %s (%s images of %s, %s classes) cannot be joined to %s (%s "
                    + "images of %s, %s classes): join images of one shape with the same class names.").formatted(
                            other.name(), other.size, other.shape(), other.classes(), name(), size, shape(),
                            classes()));
        }
        SharedImages first = images.share();
        SharedImages second;
        try {
            second = other.images.share();
        } catch (Throwable failure) {
            first.release();
            throw failure;
        }
        return view(new Views.Joined(first, size, second), description, size + other.size, given -> {
            for (int index = 0; index < size + other.size; index++) {
                given.set(index, index < size ? label(index) : other.label(index - size));
            }
        });
    }

    /**
     * A data set of these samples with changed images. An image is changed each time that it is read, by one thread at
     * a time. The new data set has no preprocessing. This data set stays open.
     *
     * @param changed the shape of the images afterwards
     * @param change changes an image
     * @return a data set that the caller closes
     */
    public Dataset map(ImageShape changed, Change change) {
        Objects.requireNonNull(change, "change");
        return view(new Views.Mapped(images.share(), change, shape().values()), description.reshaped(changed), size,
                setter(labels()));
    }

    /**
     * A data set of the same samples with the classes of a network: each sample keeps its class by name, and gets the
     * label that this name has among the given ones. This data set stays open.
     *
     * @param names the names of the classes, in the order of the labels; each class that has a sample here is among them
     * @return a data set that the caller closes
     * @throws IllegalArgumentException if a class with samples is missing, or a name is empty, too long, or given twice
     */
    public Dataset withClasses(List<String> names) {
        int[] label = classNames().stream().mapToInt(names::indexOf).toArray();
        for (int index = 0; index < size; index++) {
            if (label[label(index)] < 0) {
                throw new IllegalArgumentException(
                        "Data set %s has samples of class %s, which is none of the classes %s; leave these samples out, or add the class."
                                .formatted(name(), Names.printable(classNames().get(label(index))),
                                        Names.printable(String.join(", ", names))));
            }
        }
        return view(new Views.Selected(images.share(), IntStream.range(0, size).toArray()), description.with(names),
                size,
                given -> {
                    for (int index = 0; index < size; index++) {
                        given.set(index, label[label(index)]);
                    }
                });
    }

    private static Dataset view(ImageSource source, DataDescription description, int size, Consumer<Labels> labels) {
        try {
            return of(source, description, size, labels);
        } catch (Throwable failure) {
            source.close();
            throw failure;
        }
    }

    /** {@return what it holds} */
    public DataDescription description() {
        return description;
    }

    /** {@return what messages call it: {@code demo}, or the folder it was read from} */
    public String name() {
        return description.name();
    }

    /** {@return the shape of every image} */
    public ImageShape shape() {
        return description.shape();
    }

    /** {@return the number of classes, 1 to {@value DataDescription#MOST_CLASSES}} */
    public int classes() {
        return description.classes();
    }

    /** {@return a copy of all labels, each from 0 to {@code classes() - 1}} */
    public int[] labels() {
        int[] all = new int[size];
        Arrays.setAll(all, this::label);
        return all;
    }

    /** {@return the name of each class, in the order of the labels; classes without names are named by their numbers} */
    public List<String> classNames() {
        return description.classNames();
    }

    /** {@return what turned raw samples into the bytes of these images; empty if the images are their bytes} */
    public Optional<Preprocessing> preprocessing() {
        return description.preprocessing();
    }

    /** {@return how a network for these images is trained if nobody says it; empty if there is no such advice} */
    public Optional<Recipe> recipe() {
        return description.preprocessing().flatMap(Preprocessing::recipe).map(recipe -> recipe.forSamples(size));
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
        return description.augmentation();
    }

    /**
     * Reads one image. Allocates nothing unless the image has to be decoded.
     *
     * @param index 0 to {@code size() - 1}
     * @param pixels takes {@code shape().values()} unsigned bytes from its beginning on: height × width × channels
     * @throws IndexOutOfBoundsException when there is no such image, or no room for it
     * @throws BitgradException when its file cannot be read, or is seen, by its size or a label, to have changed since
     *         the data set was opened
     */
    public void read(int index, byte[] pixels) {
        Objects.checkIndex(index, size);
        Objects.checkFromIndexSize(0, shape().values(), pixels.length);
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed"); // as memory says that has been freed
        }
        images.read(index, pixels);
    }

    /**
     * Tells that an image will be read soon, so that images that have to be decoded are decoded by several threads
     * meanwhile. Returns at once.
     *
     * @param index 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException when there is no such image
     */
    public void expect(int index) {
        Objects.checkIndex(index, size);
        images.expect(index);
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
        byte[] pixels = new byte[shape().values()];
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
        return classes() <= CLASSES_OF_A_BYTE
                ? Byte.toUnsignedInt(labels.get(ValueLayout.JAVA_BYTE, index))
                : Short.toUnsignedInt(labels.getAtIndex(ValueLayout.JAVA_SHORT, index));
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
            byte[] pixels = new byte[shape().values()];
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
            images.release();
            arena.close();
        }
    }
}
