package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CIFAR-10 in its binary version: five files of training images and one of test images, 32x32 in colour. A file
 * consists of records. Each record is a label, then the red plane of the image, its green plane and its blue plane, row
 * by row. The official files have 10,000 records each, but any number from 1 on is read.
 */
final class CifarFolder implements FolderFormat {
    /** In the order of the labels, as batches.meta.txt has them. */
    private static final List<String> CLASS_NAMES = List.of("airplane", "automobile", "bird", "cat", "deer", "dog",
            "frog", "horse", "ship", "truck");
    private static final ImageShape SHAPE = new ImageShape(32, 32, 3);
    private static final int PIXELS = SHAPE.height() * SHAPE.width();
    private static final int RECORD_BYTES = 1 + SHAPE.values();
    private static final int TRAIN_FILES = 5;
    /** More records in each file would be more images than a data set can have. */
    private static final int MOST_RECORDS = Integer.MAX_VALUE / TRAIN_FILES;

    @Override
    public String files() {
        return "data_batch_1.bin to data_batch_%s.bin and test_batch.bin (CIFAR-10's binary version)"
                .formatted(TRAIN_FILES);
    }

    @Override
    public boolean isIn(Path folder) {
        return Stream.of(Split.values()).flatMap(split -> files(folder, split).stream()).anyMatch(Files::exists);
    }

    private static List<Path> files(Path folder, Split split) {
        return switch (split) {
            case TRAIN -> IntStream.rangeClosed(1, TRAIN_FILES)
                    .mapToObj(number -> folder.resolve("data_batch_%s.bin".formatted(number))).toList();
            case TEST -> List.of(folder.resolve("test_batch.bin"));
        };
    }

    @Override
    public boolean isWhole(Path folder, Split split) {
        return files(folder, split).stream().allMatch(Files::exists);
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        Records records = new Records(files(folder, split));
        try {
            return Dataset.of(records, DataDescription.of(folder.toString(), SHAPE, CLASS_NAMES)
                    .with(Augmentation.SHIFT_FLIP), records.size(), records::readLabels);
        } catch (Throwable failure) {
            records.close();
            throw failure;
        }
    }

    /** The records of several files, counted through. */
    private static final class Records implements ImageSource {
        private final List<DataFile> files = new ArrayList<>();
        private final byte[] record = new byte[RECORD_BYTES];
        private final byte[] labels;

        Records(List<Path> paths) {
            try {
                paths.forEach(path -> files.add(open(path)));
            } catch (Throwable failure) {
                close();
                throw failure;
            }
            labels = new byte[size()];
        }

        private static DataFile open(Path path) {
            if (!Files.exists(path)) {
                throw new BitgradException("%s is missing: put it there.".formatted(path));
            }
            DataFile file = DataFile.open(path);
            long records = file.size() / RECORD_BYTES;
            if (file.size() % RECORD_BYTES != 0 || records < 1 || records > MOST_RECORDS) {
                file.close();
                throw new BitgradException(
                        ("%s is cut off or has bytes too many (expected %s bytes for each of 1 to %s images, found %s): "
                                + "put a whole, unchanged copy there.")
                                .formatted(path, RECORD_BYTES, MOST_RECORDS, file.size()));
            }
            return file;
        }

        private static int count(DataFile file) {
            return (int) (file.size() / RECORD_BYTES);
        }

        int size() {
            return files.stream().mapToInt(Records::count).sum();
        }

        /** Reads whole records, not only labels, so that a damaged file is found before a training begins. */
        void readLabels(Labels into) {
            int first = 0;
            for (DataFile file : files) {
                int count = count(file);
                for (int index = 0; index < count; index++) {
                    file.read((long) index * RECORD_BYTES, record, RECORD_BYTES);
                    int label = Byte.toUnsignedInt(record[0]);
                    DataFiles.requireLabel(file.path(), index, label, CLASS_NAMES.size());
                    labels[first + index] = record[0];
                    into.set(first + index, label);
                }
                first += count;
            }
        }

        @Override
        public synchronized void read(int index, byte[] pixels) {
            int number = 0;
            int inFile = index;
            for (; inFile >= count(files.get(number)); number++) {
                inFile -= count(files.get(number));
            }
            files.get(number).read((long) inFile * RECORD_BYTES, record, RECORD_BYTES);
            if (record[0] != labels[index]) {
                throw DataFiles.changed(files.get(number).path());
            }
            interleave(record, pixels);
        }

        @Override
        public void close() {
            files.forEach(DataFile::close);
        }
    }

    /**
     * Turns the planes of a record, which follow its label, into an image whose pixels have their channels side by
     * side.
     */
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
