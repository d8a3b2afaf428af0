package io.github.bitgrad.data;

/** Takes the labels of a data set that is being created. Those that are not given are 0. */
@FunctionalInterface
public interface Labels {
    /**
     * Gives the class of one sample.
     *
     * @param index of the sample, from 0, below the size of the data set
     * @param label its class, from 0, below the number of classes
     * @throws IllegalArgumentException where there is no such class; the message names the data set and the index
     * @throws IndexOutOfBoundsException where there is no such sample
     */
    void set(int index, int label);
}
