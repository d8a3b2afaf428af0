package io.github.bitgrad.formats.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class ResamplerTest {
    private static final long SEED = 20261130;
    /** At the ends, a sound depends on the zeros around it: 64 samples of the result, and some for safety. */
    private static final int END = 80;
    private static final double HUNDREDTH_DECIBEL = Math.pow(10, 0.01 / 20) - 1;
    private static final double EIGHTY_DECIBELS = 1e-4;

    /** A sound in an array. */
    private static Samples of(float[] sound) {
        int[] next = new int[1];
        return (to, begin, count) -> {
            int read = Math.min(count, sound.length - next[0]);
            System.arraycopy(sound, next[0], to, begin, read);
            next[0] += read;
            return read;
        };
    }

    private static float[] sound(int count, IntToDoubleFunction wave) {
        float[] sound = new float[count];
        for (int i = 0; i < count; i++) {
            sound[i] = (float) wave.applyAsDouble(i);
        }
        return sound;
    }

    /** All of a sound, read in parts of some length. */
    private static float[] read(Samples samples, int part) {
        float[] all = new float[0];
        int read;
        do {
            int before = all.length;
            all = Arrays.copyOf(all, before + part);
            read = samples.read(all, before, part);
            all = Arrays.copyOf(all, before + read);
        } while (read == part);
        return all;
    }

    /** A sine of amplitude 1. After so many samples, a rate that is wrong by a millionth would be seen. */
    private static float[] resampledSine(int from, int to, double hertz) {
        float[] sine = sound((int) (30_000L * from / to), i -> Math.sin(2 * Math.PI * (hertz * i / from)));
        return read(Resampler.of(of(sine), from, to), 1000);
    }

    @ParameterizedTest
    @CsvSource({"44100, 16000", "44100, 8000", "48000, 16000", "22050, 8000", "11025, 8000", "16000, 8000",
        "192000, 16000", "16001, 16000", "8001, 8000", "199999, 8000"})
    void lowFrequenciesStayAndHighOnesVanish(int from, int to) {
        for (double part : new double[] {0.01, 0.1, 0.5, 0.8, 0.9, 0.92}) {
            double hertz = part * to / 2;
            float[] result = resampledSine(from, to, hertz);
            double largest = 0;
            for (int i = END; i < result.length - END; i++) {
                largest = Math.max(largest, Math.abs(result[i] - Math.sin(2 * Math.PI * (hertz * i / to))));
            }
            assertThat(largest).as("%s Hz", hertz).isLessThan(HUNDREDTH_DECIBEL);
        }
        for (double part : new double[] {1, 1.01, 1.1, 1.5, 1.9}) {
            double hertz = part * to / 2;
            if (hertz < from / 2.0) {
                float[] result = resampledSine(from, to, hertz);
                double largest = 0;
                for (int i = END; i < result.length - END; i++) {
                    largest = Math.max(largest, Math.abs(result[i]));
                }
                assertThat(largest).as("%s Hz", hertz).isLessThan(EIGHTY_DECIBELS);
            }
        }
    }

    /** n · to / from samples, rounded up; a constant stays the constant, but at the ends. */
    @ParameterizedTest
    @CsvSource({"44100, 16000", "48000, 16000", "11025, 8000", "8001, 8000", "399999, 8000"})
    void theLengthFollowsFromTheRates(int from, int to) {
        for (int count : new int[] {0, 1, 2, 3, 5, 100, 4095, 4096, 4097, 20_001}) {
            float[] result = read(Resampler.of(of(sound(count, _ -> 0.25)), from, to), 777);
            assertThat(result).hasSize((int) (((long) count * to + from - 1) / from));
            for (int i = END; i < result.length - END; i++) {
                assertThat(Math.abs(result[i] - 0.25)).isLessThan(0.25 * HUNDREDTH_DECIBEL);
            }
        }
    }

    @Test
    void howMuchIsReadAtATimeDoesNotMatter() {
        SplittableRandom random = new SplittableRandom(SEED);
        float[] noise = sound(30_000, _ -> random.nextDouble(-1, 1));
        float[] once = read(Resampler.of(of(noise), 44_100, 16_000), 20_000);
        for (int part : new int[] {1, 7, 1023, 4096}) {
            assertThat(read(Resampler.of(of(noise), 44_100, 16_000), part)).isEqualTo(once);
        }
    }

    @Test
    void aSoundOfThatRateStaysAsItIs() {
        SplittableRandom random = new SplittableRandom(SEED);
        float[] noise = sound(5000, _ -> random.nextDouble(-1, 1));
        assertThat(read(Resampler.of(of(noise), 16_000, 16_000), 512)).isEqualTo(noise);
    }

    @Test
    void ratesThatCannotBeAreRefused() {
        for (int to : new int[] {-1, 0, 8001}) {
            assertThatThrownBy(() -> Resampler.of(of(new float[9]), 8000, to))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("A sampling rate of 8000 Hz cannot be lowered to %s Hz: give 1 to 8000.", to);
        }
    }
}
