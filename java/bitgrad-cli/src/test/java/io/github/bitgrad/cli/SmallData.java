package io.github.bitgrad.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Data sets of a few images: noise, with a brighter row that tells the class. */
final class SmallData {
    static final int TRAIN_IMAGES = 60;
    static final int TEST_IMAGES = 30;
    private static final int LABELS_MAGIC = 0x801;
    private static final int IMAGES_MAGIC = 0x803;

    private SmallData() {
    }

    /**
     * In MNIST's IDX files.
     *
     * @param side of the images, at least 10
     */
    static Path write(Path folder, int side) throws IOException {
        Files.createDirectories(folder);
        write(folder, "train", TRAIN_IMAGES, side);
        write(folder, "t10k", TEST_IMAGES, side);
        return folder;
    }

    private static void write(Path folder, String part, int count, int side) throws IOException {
        SplittableRandom random = new SplittableRandom(count);
        ByteBuffer images = ByteBuffer.allocate(4 * Integer.BYTES + count * side * side);
        ByteBuffer labels = ByteBuffer.allocate(2 * Integer.BYTES + count);
        images.putInt(IMAGES_MAGIC).putInt(count).putInt(side).putInt(side);
        labels.putInt(LABELS_MAGIC).putInt(count);
        for (int image = 0; image < count; image++) {
            int label = image % 10;
            labels.put((byte) label);
            putImage(images, label, side, random);
        }
        Files.write(folder.resolve(part + "-images-idx3-ubyte"), images.array());
        Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labels.array());
    }

    private static void putImage(ByteBuffer images, int label, int side, SplittableRandom random) {
        for (int pixel = 0; pixel < side * side; pixel++) {
            images.put((byte) (random.nextInt(100) + (pixel / side == label ? 150 : 0)));
        }
    }

    /** In CIFAR-10's binary files. */
    static Path writeCifar(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (int file = 1; file <= 5; file++) {
            writeCifar(folder.resolve("data_batch_" + file + ".bin"), TRAIN_IMAGES / 5);
        }
        writeCifar(folder.resolve("test_batch.bin"), TEST_IMAGES);
        return folder;
    }

    private static void writeCifar(Path file, int count) throws IOException {
        SplittableRandom random = new SplittableRandom(count);
        ByteBuffer records = ByteBuffer.allocate(count * (1 + 3 * 32 * 32));
        for (int image = 0; image < count; image++) {
            int label = image % 10;
            records.put((byte) label);
            for (int channel = 0; channel < 3; channel++) {
                putImage(records, label, 32, random);
            }
        }
        Files.write(file, records.array());
    }
}
