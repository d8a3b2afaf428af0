package io.github.bitgrad.formats.picture;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.StratifiedSplit;
import io.github.bitgrad.data.TestPart;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.formats.ClassFolders;
import io.github.bitgrad.formats.FileKind;
import io.github.bitgrad.formats.PartFolders;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final FileKind PICTURES = new FileKind("picture", PictureFile::isNamedAsPicture);

    /** For the service loader. */
    public PictureFolder() {
    }

    @Override
    public String files() {
        return "a folder of pictures for each class";
    }

    @Override
    public boolean isIn(Path source) {
        PartFolders parts = parts(source);
        return Files.isDirectory(source) && (parts.test().isPresent() || holdsPictures(parts.train()));
    }

    private static PartFolders parts(Path source) {
        return PartFolders.in(source, PictureFolder::holdsPictures);
    }

    private static boolean holdsPictures(Path folder) {
        return ClassFolders.hold(folder, PICTURES);
    }

    @Override
    public boolean isWhole(Path source, Split split) {
        PartFolders parts = parts(source);
        return split == Split.TEST && parts.test().isPresent() || holdsPictures(parts.train());
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.TEST_FRACTION, ReadingOptions.SPLIT_SEED, ReadingOptions.STRICT,
                ReadingOptions.CACHE, ReadingOptions.IMAGE_SHAPE);
    }

    @Override
    public Dataset read(Path source, Split split, ReadingOptions options) {
        PartFolders parts = parts(source);
        if (parts.test().isPresent()) {
            return readPart(source, parts, split, options);
        }
        TestPart kept = TestPart.of(source, options);
        kept.require(split);
        try (Dataset all = readAll(source, parts, options)) {
            return all.subset(kept.choose(all.labels(), all.classes()).part(split));
        }
    }

    @Override
    public TrainAndTest readBoth(Path source, ReadingOptions options) {
        PartFolders parts = parts(source);
        if (parts.test().isPresent()) {
            return TrainAndTest.of(() -> readPart(source, parts, Split.TRAIN, options),
                    () -> readPart(source, parts, Split.TEST, options));
        }
        TestPart kept = TestPart.of(source, options);
        kept.require(Split.TEST);
        try (Dataset all = readAll(source, parts, options)) {
            StratifiedSplit chosen = kept.choose(all.labels(), all.classes());
            return TrainAndTest.of(() -> all.subset(chosen.train()), () -> all.subset(chosen.test()));
        }
    }

    private static Dataset readAll(Path source, PartFolders parts, ReadingOptions options) {
        return dataset(source, parts.train(), "all", options);
    }

    private static Dataset readPart(Path source, PartFolders parts, Split split, ReadingOptions options) {
        TestPart.requireNone(source, options);
        parts.requireSameClasses(split);
        return dataset(source, parts.folder(split), split.name(), options);
    }

    private static Dataset dataset(Path source, Path folder, String part, ReadingOptions options) {
        ClassFolders classes = ClassFolders.list(folder, PICTURES, options.classNames());
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
