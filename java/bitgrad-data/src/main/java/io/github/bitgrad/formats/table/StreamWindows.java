package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream, a table whose lines are steps in time, into windows of equal length. All steps of a window have one
 * class. A stretch of steps with one class can be divided into a part to train on and, after it, a part to test with; so
 * no step is in both.
 */
final class StreamWindows {
    private final Table stream;
    private final int window;
    private final int hop;
    private final List<double[][]> samples = new ArrayList<>();
    private final List<String> places = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    /**
     * @param window how many steps are a sample
     * @param hop how many steps lie between the beginnings of two samples
     */
    StreamWindows(Table stream, int window, int hop) {
        this.stream = stream;
        this.window = window;
        this.hop = hop;
    }

    /**
     * Cuts.
     *
     * @param from where, in each stretch of steps with one class, the windows begin: a fraction of its length
     * @param to where they end
     * @throws BitgradException if no stretch is as long as a window
     */
    SeriesSamples cut(double from, double to) {
        int begin = 0;
        while (begin < stream.labels().length) {
            int end = begin;
            while (end < stream.labels().length && stream.labels()[end] == stream.labels()[begin]) {
                end++;
            }
            cut(begin + (int) Math.round(from * (end - begin)), begin + (int) Math.round(to * (end - begin)));
            begin = end;
        }
        if (samples.isEmpty()) {
            throw new BitgradException(
                    "%s has no %s lines with one class one after the other%s: choose a smaller window."
                            .formatted(stream.file(), window, to - from < 1 ? " in that part of it" : ""));
        }
        return new SeriesSamples(stream.file().toString(), stream.samples().getFirst().length, samples, places,
                stream.classNames(), labels.stream().mapToInt(label -> label).toArray());
    }

    private void cut(int begin, int end) {
        for (int first = begin; first <= end - window; first += hop) {
            samples.add(window(stream.samples(), first, window));
            places.add("%s, sample from its step %s on".formatted(stream.file(), first + 1));
            labels.add(stream.labels()[first]);
        }
    }

    /** {@return steps of a stream as a series, [channel][step]} */
    static double[][] window(List<double[]> steps, int first, int count) {
        int channels = steps.getFirst().length;
        double[][] series = new double[channels][count];
        for (int step = 0; step < count; step++) {
            for (int channel = 0; channel < channels; channel++) {
                series[channel][step] = steps.get(first + step)[channel];
            }
        }
        return series;
    }
}
