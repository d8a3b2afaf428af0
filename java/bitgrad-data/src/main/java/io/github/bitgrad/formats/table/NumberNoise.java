package io.github.bitgrad.formats.table;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.SplitMix64;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Adds noise to numbers: to all bytes of a number the same, so that its place on the scale moves a little.
 *
 * @param bytesOfNumber how many bytes a number has
 * @param most what is added at most, in either direction; each whole number is as likely
 */
record NumberNoise(int bytesOfNumber, int most) implements Augmentation {
    /** What time series are trained with. */
    NumberNoise(int bytesOfNumber) {
        this(bytesOfNumber, 20);
    }

    @Override
    public String name() {
        return "noise";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = new LinkedHashMap<>();
        numbers.put("most", most);
        return numbers;
    }

    @Override
    public void change(byte[] pixels, ImageShape shape, int image, long seed) {
        long state = SplitMix64.ofImage(seed, image);
        int values = shape.values();
        for (int at = 0; at < values; at += bytesOfNumber) {
            state += SplitMix64.STEP;
            int added = SplitMix64.between(SplitMix64.mix(state), -most, most);
            for (int k = at; k < at + bytesOfNumber; k++) {
                pixels[k] = (byte) Math.max(0, Math.min(255, Byte.toUnsignedInt(pixels[k]) + added));
            }
        }
    }
}
