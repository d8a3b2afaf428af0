package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A folder of pictures: {@code train/CLASS/picture.jpg} and {@code test/CLASS/picture.jpg} (or {@code val}), as ImageNet
 * has them, or {@code CLASS/picture.jpg} alone, of which a fraction is kept for testing. The names of the folders are
 * the classes, in the order of the names. Pictures may also lie in folders within those of the classes.
 *
 * <p>
 * A picture is decoded when it is wanted. One that is damaged is named in a warning, and the next picture of its class
 * takes its place; with {@link ReadingOptions#STRICT} it is an error. With {@link ReadingOptions#CACHE}, all pictures
 * are decoded once and kept as bytes in a file, and those that are damaged are left out.
 */
public final class PictureFolder implements FolderFormat {
    private static final ImageShape DEFAULT_SHAPE = new ImageShape(32, 32, 3);
    private static final String TRAIN = "train";
    private static final List<String> TESTS = List.of("test", "val");
    private static final long DEFAULT_SEED = 1;

    /** For the service loader. */
    public PictureFolder() {
    }

    @Override
    public String files() {
        return "a folder of pictures for each class, in train and test or by themselves";
    }

    @Override
    public boolean isIn(Path source) {
        return Files.isDirectory(source) && (ClassFolders.holdsPictures(source)
                || ClassFolders.holdsPictures(source.resolve(TRAIN)) || testFolder(source).isPresent());
    }

    @Override
    public boolean isWhole(Path source, Split split) {
        return switch (split) {
            case TRAIN -> ClassFolders.holdsPictures(trainFolder(source));
            case TEST -> testFolder(source).isPresent() || ClassFolders.holdsPictures(trainFolder(source));
        };
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED, ReadingOptions.STRICT,
                ReadingOptions.CACHE, ReadingOptions.IMAGE_SHAPE);
    }

    private static Path trainFolder(Path source) {
        Path train = source.resolve(TRAIN);
        return ClassFolders.holdsPictures(train) || testFolder(source).isPresent() ? train : source;
    }

    private static Optional<Path> testFolder(Path source) {
        return TESTS.stream().map(source::resolve).filter(ClassFolders::holdsPictures).findFirst();
    }

    @Override
    public Dataset read(Path source, Split split, ReadingOptions options) {
        Optional<Path> testFolder = testFolder(source);
        Optional<Double> fraction = options.get(ReadingOptions.TEST_FRACTION);
        if (testFolder.isPresent() && fraction.isPresent()) {
            throw new BitgradException("Folder %s has a test part of its own, %s: leave out the test fraction."
                    .formatted(source, testFolder.get()));
        }
        if (testFolder.isPresent()) {
            Path train = trainFolder(source);
            Path folder = split == Split.TRAIN ? train : testFolder.get();
            if (split == Split.TRAIN || Files.isDirectory(train)) {
                requireSameClasses(train, testFolder.get(), split);
            }
            return dataset(source, folder, split.name(), options);
        }
        Path folder = trainFolder(source);
        if (fraction.isEmpty() && split == Split.TEST) {
            throw new BitgradException(
                    "Folder %s has no test part: give a test fraction, such as 0.2, or put test pictures into %s."
                            .formatted(source, source.resolve(TESTS.getFirst())));
        }
        Dataset all = dataset(source, folder, "all", options);
        if (fraction.isEmpty()) {
            return all;
        }
        try (all) {
            var parts = all.split(fraction.get(), options.get(ReadingOptions.SPLIT_SEED).orElse(DEFAULT_SEED));
            Dataset wanted = split == Split.TRAIN ? parts.train() : parts.test();
            (split == Split.TRAIN ? parts.test() : parts.train()).close();
            return wanted;
        }
    }

    /** Where one part alone has a class, either part was copied wrongly. */
    private static void requireSameClasses(Path train, Path test, Split read) {
        List<String> trained = ClassFolders.names(train);
        List<String> tested = ClassFolders.names(test);
        if (trained.isEmpty() && read == Split.TEST) {
            return;
        }
        requireAll(trained, tested, train, test);
        requireAll(tested, trained, test, train);
    }

    private static void requireAll(List<String> wanted, List<String> found, Path from, Path in) {
        wanted.stream().filter(name -> !found.contains(name)).findFirst().ifPresent(name -> {
            throw new BitgradException("Class %s is in %s but not in %s: put its pictures there, or take it away."
                    .formatted(name, from, in));
        });
    }

    private static Dataset dataset(Path source, Path folder, String part, ReadingOptions options) {
        ClassFolders classes = ClassFolders.list(folder, options.classNames());
        ImageShape shape = options.get(ReadingOptions.IMAGE_SHAPE).orElseGet(() -> options.preprocessing()
                .filter(PicturePreprocessing.class::isInstance).map(kept -> kept.shape()).orElse(DEFAULT_SHAPE));
        PicturePreprocessing preprocessing = new PicturePreprocessing(shape);
        DataDescription description = DataDescription.of(source.toString(), shape, classes.classNames())
                .with(Augmentation.SHIFT_FLIP).with(preprocessing);
        boolean strict = options.get(ReadingOptions.STRICT).orElse(false);
        Optional<Path> cache = options.get(ReadingOptions.CACHE);
        if (cache.isPresent()) {
            Path file = cache.get().resolveSibling(cache.get().getFileName() + "." + part.toLowerCase(Locale.ROOT));
            return PictureCache.open(file, classes, preprocessing, description, strict);
        }
        PictureSource pictures = new PictureSource(classes, preprocessing, strict);
        try {
            return Dataset.of(pictures, description, classes.size(), labels -> {
                for (int index = 0; index < classes.size(); index++) {
                    labels.set(index, classes.label(index));
                }
            });
        } catch (Throwable failure) {
            pictures.close();
            throw failure;
        }
    }
}
