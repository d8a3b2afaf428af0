package io.github.bitgrad.formats.sound;

import java.util.Arrays;
import org.apache.commons.math4.transform.FastFourierTransform;
import org.apache.commons.numbers.complex.Complex;

/**
 * The log-mel spectrogram of recordings with one sample rate: the power of the sound in bands of frequencies, whose
 * widths grow as those that people tell apart, in windows of 32 ms, one every 16 ms.
 *
 * <p>
 * The bands are given in Hz, and windows in seconds. So recordings of any rate give nearly the same picture, as long as
 * the rate is at least twice the highest frequency.
 */
final class LogMel {
    /** In seconds, from the beginning of a window to that of the next one. */
    static final double HOP = 0.016;
    private static final double WINDOW = 0.032;
    /** In Hz; there is hum below, and no speech. */
    private static final double LOWEST = 60;

    private static final FastFourierTransform FOURIER = new FastFourierTransform(FastFourierTransform.Norm.STD);

    private final double rate;
    private final double[] window;
    private final int size;
    /** [band][frequency of the Fourier transform, from 0 to half the rate] */
    private final double[][] bands;

    /**
     * @param rate samples in a second, at least twice the highest frequency
     * @param bands how many there are
     * @param highest where the highest band ends, in Hz
     */
    LogMel(double rate, int bands, double highest) {
        this.rate = rate;
        window = new double[window(rate)];
        Arrays.setAll(window, i -> 0.5 - 0.5 * Math.cos(2 * Math.PI * i / window.length)); // Hann
        size = 2 * Integer.highestOneBit(2 * window.length - 1); // zeros behind the window, so that each band has a frequency
        this.bands = new double[bands][];
        double low = mel(LOWEST);
        double step = (mel(highest) - low) / (bands + 1);
        Arrays.setAll(this.bands,
                band -> triangle(hertz(low + band * step), hertz(low + (band + 1) * step),
                        hertz(low + (band + 2) * step)));
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    private static double hertz(double mel) {
        return 700 * (Math.pow(10, mel / 2595) - 1);
    }

    /** Weights that rise from the begin to the middle, fall to the end, and have the sum 1. */
    private double[] triangle(double begin, double middle, double end) {
        double[] weights = new double[size / 2 + 1];
        Arrays.setAll(weights, frequency -> {
            double hertz = frequency * rate / size;
            return Math.max(0, Math.min((hertz - begin) / (middle - begin), (end - hertz) / (end - middle)));
        });
        double sum = Arrays.stream(weights).sum();
        Arrays.setAll(weights, frequency -> weights[frequency] / sum);
        return weights;
    }

    private static int window(double rate) {
        return (int) Math.round(WINDOW * rate);
    }

    /** {@return how many windows so many samples have; if they are fewer than those of a window, one} */
    static int frames(int samples, double rate) {
        return 1 + (int) Math.max(0, (samples - window(rate)) / (HOP * rate));
    }

    /** {@return the power in decibels, [frame][band]; negative infinity where there is no sound} */
    double[][] decibels(float[] samples) {
        double[][] result = new double[frames(samples.length, rate)][bands.length];
        double[] windowed = new double[size];
        double[] powers = new double[size / 2 + 1];
        for (int frame = 0; frame < result.length; frame++) {
            int begin = (int) (frame * HOP * rate);
            for (int i = 0; i < window.length; i++) {
                windowed[i] = begin + i < samples.length ? window[i] * samples[begin + i] : 0;
            }
            Complex[] spectrum = FOURIER.apply(windowed);
            Arrays.setAll(powers, frequency -> spectrum[frequency].norm());
            for (int band = 0; band < bands.length; band++) {
                double power = 0;
                for (int frequency = 0; frequency < powers.length; frequency++) {
                    power += bands[band][frequency] * powers[frequency];
                }
                result[frame][band] = 10 * Math.log10(power);
            }
        }
        return result;
    }
}
