package example;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ImageSource;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A data format of a user's that is found as a service, in {@code META-INF/services}: 8x8 images of 4 classes, each a
 * byte of label and 64 of pixels. Images stay in their file until they are wanted.
 */
public final class RawFolder implements FolderFormat {
    private static final ImageShape SHAPE = new ImageShape(8, 8, 1);
    private static final int RECORD = 1 + 64;

    /** For the service loader. */
    public RawFolder() {
    }

    @Override
    public String files() {
        return "train.raw and test.raw";
    }

    @Override
    public boolean isIn(Path folder) {
        return Files.exists(file(folder, Split.TRAIN)) || Files.exists(file(folder, Split.TEST));
    }

    static Path file(Path folder, Split split) {
        return folder.resolve(split.toString().toLowerCase(Locale.ROOT) + ".raw");
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        try {
            Records records = new Records(file(folder, split));
            int size = (int) (records.file.length() / RECORD);
            return Dataset.of(records, DataDescription.of(folder.toString(), SHAPE, 4), size, labels -> {
                for (int index = 0; index < size; index++) {
                    labels.set(index, records.record(index)[0]);
                }
            });
        } catch (IOException failure) {
            throw new BitgradException("%s cannot be read.".formatted(file(folder, split)), failure);
        }
    }

    private static final class Records implements ImageSource {
        private final RandomAccessFile file;
        private final byte[] record = new byte[RECORD];

        Records(Path path) throws IOException {
            file = new RandomAccessFile(path.toFile(), "r");
        }

        private byte[] record(int index) {
            try {
                file.seek((long) index * RECORD);
                file.readFully(record);
                return record;
            } catch (IOException failure) {
                throw new BitgradException("An image cannot be read.", failure);
            }
        }

        @Override
        public synchronized void read(int index, byte[] pixels) {
            System.arraycopy(record(index), 1, pixels, 0, RECORD - 1);
        }

        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException failure) {
                throw new BitgradException("A file cannot be closed.", failure);
            }
        }
    }
}
