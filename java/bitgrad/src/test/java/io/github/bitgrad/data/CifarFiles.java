package io.github.bitgrad.data;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Writes files of CIFAR-10's binary version, for tests. */
public final class CifarFiles {
    public static final ImageShape SHAPE = new ImageShape(32, 32, 3);
    public static final int CLASSES = 10;
    public static final int RECORD_BYTES = 1 + 3 * 32 * 32;

    private CifarFiles() {
    }

    /** {@return training file 1 to 5} */
    public static Path train(Path folder, int number) {
        return folder.resolve("data_batch_" + number + ".bin");
    }

    /** Noise with labels 0, 1, …, 9, 0, …: so many training images in each file. */
    public static void writeNoise(Path folder, int imagesAFile, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int file = 1; file <= 5; file++) {
            ByteBuffer records = ByteBuffer.allocate(imagesAFile * RECORD_BYTES);
            random.nextBytes(records.array());
            for (int image = 0; image < imagesAFile; image++) {
                records.put(image * RECORD_BYTES, (byte) (image % CLASSES));
            }
            Files.write(train(folder, file), records.array());
        }
    }

    /** Black images of class 0, so many training images in each file, which take no room on the disk. */
    static void writeBlack(Path folder, int imagesAFile) throws IOException {
        for (int number = 1; number <= 5; number++) {
            try (RandomAccessFile file = new RandomAccessFile(train(folder, number).toFile(), "rw")) {
                file.setLength((long) imagesAFile * RECORD_BYTES);
            }
        }
    }
}
