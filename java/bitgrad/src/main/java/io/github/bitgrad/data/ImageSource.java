package io.github.bitgrad.data;

/** Where the images of a data set are read from, whenever they are wanted. */
interface ImageSource extends AutoCloseable {
    /**
     * Reads one image. Allocates nothing, and is safe from any number of threads.
     *
     * @param index of an image that is there
     * @param pixels takes as many bytes as an image has values, laid out as {@link Dataset#read} says
     * @throws io.github.bitgrad.BitgradException when it is no longer there as it was
     */
    void read(int index, byte[] pixels);

    @Override
    void close();
}
