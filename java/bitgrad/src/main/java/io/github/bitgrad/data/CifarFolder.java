package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.archive.TarEntries;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * CIFAR-10 and CIFAR-100, 32x32 in colour. In their binary versions: as a folder of files, or as the gzipped archive that
 * is downloaded, whose images are unpacked into memory. In their versions for Python: as a folder of files, which are
 * pickles. A file of the binary version consists of records. Each record has a label (CIFAR-100:
 * one of 20 coarse classes, then one of 100 fine classes, which is read unless the series {@code coarse} is asked for),
 * then the red plane of the image, its green plane and its blue plane, row by row. The official files have 10,000
 * records each, or 50,000, but any number from 1 on is read.
 */
final class CifarFolder implements FolderFormat {
    private static final ImageShape SHAPE = new ImageShape(32, 32, 3);
    private static final int PIXELS = SHAPE.height() * SHAPE.width();
    private static final String COARSE = "coarse";
    private static final String FINE = "fine";

    /** What the two data sets differ in. */
    private enum Variant {
        TEN("CIFAR-10", 1,
                IntStream.rangeClosed(1, 5).mapToObj("data_batch_%s.bin"::formatted).toList(), "test_batch.bin"),
        HUNDRED("CIFAR-100", 2, List.of("train.bin"), "test.bin");

        private final String label;
        private final int labelBytes;
        private final List<String> trainFiles;
        private final String testFile;

        Variant(String label, int labelBytes, List<String> trainFiles, String testFile) {
            this.label = label;
            this.labelBytes = labelBytes;
            this.trainFiles = trainFiles;
            this.testFile = testFile;
        }

        int recordBytes() {
            return labelBytes + SHAPE.values();
        }

        /** More records in each file would be more images than a data set can have. */
        int mostRecords() {
            return Integer.MAX_VALUE / trainFiles.size();
        }

        List<String> files(Split split) {
            return split == Split.TRAIN ? trainFiles : List.of(testFile);
        }

        Stream<String> allFiles() {
            return Stream.concat(trainFiles.stream(), Stream.of(testFile));
        }

        /** The labels of an image in the order of a record, as the version for Python calls them. */
        List<String> pythonLabels() {
            return this == TEN ? List.of("labels") : List.of("coarse_labels", "fine_labels");
        }

        boolean isIn(Path folder) {
            return this == TEN
                    ? allFiles().anyMatch(name -> Files.exists(folder.resolve(name)))
                    : allFiles().map(folder::resolve).anyMatch(file -> Files.isRegularFile(file)
                            && (file.toFile().length() % recordBytes() == 0
                                    || Files.exists(folder.resolve("fine_label_names.txt"))));
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** The classes of CIFAR-10 in the order of the labels, as batches.meta.txt has them. */
    private static final List<String> TEN_NAMES = List.of("airplane", "automobile", "bird", "cat", "deer", "dog",
            "frog", "horse", "ship", "truck");
    private static final List<String> PYTHON_META = List.of("batches.meta", "meta");

    @Override
    public String files() {
        return "CIFAR's files, such as data_batch_1.bin";
    }

    @Override
    public boolean isIn(Path source) {
        return isArchive(source) || variant(source).isPresent() || isForPython(source);
    }

    private static boolean isArchive(Path source) {
        String name = String.valueOf(source.getFileName());
        return Files.isRegularFile(source) && (name.endsWith(".tar.gz") || name.endsWith(".tgz"));
    }

    /** The files of the versions for Python have no ending, and a file beside them names the classes. */
    private static boolean isForPython(Path folder) {
        return PYTHON_META.stream().map(folder::resolve).anyMatch(Files::isRegularFile)
                && Arrays.stream(Variant.values()).anyMatch(variant -> variant.allFiles()
                        .map(name -> folder.resolve(pythonName(name))).anyMatch(Files::isRegularFile));
    }

    private static String pythonName(String name) {
        return name.replaceAll("[.]bin$", "");
    }

    private static Variant pythonVariant(Path folder) {
        return Files.isRegularFile(folder.resolve(PYTHON_META.getFirst())) ? Variant.TEN : Variant.HUNDRED;
    }

    private static Optional<Variant> variant(Path folder) {
        return Arrays.stream(Variant.values()).filter(variant -> variant.isIn(folder)).findFirst();
    }

    @Override
    public boolean isWhole(Path source, Split split) {
        Optional<Variant> binary = variant(source);
        return isArchive(source) || binary.orElseGet(() -> pythonVariant(source)).files(split).stream()
                .map(name -> source.resolve(binary.isPresent() ? name : pythonName(name))).allMatch(Files::exists);
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.SERIES);
    }

