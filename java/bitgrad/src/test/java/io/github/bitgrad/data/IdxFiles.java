package io.github.bitgrad.data;

import io.github.bitgrad.testing.TarArchive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes small IDX files, right ones and wrong ones, for tests. */
final class IdxFiles {
    static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

    static final int IMAGES_MAGIC = 0x803;
    static final int LABELS_MAGIC = 0x801;

    private IdxFiles() {
    }

    /** A good folder: 5 training and 3 test images of 3x2, labels 9, 8, 7, …, all pixels different. */
    static void writeAll(Path folder) throws IOException {
        write(folder.resolve(TRAIN_IMAGES), images(5, 3, 2));
        write(folder.resolve(TRAIN_LABELS), labels(5));
        write(folder.resolve(TEST_IMAGES), images(3, 3, 2));
        write(folder.resolve(TEST_LABELS), labels(3));
    }

    /** Images whose bytes count down from 255. */
    static byte[] images(int count, int height, int width) {
        byte[] pixels = new byte[count * height * width];
        for (int index = 0; index < pixels.length; index++) {
            pixels[index] = (byte) (255 - index);
        }
        return idx(pixels, IMAGES_MAGIC, count, height, width);
    }

    /** Labels 9, 8, …, 0, 9, … */
    static byte[] labels(int count) {
        byte[] labels = new byte[count];
        for (int index = 0; index < count; index++) {
            labels[index] = (byte) (9 - index % 10);
        }
        return idx(labels, LABELS_MAGIC, count);
    }

    /** A magic number and dimensions, as they are given, and then the data, whether it fits them or not. */
    static byte[] idx(byte[] data, int... header) {
        ByteBuffer file = ByteBuffer.allocate(Integer.BYTES * header.length + data.length);
        for (int number : header) {
            file.putInt(number);
        }
        return file.put(data).array();
    }

    /** Writes the bytes, gzipped when the name ends in .gz. */
    static void write(Path file, byte[] bytes) throws IOException {
        Files.write(file, file.toString().endsWith(".gz") ? TarArchive.gzip(bytes) : bytes);
    }
}
