package io.github.bitgrad.formats.table;

import java.util.List;

/**
 * Time series with their classes.
 *
 * @param name where they are from
 * @param channels how many values there are at each moment
 * @param samples the values of each series, [channel][step]; all channels of a series have as many steps
 * @param places where each series is, as messages and reports call it
 * @param classNames the names of the classes, in the order of the labels
 * @param labels the class of each series; empty if they have none
 */
record SeriesSamples(String name, int channels, List<double[][]> samples, List<String> places, List<String> classNames,
        int[] labels) {
    /** {@return the number of steps of the longest series} */
    int longest() {
        return samples.stream().mapToInt(sample -> sample[0].length).max().orElseThrow();
    }
}
