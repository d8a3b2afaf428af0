package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * MNIST, and data sets that are distributed like it (Fashion-MNIST, KMNIST, EMNIST, QMNIST): four IDX files of images,
 * grey or in colour, and their labels. There are as many classes as the largest label of the training part tells. The
 * part for testing may be called {@code t10k} or {@code test}; the name of the data set may stand before all names, as
 * in {@code emnist-letters-train-images-idx3-ubyte}; each file may be gzipped, and its name may be spelled with a dot
 * ({@code train-images.idx3-ubyte}). Where several spellings lie side by side, files go before folders, those that are
 * not gzipped before those that are, and names without a dot before those with one.
 *
 * <p>
 * Gzipped images are unpacked into memory, because a gzip file can be read from its beginning only, but without the
 * zeros at both ends of their rows ({@link TrimmedImages}). EMNIST's images lie on their side in its files, and are
 * turned upright; the names of its classes are read from its mapping file if that lies beside them.
 */
final class IdxFolder implements FolderFormat {
    private static final Pattern NAME = Pattern.compile(
            "(?:(?<set>.+)-)?(?<part>train|t10k|test)-(?<what>images|labels)(?<dot>[-.])idx\\d-\\w+(?<gz>\\.gz)?");
    private static final String SIDEWAYS = "emnist";
    private static final String IMAGES = "images";
    private static final String LABELS = "labels";

    /** A file of the format, by its name. */
    private record Entry(Path path, String set, String part, String what, boolean dotted, boolean gzipped) {
        static Optional<Entry> of(Path path) {
            Matcher name = NAME.matcher(path.getFileName().toString());
            return name.matches()
                    ? Optional.of(new Entry(path, Optional.ofNullable(name.group("set")).orElse(""),
                            name.group("part"), name.group("what"), name.group("dot").equals("."),
                            name.group("gz") != null))
                    : Optional.empty();
        }

        boolean is(String ofSet, Split split, String kind) {
            return set.equals(ofSet) && what.equals(kind) && part.equals("train") == (split == Split.TRAIN);
        }
    }

    @Override
    public String files() {
        return "MNIST's files, such as train-images-idx3-ubyte.gz";
    }

    @Override
    public boolean isIn(Path folder) {
        return !entries(folder).isEmpty();
    }