    @Override
    public Dataset read(Path source, Split split, ReadingOptions options) {
        if (isArchive(source)) {
            return readArchive(source, split, options);
        }
        Optional<Variant> binary = variant(source);
        Variant variant = binary.orElseGet(() -> pythonVariant(source));
        List<RecordFile> files = new ArrayList<>();
        try {
            for (String name : variant.files(split)) {
                files.add(binary.isPresent()
                        ? InFile.open(source.resolve(name), variant)
                        : InPickle.open(source.resolve(pythonName(name)), variant));
            }
            return dataset(source, variant, files, names(source, variant, options), options);
        } catch (Throwable failure) {
            files.forEach(RecordFile::close);
            throw failure;
        }
    }

    private static Dataset dataset(Path source, Variant variant, List<RecordFile> files, List<String> names,
            ReadingOptions options) {
        int labelAt = variant.labelBytes - 1;
        if (variant == Variant.HUNDRED && series(source, options).equals(COARSE)) {
            labelAt = 0;
        }
        Records records = new Records(files, variant, labelAt, names.size());
        return Dataset.of(records, DataDescription.of(source.toString(), SHAPE, names).with(Augmentation.SHIFT_FLIP),
                records.size(), records::readLabels);
    }

    private static String series(Path source, ReadingOptions options) {
        String series = options.get(ReadingOptions.SERIES).orElse(FINE);
        if (!series.equals(FINE) && !series.equals(COARSE)) {
            throw new BitgradException("The classes of CIFAR-100 in %s are %s or %s, not %s: name one of them."
                    .formatted(source, FINE, COARSE, series));
        }
        return series;
    }

    /**
     * CIFAR-100 brings the names of its classes in a file, with a line for each, or in the version for Python in a pickle;
     * without it, they are numbers.
     */
    private static List<String> names(Path folder, Variant variant, ReadingOptions options) {
        if (variant == Variant.TEN) {
            if (options.get(ReadingOptions.SERIES).isPresent()) {
                throw new BitgradException("CIFAR-10 in %s has one series of classes: leave the series out."
                        .formatted(folder));
            }
            return TEN_NAMES;
        }
        String series = series(folder, options);
        List<String> numbers = DataDescription.numbers(series.equals(FINE) ? 100 : 20);
        Path lines = folder.resolve(series + "_label_names.txt");
        Path pickle = folder.resolve(PYTHON_META.getLast());
        List<String> names = List.of();
        if (Files.isRegularFile(lines)) {
            try {
                names = Files.readAllLines(lines).stream().map(String::strip).filter(name -> !name.isEmpty()).toList();
            } catch (IOException failure) {
                throw DataFiles.unreadable(lines, failure);
            }
        } else if (Files.isRegularFile(pickle)) {
            try {
                names = Pickle.texts(Pickle.read(pickle).get(series + "_label_names"));
            } catch (IOException failure) {
                throw notForPython(pickle, failure);
            }
        }
        return new HashSet<>(names).size() == numbers.size() ? names : numbers;
    }

    private static BitgradException notForPython(Path file, IOException failure) {
        return new BitgradException(
                "%s is not a file of CIFAR's version for Python (%s): put a whole, unchanged copy there."
                        .formatted(file, Pickle.reason(failure)),
                failure);
    }

