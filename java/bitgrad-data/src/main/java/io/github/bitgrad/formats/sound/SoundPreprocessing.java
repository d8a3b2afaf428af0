package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.Recipe;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes pictures of recordings: a row for every 16 ms, and in a row a pixel for each band of frequencies. The loudest
 * pixel of a recording is 255, and what is 60 dB below it, or less, is 0. So it does not matter how loud the recording is.
 * A recording that is shorter than the picture is in its middle; of one that is longer, the loudest part is taken.
 *
 * @param frames rows of the picture
 * @param bands pixels in a row
 * @param highest the highest frequency in Hz; recordings need at least twice as many samples in a second
 */
public record SoundPreprocessing(int frames, int bands, int highest) implements Preprocessing {
    /** In decibels, from the loudest pixel to 0. */
    private static final double RANGE = 60;
    private static final int MOST = 1024;
    private static final int LOWEST_HIGHEST = 500;
    private static final int HIGHEST_HIGHEST = 200_000;

    /** @throws IllegalArgumentException if a number cannot be */
    public SoundPreprocessing {
        if (frames < 1 || frames > MOST || bands < 1 || bands > MOST || highest < LOWEST_HIGHEST
                || highest > HIGHEST_HIGHEST) {
            throw new IllegalArgumentException(
                    "A sound cannot be a picture of %sx%s up to %s Hz: give at most %sx%s, and %s to %s Hz."
                            .formatted(frames, bands, highest, MOST, MOST, LOWEST_HIGHEST, HIGHEST_HIGHEST));
        }
    }

    @Override
    public String kind() {
        return SoundKind.NAME;
    }

    /** {@return the three numbers} */
    @Override
    public String text() {
        return "%s %s %s".formatted(frames, bands, highest);
    }

    /** @throws IllegalArgumentException if this is not such a text */
    static SoundPreprocessing parse(String text) {
        String[] numbers = text.split(" ");
        if (numbers.length != 3) {
            throw new IllegalArgumentException("There must be 3 numbers, not %s.".formatted(numbers.length));
        }
        return new SoundPreprocessing(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]),
                Integer.parseInt(numbers[2]));
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(frames, bands, 1);
    }

    /**
     * Reads a recording, a WAV file.
     *
     * @return the one picture
     * @throws BitgradException if the file cannot be read, is not a WAV file, is damaged or silent, or has too few
     *             samples in a second
     */
    @Override
    public List<Input> read(Path file) {
        WavFile sound = WavFile.read(file);
        if (sound.rate() < 2 * highest) {
            throw new BitgradException(
                    "%s has %s samples in a second, but the network needs at least %s: record it again."
                            .formatted(file, Math.round(sound.rate()), 2 * highest));
        }
        return List.of(new Input(file.toString(), bytes(sound)));
    }

    /** {@inheritDoc} It has three convolutions, each followed by pooling. */
    @Override
    public Optional<Recipe> recipe() {
        return Optional.of(new Recipe("""
                network sound
                conv1        binaryConvolution channels=64 kernel=3 padding=1
                             maxPool size=2
                conv1.norm   batchNorm
                             sign
                conv2        binaryConvolution channels=64 kernel=3 padding=1
                             maxPool size=2
                conv2.norm   batchNorm
                             sign
                conv3        binaryConvolution channels=128 kernel=3 padding=1
                             maxPool size=2
                conv3.norm   batchNorm
                             sign
                dense1       dense units=256
                dense1.norm  batchNorm
                             sign
                dense2       dense units=classes
                dense2.norm  batchNorm
                """, 40, 50));
    }

    byte[] bytes(WavFile sound) {
        double[][] decibels = new LogMel(sound.rate(), bands, highest).decibels(sound.samples());
        double loudest = Arrays.stream(decibels).flatMapToDouble(Arrays::stream).max().orElseThrow();
        int begin = decibels.length <= frames ? (decibels.length - frames) / 2 : loudestPart(decibels, loudest);
        byte[] bytes = new byte[frames * bands];
        for (int row = 0; row < frames; row++) {
            int frame = begin + row;
            if (frame >= 0 && frame < decibels.length) {
                for (int band = 0; band < bands; band++) {
                    bytes[row * bands + band] = (byte) Math.round(255 / RANGE * above(decibels[frame][band], loudest));
                }
            }
        }
        return bytes;
    }

    /** How many decibels a value is above the least that is seen. */
    private static double above(double decibels, double loudest) {
        return Math.max(0, decibels - loudest + RANGE);
    }

    /** The first of as many frames as the picture has rows, so that the sum of their pixels is largest. */
    private int loudestPart(double[][] decibels, double loudest) {
        double[] sums = Arrays.stream(decibels)
                .mapToDouble(frame -> Arrays.stream(frame).map(value -> above(value, loudest)).sum()).toArray();
        double sum = 0;
        double largest = -1;
        int best = 0;
        for (int end = 0; end < sums.length; end++) {
            sum += sums[end] - (end >= frames ? sums[end - frames] : 0);
            if (end >= frames - 1 && sum > largest) {
                largest = sum;
                best = end - frames + 1;
            }
        }
        return best;
    }
}
