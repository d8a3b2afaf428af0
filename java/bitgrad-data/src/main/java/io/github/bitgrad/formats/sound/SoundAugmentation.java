package io.github.bitgrad.formats.sound;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.SplitMix64;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Changes pictures of sounds as if they were recorded at another time: earlier or later, by another voice, louder or
 * more quietly, and with noise.
 *
 * @param percent how far rows are moved at most, of the number of rows, in either direction
 * @param bands how many pixels rows are moved to the side at most, which changes all frequencies
 * @param gain what is added at most to pixels that are not 0, in either direction
 * @param noise the mean of the noise at most; a pixel that is darker than the noise becomes as bright
 */
public record SoundAugmentation(int percent, int bands, int gain, int noise) implements Augmentation {
    /** What sounds are trained with. */
    public static final SoundAugmentation DEFAULT = new SoundAugmentation(15, 1, 20, 60);

    private static final int MOST = 255;
    /** How much the noise of a pixel differs from its mean. */
    private static final int NOISE_WIDTH = 10;

    /** @throws IllegalArgumentException if a number is out of its range */
    public SoundAugmentation {
        if (percent < 0 || percent > 100 || bands < 0 || gain < 0 || gain > MOST || noise < 0 || noise > MOST) {
            throw new IllegalArgumentException(
                    ("The percent must be 0 to 100, bands at least 0, and gain and noise 0 to "
                            + "%s, but they are %s, %s, %s and %s.").formatted(MOST, percent, bands, gain, noise));
        }
    }

    @Override
    public String name() {
        return "sound";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = new LinkedHashMap<>();
        numbers.put("percent", percent);
        numbers.put("bands", bands);
        numbers.put("gain", gain);
        numbers.put("noise", noise);
        return numbers;
    }

    @Override
    public void change(byte[] pixels, ImageShape shape, int image, long seed) {
        long state = SplitMix64.ofImage(seed, image);
        int most = (int) ((long) shape.height() * percent / 100);
        int later = SplitMix64.between(SplitMix64.mix(state + SplitMix64.STEP), -most, most);
        int higher = SplitMix64.between(SplitMix64.mix(state + 2 * SplitMix64.STEP), -bands, bands);
        move(pixels, shape, later, higher);
        int louder = SplitMix64.between(SplitMix64.mix(state + 3 * SplitMix64.STEP), -gain, gain);
        int mean = SplitMix64.between(SplitMix64.mix(state + 4 * SplitMix64.STEP), 0, noise);
        state += 4 * SplitMix64.STEP;
        for (int i = 0; i < shape.values(); i++) {
            int value = Byte.toUnsignedInt(pixels[i]);
            if (value > 0) {
                value = Math.max(0, Math.min(MOST, value + louder));
            }
            if (mean > 0) {
                state += SplitMix64.STEP;
                value = Math.max(value, Math.min(MOST,
                        mean + SplitMix64.between(SplitMix64.mix(state), -NOISE_WIDTH, NOISE_WIDTH)));
            }
            pixels[i] = (byte) value;
        }
    }

    /** Goes from the side that pixels are moved to, so that none is overwritten before it has been moved. */
    private static void move(byte[] pixels, ImageShape shape, int later, int higher) {
        int rows = shape.height();
        int width = shape.width();
        for (int i = 0; i < rows; i++) {
            int row = later > 0 ? rows - 1 - i : i;
            int from = row - later;
            for (int j = 0; j < width; j++) {
                int band = higher > 0 ? width - 1 - j : j;
                boolean inside = from >= 0 && from < rows;
                pixels[row * width + band] =
                        inside ? pixels[from * width + Math.max(0, Math.min(width - 1, band - higher))] : 0;
            }
        }
    }
}