    @Override
    public boolean isWhole(Path folder, Split split) {
        List<Entry> entries = entries(folder);
        return entries.stream().map(Entry::set).distinct().anyMatch(set -> Stream.of(IMAGES, LABELS)
                .allMatch(what -> entries.stream().anyMatch(entry -> entry.is(set, split, what))));
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.SERIES);
    }

    private static List<Entry> entries(Path folder) {
        String[] names = folder.toFile().list();
        return names == null
                ? List.of()
                : Arrays.stream(names).sorted().map(name -> Entry.of(folder.resolve(name))).flatMap(Optional::stream)
                        .toList();
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        return read(folder, split, options, options.classNames());
    }

    @Override
    public TrainAndTest readBoth(Path folder, ReadingOptions options) {
        Dataset train = read(folder, Split.TRAIN, options);
        return TrainAndTest.of(() -> train,
                () -> read(folder, Split.TEST, options, Optional.of(train.classNames())));
    }

    /** @param known the classes, where they are known already */
    private static Dataset read(Path folder, Split split, ReadingOptions options, Optional<List<String>> known) {
        List<Entry> entries = entries(folder);
        String set = set(folder, entries, options);
        Path imagesPath = find(folder, entries, set, split, IMAGES);
        Path labelsPath = find(folder, entries, set, split, LABELS);
        try (IdxFile images = IdxFile.open(imagesPath, IdxFile.Content.IMAGES);
                IdxFile labels = IdxFile.open(labelsPath, IdxFile.Content.LABELS)) {
            int size = images.dimension(0);
            if (size != labels.dimension(0)) {
                throw new BitgradException("%s has %s images but %s has %s labels: take both from the same download."
                        .formatted(imagesPath, size, labelsPath, labels.dimension(0)));
            }
            int[] classes = labels.readLabels();
            int most = Arrays.stream(classes).max().orElseThrow() + 1;
            List<String> names = known.orElseGet(() -> names(folder, set, most));
            for (int index = 0; index < size; index++) {
                DataFiles.requireLabel(labelsPath, index, classes[index], names.size());
            }
            ImageShape shape = images.imageShape();
            Dataset stored = dataset(images, DataDescription.of(folder.toString(), shape, names), classes);
            if (!set.startsWith(SIDEWAYS)) {
                return stored;
            }
            try (stored) {
                return stored.map(new ImageShape(shape.width(), shape.height(), shape.channels()),
                        (_, from, to) -> transpose(from, to, shape));
            }
        }
    }

    private static Dataset dataset(IdxFile images, DataDescription description, int[] classes) {
        ImageShape shape = description.shape();
        boolean trimmed = images.isGzipped() && shape.channels() == 1 && shape.width() <= TrimmedImages.MOST_COLUMNS;
        if (images.isGzipped() && !trimmed) {
            return Dataset.create(description, classes.length, (bytes, given) -> {
                for (int index = 0; index < classes.length; index++) {
                    given.set(index, classes[index]);
                }
                images.readInto(bytes);
            });
        }
        ImageSource source = trimmed ? trimmed(images, shape) : images.source();
        try {
            return Dataset.of(source, description, classes.length, given -> {
                for (int index = 0; index < classes.length; index++) {
                    given.set(index, classes[index]);
                }
            });
        } catch (Throwable failure) {
            source.close();
            throw failure;
        }
    }

    private static ImageSource trimmed(IdxFile images, ImageShape shape) {
        TrimmedImages trimmed = new TrimmedImages(images.dimension(0), shape.height(), shape.width());
        try {
            images.readImages(trimmed::add);
            return trimmed;
        } catch (Throwable failure) {
            trimmed.close();
            throw failure;
        }
    }

    private static void transpose(byte[] from, byte[] to, ImageShape shape) {
        int channels = shape.channels();
        for (int row = 0; row < shape.height(); row++) {
            for (int column = 0; column < shape.width(); column++) {
                System.arraycopy(from, (row * shape.width() + column) * channels, to,
                        (column * shape.height() + row) * channels, channels);
            }
        }
    }

    /** The name of the data set that stands before the names of its files; empty as in MNIST. */
    private static String set(Path folder, List<Entry> entries, ReadingOptions options) {
        Set<String> sets = new TreeSet<>(entries.stream().map(Entry::set).toList());
        Optional<String> chosen = options.get(ReadingOptions.SERIES);
        if (chosen.isPresent() && !sets.contains(chosen.get())) {
            throw new BitgradException("Folder %s has no data set named %s: it has %s.".formatted(folder,
                    Names.printable(chosen.get()), String.join(", ", sets)));
        }
        if (chosen.isEmpty() && sets.size() > 1 && !sets.contains("")) {
            throw new BitgradException("Folder %s holds several data sets (%s): say the series that is wanted."
                    .formatted(folder, String.join(", ", sets)));
        }
        return chosen.orElse(sets.contains("") ? "" : sets.iterator().next());
    }

    private static Path find(Path folder, List<Entry> entries, String set, Split split, String what) {
        Comparator<Entry> order = Comparator.comparing((Entry entry) -> !Files.isRegularFile(entry.path()))
                .thenComparing(Entry::gzipped).thenComparing(Entry::dotted);
        return entries.stream().filter(entry -> entry.is(set, split, what)).min(order).map(Entry::path)
                .orElseThrow(() -> new BitgradException("%s is missing: put it there, as it is or with .gz."
                        .formatted(folder.resolve(usualName(set, split, what)))));
    }

    private static String usualName(String set, Split split, String what) {
        return "%s%s-%s-idx%s-ubyte".formatted(set.isEmpty() ? "" : set + "-",
                split == Split.TRAIN ? "train" : set.isEmpty() ? "t10k" : "test", what, what.equals(IMAGES) ? 3 : 1);
    }

    /**
     * The names of classes by EMNIST's mapping file, which has a line for each label: the label, and the code of the
     * character. Without a file that names each class differently, they are numbers.
     */
    private static List<String> names(Path folder, String set, int classes) {
        Path mapping = folder.resolve(set + "-mapping.txt");
        String[] names = DataDescription.numbers(classes).toArray(String[]::new);
        if (!Files.isRegularFile(mapping)) {
            return List.of(names);
        }
        try (Stream<String> lines = Files.lines(mapping)) {
            lines.filter(line -> line.matches("\\d{1,5} \\d{1,5}.*")).map(line -> line.split(" "))
                    .filter(words -> Integer.parseInt(words[0]) < classes)
                    .forEach(words -> names[Integer.parseInt(words[0])] =
                            Character.toString(Integer.parseInt(words[1])));
        } catch (IOException failure) {
            throw DataFiles.unreadable(mapping, failure);
        }
        return new HashSet<>(List.of(names)).size() == classes ? List.of(names) : DataDescription.numbers(classes);
    }
}
