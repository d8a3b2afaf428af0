package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * MNIST, and data sets that are distributed like it (Fashion-MNIST, KMNIST): four IDX files of grayscale images in 10
 * classes and their labels. Each file may be gzipped, and its name may be spelled with a dot ({@code
 * train-images.idx3-ubyte}). Where several spellings lie side by side, the first in the order of {@link #spellings} is
 * read. Gzipped images are unpacked into memory, because a gzip file can be read from its beginning only, but without
 * the zeros at both ends of their rows ({@link TrimmedImages}).
 */
final class IdxFolder implements FolderFormat {
    private static final int CLASSES = 10;

    @Override
    public String files() {
        return "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte "
                + "(as MNIST has them, each also with .gz)";
    }

    @Override
    public boolean isIn(Path folder) {
        return Arrays.stream(Split.values()).flatMap(split -> Stream.of(imagesName(split), labelsName(split)))
                .flatMap(name -> spellings(folder, name)).anyMatch(Files::exists);
    }

    @Override
    public boolean isWhole(Path folder, Split split) {
        return Stream.of(imagesName(split), labelsName(split))
                .allMatch(name -> spellings(folder, name).anyMatch(Files::exists));
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        Path imagesPath = find(folder, imagesName(split));
        Path labelsPath = find(folder, labelsName(split));
        try (IdxFile images = IdxFile.open(imagesPath, 3); IdxFile labels = IdxFile.open(labelsPath, 1)) {
            int size = images.dimension(0);
            if (size != labels.dimension(0)) {
                throw new BitgradException("%s has %s images but %s has %s labels: take both from the same download."
                        .formatted(imagesPath, size, labelsPath, labels.dimension(0)));
            }
            ImageShape shape = new ImageShape(images.dimension(1), images.dimension(2), 1);
            DataDescription description = DataDescription.of(folder.toString(), shape, CLASSES);
            boolean trimmed = images.isGzipped() && shape.width() <= TrimmedImages.MOST_COLUMNS;
            if (images.isGzipped() && !trimmed) {
                return Dataset.create(description, size, (imageBytes, given) -> {
                    readLabels(labels, given);
                    images.readInto(imageBytes);
                });
            }
            ImageSource source = trimmed ? trimmed(images, shape) : images.source();
            try {
                return Dataset.of(source, description, size, given -> readLabels(labels, given));
            } catch (Throwable failure) {
                source.close();
                throw failure;
            }
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

    private static void readLabels(IdxFile labels, Labels into) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[labels.dimension(0)]);
        labels.readInto(bytes);
        for (int index = 0; index < labels.dimension(0); index++) {
            int label = Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, index));
            DataFiles.requireLabel(labels.path(), index, label, CLASSES);
            into.set(index, label);
        }
    }

    private static String imagesName(Split split) {
        return prefix(split) + "-images-idx3-ubyte";
    }

    private static String labelsName(Split split) {
        return prefix(split) + "-labels-idx1-ubyte";
    }

    private static String prefix(Split split) {
        return switch (split) {
            case TRAIN -> "train";
            case TEST -> "t10k";
        };
    }

    private static Stream<Path> spellings(Path folder, String name) {
        String dotted = name.replace("-idx", ".idx");
        return Stream.of(name, dotted, name + ".gz", dotted + ".gz").map(folder::resolve);
    }

    /** Prefers a file to a folder, because some unpackers make a folder that is named like the file in it. */
    private static Path find(Path folder, String name) {
        return spellings(folder, name).filter(Files::isRegularFile).findFirst()
                .or(() -> spellings(folder, name).filter(Files::exists).findFirst())
                .orElseThrow(() -> new BitgradException(
                        "%s is missing: put it there, as it is or with .gz.".formatted(folder.resolve(name))));
    }
}
