package io.github.bitgrad.data;

import java.nio.file.Path;

/** Reads the images of a data set whenever they are wanted, so that they take no memory. */
public interface ImageSource extends AutoCloseable {
    /**
     * Reads one image. Allocates nothing unless the image has to be decoded, and is safe from any number of threads.
     *
     * @param index from 0, below the size of the data set
     * @param pixels takes as many bytes as an image has values, laid out as {@link Dataset#read} says
     * @throws io.github.bitgrad.BitgradException when the image is no longer there as it was
     */
    void read(int index, byte[] pixels);

    /**
     * Tells that an image will be read soon, so that a source that takes long for an image can begin. Whoever reads
     * batches calls this for all images of a batch before reading the first one. It does nothing unless it is
     * overridden, returns at once, and is safe from any number of threads.
     *
     * @param index from 0, below the size of the data set
     */
    default void expect(int index) {
        // images that are ready need no announcement
    }

    /**
     * Reads images that lie one behind the other in a file, which stays open. The file must keep its size until then.
     *
     * @param file a file that is not compressed
     * @param begin where the first image begins, in bytes
     * @param bytes the number of values of an image
     * @return a source that the caller closes
     * @throws io.github.bitgrad.BitgradException when the file cannot be opened
     */
    static ImageSource inFile(Path file, long begin, int bytes) {
        DataFile open = DataFile.open(file);
        return new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                open.read(begin + (long) index * bytes, pixels, bytes);
            }

            @Override
            public void close() {
                open.close();
            }
        };
    }

    /** Called once, when the data set is closed. Other threads may be reading at that moment. */
    @Override
    void close();
}
