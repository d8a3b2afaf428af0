package io.github.bitgrad.formats.svhn;

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
import java.util.Set;
import java.util.stream.Stream;

/**
 * SVHN's cropped digits, 32x32 in colour: {@code train_32x32.mat}, {@code test_32x32.mat}, and {@code extra_32x32.mat},
 * which joins the training images if the series {@code extra} is asked for. The digit 0, whose label in the files is 10,
 * is class 0. Files are unpacked into off-heap memory. Images are augmented by shifts alone, because a mirrored digit is
 * another one.
 */
public final class SvhnFolder implements FolderFormat {
    static final String TRAIN = "train_32x32.mat";
    static final String TEST = "test_32x32.mat";
    static final String EXTRA = "extra_32x32.mat";
    private static final String WITH_EXTRA = "extra";
    private static final int CLASSES = 10;
    private static final ImageShape SHAPE = new ImageShape(32, 32, 3);

    /** For the service loader. */
    public SvhnFolder() {
    }

    @Override
    public String files() {
        return "SVHN's files, such as " + TRAIN;
    }

    @Override
    public boolean isIn(Path folder) {
        return Stream.of(TRAIN, TEST, EXTRA).anyMatch(name -> Files.exists(folder.resolve(name)));
    }

    @Override
    public boolean isWhole(Path folder, Split split) {
        return Files.exists(folder.resolve(split == Split.TRAIN ? TRAIN : TEST));
    }

    @Override
    public Set<ReadingOptions.Option<?>> options() {
        return Set.of(ReadingOptions.SERIES);
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        boolean extra = options.get(ReadingOptions.SERIES).map(series -> {
            if (!series.equals(WITH_EXTRA)) {
                throw new BitgradException("SVHN in %s has a series %s, but none named %s: name that one, or none."
                        .formatted(folder, WITH_EXTRA, series));
            }
            return true;
        }).orElse(false);
        Dataset usual = read(folder, folder.resolve(split == Split.TRAIN ? TRAIN : TEST));
        if (split == Split.TEST || !extra) {
            return usual;
        }
        try (usual; Dataset more = read(folder, folder.resolve(EXTRA))) {
            return usual.concat(more);
        }
    }

    private static Dataset read(Path folder, Path file) {
        DataDescription description = DataDescription.of(folder.toString(), SHAPE, CLASSES)
                .with(Augmentation.EDGE_SHIFT);
        MatFile digits = MatFile.open(file, SHAPE);
        try {
            return Dataset.of(digits, description, digits.size(), labels -> {
                for (int index = 0; index < digits.size(); index++) {
                    labels.set(index, digits.label(index) % CLASSES);
                }
            });
        } catch (Throwable failure) {
            digits.close();
            throw failure;
        }
    }
}
