package io.github.bitgrad.formats.sound;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The parts of a long recording that become a picture each: all are of one length, and begin one hop after the other.
 *
 * @param samples the length of a window, in samples at the sampling rate of the preprocessing
 * @param hop from the beginning of a window to that of the next one, in such samples; windows overlap if it is less than
 *            their length
 */
public record SoundWindows(int samples, int hop) {
    private static final double SHORTEST = 0.1;
    private static final double LONGEST = 16;
    private static final double SHORTEST_HOP = 0.01;
    private static final double LONGEST_HOP = 3600;

    /** @throws IllegalArgumentException if a number is not positive */
    public SoundWindows {
        if (samples < 1 || hop < 1) {
            throw new IllegalArgumentException("Windows of %s samples, %s after each other, cannot be: give at least 1."
                    .formatted(samples, hop));
        }
    }

    /**
     * Windows that are given in seconds, rounded to whole samples.
     *
     * @param seconds the length of a window, 0.1 to 16
     * @param hop from the beginning of a window to that of the next one, 0.01 to 3600
     * @param rate the sampling rate in Hz
     * @throws IllegalArgumentException if a number is out of its range
     */
    static SoundWindows of(double seconds, double hop, int rate) {
        require("window", seconds, SHORTEST, LONGEST);
        require("hop", hop, SHORTEST_HOP, LONGEST_HOP);
        return new SoundWindows((int) Math.round(seconds * rate), (int) Math.round(hop * rate));
    }

    private static void require(String what, double seconds, double least, double most) {
        if (!(seconds >= least && seconds <= most)) {
            throw new IllegalArgumentException("The %s of a recording must be %s to %s seconds, but is %s."
                    .formatted(what, least, (int) most,
                            seconds));
        }
    }

    /** @throws IllegalArgumentException if a window does not fit a picture of so many rows, or is out of its range */
    void requireFitting(int rows, OptionalInt rate) {
        if (rate.isEmpty() || LogMel.frames(samples, rate.getAsInt()) > rows
                || samples < (int) (SHORTEST * rate.getAsInt()) || hop < (int) (SHORTEST_HOP * rate.getAsInt())) {
            throw new IllegalArgumentException(
                    "A picture of %s rows cannot show windows of %s samples, %s after each other%s: give other numbers."
                            .formatted(rows, samples, hop, rate.isEmpty()
                                    ? " without a sampling rate"
                                    : " at %s Hz".formatted(rate.getAsInt())));
        }
    }

    /** Takes the windows of a recording. */
    @FunctionalInterface
    interface Taker {
        /**
         * @param window its samples; overwritten afterwards
         * @param begin the number of the first of them in the recording, from 0
         */
        void take(float[] window, long begin);
    }

    /**
     * Cuts a recording into windows. What is left at its end and is no whole window is not taken. A recording that is
     * shorter than a window is taken as a whole.
     */
    void forEach(Samples sound, Taker taker) {
        float[] window = new float[samples];
        int filled = sound.read(window, 0, samples);
        if (filled < samples) {
            taker.take(Arrays.copyOf(window, filled), 0);
        }
        for (long begin = 0; filled == samples; begin += hop) {
            taker.take(window, begin);
            int kept = Math.max(0, samples - hop);
            System.arraycopy(window, samples - kept, window, 0, kept);
            filled = skip(sound, hop - samples, window) ? kept + sound.read(window, kept, samples - kept) : kept;
        }
    }

    /** Returns whether there were as many samples, if any were to be skipped. */
    private static boolean skip(Samples sound, int count, float[] buffer) {
        int left = count;
        while (left > 0) {
            int wanted = Math.min(left, buffer.length);
            if (sound.read(buffer, 0, wanted) < wanted) {
                return false;
            }
            left -= wanted;
        }
        return true;
    }
}
