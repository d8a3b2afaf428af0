package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CIFAR-10 in its binary version: five files of training images and one of test images, 32x32 in colour. A file is
 * records one after another: a label, then the image's red, its green, and its blue plane, row by row. The official
 * files have 10,000 records each; any number from 1 on is read.
 */
final class CifarFolder implements FolderFormat {
    private static final int CLASSES = 10;
    private static final ImageShape SHAPE = new ImageShape(32, 32, 3);
    private static final int PIXELS = SHAPE.height() * SHAPE.width();
    private static final int RECORD_BYTES = 1 + SHAPE.values();
    private static final int TRAIN_FILES = 5;
    /** More would be more images than a data set can have. */
    private static final int MOST_RECORDS = Integer.MAX_VALUE / TRAIN_FILES;

    @Override
    public String files() {
        return "data_batch_1.bin to data_batch_%d.bin and test_batch.bin (CIFAR-10's binary version)"
                .formatted(TRAIN_FILES);
    }

    @Override
    public boolean isIn(Path folder) {
        return Stream.of(Split.values()).flatMap(split -> files(folder, split).stream()).anyMatch(Files::exists);
    }

    private static List<Path> files(Path folder, Split split) {
        return switch (split) {
            case TRAIN -> IntStream.rangeClosed(1, TRAIN_FILES)
                    .mapToObj(number -> folder.resolve("data_batch_%d.bin".formatted(number))).toList();
            case TEST -> List.of(folder.resolve("test_batch.bin"));
        };
    }

    @Override
    public Dataset read(Path folder, Split split) {
        List<Path> files = files(folder, split);
        int[] records = files.stream().mapToInt(CifarFolder::countRecords).toArray();
        int size = IntStream.of(records).sum();
        return Dataset.create(folder.toString(), SHAPE, CLASSES, size, Augmentation.SHIFT_FLIP, (images, labels) -> {
            int first = 0;
            for (int i = 0; i < records.length; i++) {
                MemorySegment imagesOfFile =
                        images.asSlice((long) first * SHAPE.values(), (long) records[i] * SHAPE.values());
                MemorySegment labelsOfFile = labels.asSlice(first, records[i]);
                read(files.get(i), imagesOfFile, labelsOfFile);
                DataFiles.requireLabels(files.get(i), labelsOfFile, CLASSES);
                first += records[i];
            }
        });
    }

    private static int countRecords(Path file) {
        if (!Files.exists(file)) {
            throw new BitgradException("%s is missing: put it there.".formatted(file));
        }
        DataFiles.requireFile(file);
        try {
            long bytes = Files.size(file);
            long records = bytes / RECORD_BYTES;
            if (bytes % RECORD_BYTES != 0 || records < 1 || records > MOST_RECORDS) {
                throw new BitgradException(
                        ("%s is cut off or has bytes too many (expected %d bytes for each of 1 to %d images, found %d): "
                                + "put a whole, unchanged copy there.")
                                .formatted(file, RECORD_BYTES, MOST_RECORDS, bytes));
            }
            return (int) records;
        } catch (IOException failure) {
            throw DataFiles.unreadable(file, failure);
        }
    }

    /** Reads as many records as there are labels, and expects the end of the file after them. */
    private static void read(Path file, MemorySegment images, MemorySegment labels) {
        byte[] record = new byte[RECORD_BYTES];
        byte[] image = new byte[SHAPE.values()];
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int index = 0; index < labels.byteSize(); index++) {
                if (in.readNBytes(record, 0, record.length) < record.length) {
                    throw DataFiles.changed(file);
                }
                labels.set(ValueLayout.JAVA_BYTE, index, record[0]);
                interleave(record, image);
                MemorySegment.copy(image, 0, images, ValueLayout.JAVA_BYTE, (long) index * image.length, image.length);
            }
            if (in.read() >= 0) {
                throw DataFiles.changed(file);
            }
        } catch (IOException failure) {
            throw DataFiles.unreadable(file, failure);
        }
    }

    /** From a plane a channel, after the label, to the channels of a pixel side by side. */
    private static void interleave(byte[] record, byte[] image) {
        int channels = SHAPE.channels();
        for (int channel = 0; channel < channels; channel++) {
            int plane = 1 + channel * PIXELS;
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                image[pixel * channels + channel] = record[plane + pixel];
            }
        }
    }
}