    private static Dataset readArchive(Path archive, Split split, ReadingOptions options) {
        Map<String, RecordFile> found = new HashMap<>();
        Variant variant = null;
        try (InputStream file = Files.newInputStream(archive);
                InputStream in = new BufferedInputStream(new GZIPInputStream(file, 1 << 16))) {
            TarEntries entries = new TarEntries(in);
            for (Optional<String> next = entries.next(); next.isPresent(); next = entries.next()) {
                String name = next.get();
                if (PYTHON_META.contains(name)) {
                    throw new BitgradException(
                            "%s holds CIFAR's version for Python, which is not read from an archive: unpack it, and give the folder."
                                    .formatted(archive));
                }
                for (Variant known : Variant.values()) {
                    if (known.allFiles().anyMatch(name::equals)) {
                        variant = known;
                        if (known.files(split).contains(name) && !found.containsKey(name)) {
                            found.put(name, InMemory.read(archive, name, known, entries));
                        }
                    }
                }
            }
            if (variant == null) {
                throw new BitgradException(
                        "%s holds no data set that can be read from an archive: unpack it, and give the folder."
                                .formatted(archive));
            }
            for (String name : variant.files(split)) {
                if (!found.containsKey(name)) {
                    throw new BitgradException("%s is missing in %s: download the archive again.".formatted(name,
                            archive));
                }
            }
            return dataset(archive, variant, variant.files(split).stream().map(found::get).toList(),
                    names(archive.resolveSibling("none"), variant, options), options);
        } catch (IOException failure) {
            found.values().forEach(RecordFile::close);
            throw new BitgradException("%s is not an undamaged archive (%s): download it again.".formatted(archive,
                    failure.getMessage() == null ? "it is cut off" : failure.getMessage()), failure);
        } catch (Throwable failure) {
            found.values().forEach(RecordFile::close);
            throw failure;
        }
    }

    /** One file of records. */
    private sealed interface RecordFile {
        /** What messages call it. */
        Path path();

        int count();

        void read(int index, byte[] record);

        void close();
    }

    private record InFile(Path path, DataFile file, int recordBytes) implements RecordFile {
        static InFile open(Path path, Variant variant) {
            if (!Files.exists(path)) {
                throw new BitgradException("%s is missing: put it there.".formatted(path));
            }
            DataFile file = DataFile.open(path);
            try {
                requireRecords(path, file.size(), variant);
                return new InFile(path, file, variant.recordBytes());
            } catch (Throwable failure) {
                file.close();
                throw failure;
            }
        }

        static void requireRecords(Path path, long bytes, Variant variant) {
            long records = bytes / variant.recordBytes();
            if (bytes % variant.recordBytes() != 0 || records < 1 || records > variant.mostRecords()) {
                throw new BitgradException(
                        ("%s is cut off or has bytes too many (expected %s bytes for each of 1 to %s images, found %s): "
                                + "put a whole, unchanged copy there.")
                                .formatted(path, variant.recordBytes(), variant.mostRecords(), bytes));
            }
        }

        @Override
        public int count() {
            return (int) (file.size() / recordBytes);
        }

