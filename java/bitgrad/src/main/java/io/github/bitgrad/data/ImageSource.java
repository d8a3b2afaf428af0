package io.github.bitgrad.data;

/** Reads the images of a data set whenever they are wanted, so that they take no memory. */
public interface ImageSource extends AutoCloseable {
    /**
     * Reads one image. Allocates nothing, and is safe from any number of threads.
     *
     * @param index from 0, below the size of the data set
     * @param pixels takes as many bytes as an image has values, laid out as {@link Dataset#read} says
     * @throws io.github.bitgrad.BitgradException when the image is no longer there as it was
     */
    void read(int index, byte[] pixels);

    /** Called once, when the data set is closed. Other threads may be reading at that moment. */
    @Override
    void close();
}
