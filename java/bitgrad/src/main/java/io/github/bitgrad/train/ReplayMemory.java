package io.github.bitgrad.train;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.ReplayFile;
import io.github.bitgrad.checkpoint.ReplayFile.Form;
import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Samples that a training mixes with new ones, so that a network does not forget what it learned earlier (experience
 * replay). A sample is kept as the bytes that the network takes, or, where the first part of the network is frozen, as
 * the signs that this part makes of it, one bit each. The samples are a selection of all that were ever offered: as
 * evenly from all classes as possible, and at random within a class (class-balancing reservoir sampling, Chrysakis and
 * Moens, ICML 2020).
 *
 * <p>
 * The memory is off-heap. It is taken when a trainer uses the memory for the first time, and given back by
 * {@link #close()}. One thread may use this object at a time.
 */
public final class ReplayMemory implements AutoCloseable {
    /** The bytes that a replay memory takes unless told otherwise. */
    public static final long DEFAULT_BYTES = 2 << 20;

    /** The places that there are at first. They are doubled when all are taken, up to the capacity. */
    private static final int FIRST_PLACES = 16;

    private final long bytes;
    /** Owns the samples; a new one when there are more places. */
    private Arena arena = Arena.ofShared();
    private Optional<Form> form = Optional.empty();
    private MemorySegment samples = MemorySegment.NULL;
    /** As many as there are places. */
    private int[] labels = new int[0];
    private int size;
    /** How many samples of each class were ever offered, and how many are kept. */
    private long[] offered = new long[0];
    private int[] kept = new int[0];

    private ReplayMemory(long bytes) {
        this.bytes = bytes;
    }

    /**
     * A memory without samples.
     *
     * @param bytes the most bytes that the samples and their labels take, from 1 to 2³⁰
     */
    public static ReplayMemory of(long bytes) {
        if (bytes < 1 || bytes > ReplayFile.MOST_BYTES) {
            throw new IllegalArgumentException("A replay memory must have from 1 to %s bytes, but has %s."
                    .formatted(ReplayFile.MOST_BYTES, bytes));
        }
        return new ReplayMemory(bytes);
    }

    /**
     * Reads what {@link #save} has written.
     *
     * @throws BitgradException if there is no such file, or it is damaged
     */
    public static ReplayMemory load(Path file) {
        ReplayFile read = ReplayFile.read(file);
        ReplayMemory memory = of(read.bytes());
        memory.begin(read.form());
        memory.size = read.labels().length;
        memory.makePlaces(Math.max(memory.size, FIRST_PLACES));
        System.arraycopy(read.labels(), 0, memory.labels, 0, memory.size);
        System.arraycopy(read.offered(), 0, memory.offered, 0, memory.offered.length);
        for (int label : read.labels()) {
            memory.kept[label]++;
        }
        MemorySegment.copy(read.samples(), 0, memory.samples, ValueLayout.JAVA_BYTE, 0, read.samples().length);
        return memory;
    }

    /**
     * Writes all samples. Whoever has this file has the samples, or what the frozen part of the network keeps of them. A
     * file of that name is replaced in one moment, when all has been written.
     *
     * @throws BitgradException if the file cannot be written; a file of that name stays as it was
     * @throws IllegalStateException if no trainer has used this memory
     */
    public void save(Path file) {
        Form written = form.orElseThrow(() -> new IllegalStateException(
                "The replay memory has nothing to save, because no training has used it."));
        byte[] contents = samples.asSlice(0, (long) size * written.sampleBytes()).toArray(ValueLayout.JAVA_BYTE);
        ReplayFile.write(file, new ReplayFile(bytes, written, offered.clone(), Arrays.copyOf(labels, size), contents));
    }

    /** The most bytes that the samples and their labels take. */
    public long bytes() {
        return bytes;
    }

    /** How many samples there are. */
    public int size() {
        return size;
    }

    /** How many samples there can be; 0 as long as no trainer has used this memory. */
    public int capacity() {
        return form.map(kept -> (int) (bytes / (kept.sampleBytes() + Integer.BYTES))).orElse(0);
    }

    /** The names of the classes that samples may have; empty as long as no trainer has used this memory. */
    public List<String> classNames() {
        return form.map(Form::classNames).orElse(List.of());
    }

    /** How many samples there are of each class. */
    public int[] samplesOfClasses() {
        return kept.clone();
    }

    /**
     * Where in the network the samples are from: {@code input} or the name of the last frozen block; empty as long as no
     * trainer has used this memory.
     */
    public Optional<String> place() {
        return form.map(Form::place);
    }

    /**
     * Begins to keep samples of a form, or checks that these are the samples that there are. A memory may be used for
     * more classes than it was, if it knows all earlier ones by name.
     *
     * @throws BitgradException if the samples are those of another network or of other data
     */
    void use(Form wanted) {
        if (form.isEmpty()) {
            begin(wanted);
            return;
        }
        Form before = form.get();
        if (!before.withClasses(List.of()).equals(wanted.withClasses(List.of()))) {
            throw new BitgradException(
                    "The replay memory has samples of %s, but this training wants samples of %s; take the memory that was made with this network and the same frozen layers, or make a new one."
                            .formatted(before, wanted));
        }
        List<String> unknown = new ArrayList<>(before.classNames());
        unknown.removeAll(wanted.classNames());
        if (!unknown.isEmpty()) {
            throw new BitgradException(
                    "The replay memory has samples of class %s, which the network does not know; let the network keep that class, or make a new memory."
                            .formatted(unknown.getFirst()));
        }
        relabel(before.classNames(), wanted.classNames());
        form = Optional.of(wanted);
    }

    private void relabel(List<String> before, List<String> wanted) {
        long[] offeredBefore = offered;
        int[] keptBefore = kept;
        offered = new long[wanted.size()];
        kept = new int[wanted.size()];
        int[] changed = before.stream().mapToInt(wanted::indexOf).toArray();
        for (int label = 0; label < changed.length; label++) {
            offered[changed[label]] = offeredBefore[label];
            kept[changed[label]] = keptBefore[label];
        }
        for (int i = 0; i < size; i++) {
            labels[i] = changed[labels[i]];
        }
    }

    private void begin(Form first) {
        form = Optional.of(first);
        if (capacity() < 2) {
            form = Optional.empty();
            throw new BitgradException(
                    "A replay memory of %s bytes has no room for two samples of %s bytes each; give it more."
                            .formatted(bytes, first.sampleBytes()));
        }
        offered = new long[first.classNames().size()];
        kept = new int[first.classNames().size()];
    }

    private void makePlaces(int wanted) {
        int places = Math.min(wanted, capacity());
        Arena larger = Arena.ofShared();
        try {
            MemorySegment moved = larger.allocate((long) places * form.orElseThrow().sampleBytes(), Long.BYTES);
            moved.copyFrom(samples);
            samples = moved;
        } catch (OutOfMemoryError refused) {
            larger.close();
            throw new BitgradException(
                    "The replay memory needs %s bytes, which are not to be had; give it less."
                            .formatted((long) places * form.orElseThrow().sampleBytes()),
                    refused);
        }
        labels = Arrays.copyOf(labels, places);
        arena.close();
        arena = larger;
    }

    /**
     * Offers a sample, which is then kept or not.
     *
     * @param sample as many bytes as the form says
     */
    void offer(MemorySegment sample, int label) {
        offered[label]++;
        int place = placeFor(label);
        if (place >= 0) {
            int sampleBytes = form.orElseThrow().sampleBytes();
            MemorySegment.copy(sample, 0, samples, (long) place * sampleBytes, sampleBytes);
            labels[place] = label;
        }
    }

    /** The place that a new sample gets; −1 if it is not kept. */
    private int placeFor(int label) {
        if (size < capacity()) {
            if (size == labels.length) {
                makePlaces(Math.max(FIRST_PLACES, 2 * size));
            }
            kept[label]++;
            return size++;
        }
        SplittableRandom random = new SplittableRandom(Arrays.stream(offered).sum());
        int most = Arrays.stream(kept).max().orElseThrow();
        if (kept[label] == most) {
            return random.nextLong(offered[label]) < kept[label] ? sampleOf(label, random.nextInt(kept[label])) : -1;
        }
        int[] largest = IntStream.range(0, kept.length).filter(c -> kept[c] == most).toArray();
        int from = largest[random.nextInt(largest.length)];
        int place = sampleOf(from, random.nextInt(kept[from]));
        kept[from]--;
        kept[label]++;
        return place;
    }

    /** The place of the sample that has this number among those of its class. */
    private int sampleOf(int label, int number) {
        int left = number;
        for (int place = 0; place < size; place++) {
            if (labels[place] == label && left-- == 0) {
                return place;
            }
        }
        throw new IllegalStateException("There is no sample %s of class %s.".formatted(number, label));
    }

    int label(int index) {
        return labels[index];
    }

    /** Copies a sample. */
    void read(int index, byte[] to) {
        MemorySegment.copy(samples, ValueLayout.JAVA_BYTE, (long) index * to.length, to, 0, to.length);
    }

    /**
     * Copies a sample, which is packed signs, to a matrix of signs.
     *
     * @param images how many images the matrix has
     * @param image which of them the sample becomes
     */
    void read(int index, Buffer matrix, long images, long image) {
        SignRows.write(matrix, images, image, samples, (long) index * form.orElseThrow().sampleBytes());
    }

    /** A number that differs where samples or labels differ. */
    String digest() {
        CRC32C crc = new CRC32C();
        crc.update(samples.asSlice(0, (long) size * form.map(Form::sampleBytes).orElse(0)).asByteBuffer());
        for (int i = 0; i < size; i++) {
            crc.update(labels[i]);
            crc.update(labels[i] >> Byte.SIZE);
        }
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** Gives the memory back; closing again does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