        @Override
        public void read(int index, byte[] record) {
            file.read((long) index * recordBytes, record, recordBytes);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /**
     * A pickle with an array of images, of which only the place is kept in memory, and lists of labels.
     *
     * @param begin where the images are in the file
     * @param labels the bytes of the labels of each image, in the order of a record
     * @param pixels room for an image
     */
    private record InPickle(Path path, DataFile file, long begin, byte[][] labels, byte[] pixels)
            implements RecordFile {
        static InPickle open(Path path, Variant variant) {
            if (!Files.exists(path)) {
                throw new BitgradException("%s is missing: put it there.".formatted(path));
            }
            DataFile file = DataFile.open(path);
            try {
                Map<String, Object> contents = Pickle.read(path);
                Pickle.Place images = Pickle.rows(contents.get("data"), SHAPE.values());
                byte[][] labels = new byte[variant.labelBytes][];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = Pickle.bytes(contents.get(variant.pythonLabels().get(i)));
                    Pickle.require((long) labels[i].length * SHAPE.values() == images.bytes(),
                            "it has %s labels, but not as many images".formatted(labels[i].length));
                }
                Pickle.require(images.begin() + images.bytes() <= file.size(), "it is cut off");
                Pickle.require(labels[0].length <= variant.mostRecords(), "it has too many images");
                return new InPickle(path, file, images.begin(), labels, new byte[SHAPE.values()]);
            } catch (IOException failure) {
                file.close();
                throw notForPython(path, failure);
            } catch (Throwable failure) {
                file.close();
                throw failure;
            }
        }

        @Override
        public int count() {
            return labels[0].length;
        }

        @Override
        public void read(int index, byte[] record) {
            file.read(begin + (long) index * pixels.length, pixels, pixels.length);
            for (int i = 0; i < labels.length; i++) {
                record[i] = labels[i][index];
            }
            System.arraycopy(pixels, 0, record, labels.length, pixels.length);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private record InMemory(Path path, PackedImages records, int count) implements RecordFile {
        static InMemory read(Path archive, String name, Variant variant, TarEntries entries) throws IOException {
            Path path = archive.resolve(name);
            InFile.requireRecords(path, entries.bytes(), variant);
            PackedImages records = new PackedImages(variant.recordBytes());
            try {
                int count = (int) (entries.bytes() / variant.recordBytes());
                byte[] record = new byte[variant.recordBytes()];
                for (int index = 0; index < count; index++) {
                    entries.read(record);
                    records.add(record);
                }
                return new InMemory(path, records, count);
            } catch (Throwable failure) {
                records.close();
                throw failure;
            }
        }

        @Override
        public void read(int index, byte[] record) {
            records.read(index, record);
        }

        @Override
        public void close() {
            records.close();
        }
    }

    /** The records of several files, counted through. */
    private static final class Records implements ImageSource {
        private final List<RecordFile> files;
        private final int labelAt;
        private final int labelBytes;
        private final int classes;
        private final byte[] record;
        private final byte[] labels;

        /** @param labelAt the byte of a record that is the label */
        Records(List<RecordFile> files, Variant variant, int labelAt, int classes) {
            this.files = List.copyOf(files);
            this.labelAt = labelAt;
            this.classes = classes;
            labelBytes = variant.labelBytes;
            record = new byte[variant.recordBytes()];
            labels = new byte[size()];
        }

        int size() {
            return files.stream().mapToInt(RecordFile::count).sum();
        }

        /** Reads whole records, not only labels, so that a damaged file is found before a training begins. */
        void readLabels(Labels into) {
            int first = 0;
            for (RecordFile file : files) {
                int count = file.count();
                for (int index = 0; index < count; index++) {
                    file.read(index, record);
                    int label = Byte.toUnsignedInt(record[labelAt]);
                    DataFiles.requireLabel(file.path(), index, label, classes);
                    labels[first + index] = record[labelAt];
                    into.set(first + index, label);
                }
                first += count;
            }
        }

        @Override
        public synchronized void read(int index, byte[] pixels) {
            int number = 0;
            int inFile = index;
            for (; inFile >= files.get(number).count(); number++) {
                inFile -= files.get(number).count();
            }
            files.get(number).read(inFile, record);
            if (record[labelAt] != labels[index]) {
                throw DataFiles.changed(files.get(number).path());
            }
            interleave(record, labelBytes, pixels);
        }

        @Override
        public void close() {
            files.forEach(RecordFile::close);
        }
    }

    /**
     * Turns the planes of a record, which follow its labels, into an image whose pixels have their channels side by
     * side.
     */
    private static void interleave(byte[] record, int begin, byte[] image) {
        int channels = SHAPE.channels();
        for (int channel = 0; channel < channels; channel++) {
            int plane = begin + channel * PIXELS;
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                image[pixel * channels + channel] = record[plane + pixel];
            }
        }
    }
}
