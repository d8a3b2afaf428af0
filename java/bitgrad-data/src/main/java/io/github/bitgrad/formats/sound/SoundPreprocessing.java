package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.Recipe;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes pictures of recordings: a row for every 16 ms, and in a row a pixel for each band of frequencies. The loudest
 * pixel of a picture is 255, and what is 60 dB below it, or less, is 0. So it does not matter how loud the recording is.
 * A recording that is shorter than the picture is in its middle; of one that is longer, the loudest part is taken, or
 * each of its windows becomes a picture.
 *
 * @param frames rows of the picture
 * @param bands pixels in a row
 * @param highest the highest frequency in Hz; recordings need at least twice as many samples in a second
 * @param rate the sampling rate in Hz that recordings are brought to, at least twice the highest frequency; if it is
 *            empty, each recording is analysed at its own rate, as in networks of earlier builds
 * @param windows what of a long recording becomes a picture each; if it is empty, a recording is one picture. Windows
 *            need a rate
 */
public record SoundPreprocessing(int frames, int bands, int highest, OptionalInt rate, Optional<SoundWindows> windows)
        implements Preprocessing {
    /** In decibels, from the loudest pixel to 0. */
    private static final double RANGE = 60;
    private static final int MOST = 1024;
    private static final int LOWEST_HIGHEST = 500;
    private static final int HIGHEST_HIGHEST = 200_000;
    /** Of a recording that is not cut into windows: 17 minutes at 16 kHz. */
    private static final int MOST_SAMPLES = 1 << 24;
    /** The pictures of all windows of a recording: seven hours with windows of two seconds, two in a second. */
    private static final int MOST_BYTES = 256 << 20;

    /** @throws IllegalArgumentException if a number cannot be, or the numbers do not fit each other */
    public SoundPreprocessing {
        if (frames < 1 || frames > MOST || bands < 1 || bands > MOST || highest < LOWEST_HIGHEST
                || highest > HIGHEST_HIGHEST) {
            throw new IllegalArgumentException(
                    "A sound cannot be a picture of %sx%s up to %s Hz: give at most %sx%s, and %s to %s Hz."
                            .formatted(frames, bands, highest, MOST, MOST, LOWEST_HIGHEST, HIGHEST_HIGHEST));
        }
        if (rate.isPresent() && (rate.getAsInt() / 2 < highest || rate.getAsInt() > 2 * HIGHEST_HIGHEST)) {
            throw new IllegalArgumentException(
                    "Frequencies up to %s Hz cannot have a sampling rate of %s Hz: give %s to %s Hz."
                            .formatted(highest, rate.getAsInt(), 2 * highest, 2 * HIGHEST_HIGHEST));
        }
        windows.ifPresent(each -> each.requireFitting(frames, rate));
    }

    /**
     * Makes a picture of each recording, which is analysed at its own sampling rate.
     *
     * @throws IllegalArgumentException if a number cannot be
     */
    public SoundPreprocessing(int frames, int bands, int highest) {
        this(frames, bands, highest, OptionalInt.empty(), Optional.empty());
    }

    @Override
    public String kind() {
        return SoundKind.NAME;
    }

    /** {@return the three numbers of the picture; the rate, if there is one; and the two numbers of windows, if there are} */
    @Override
    public String text() {
        StringBuilder text = new StringBuilder("%s %s %s".formatted(frames, bands, highest));
        rate.ifPresent(number -> text.append(' ').append(number));
        windows.ifPresent(each -> text.append(' ').append(each.samples()).append(' ').append(each.hop()));
        return text.toString();
    }

    /** @throws IllegalArgumentException if this is not such a text */
    static SoundPreprocessing parse(String text) {
        int[] numbers = Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
        if (numbers.length != 3 && numbers.length != 4 && numbers.length != 6) {
            throw new IllegalArgumentException("There must be 3, 4 or 6 numbers, not %s.".formatted(numbers.length));
        }
        return new SoundPreprocessing(numbers[0], numbers[1], numbers[2],
                numbers.length == 3 ? OptionalInt.empty() : OptionalInt.of(numbers[3]),
                numbers.length < 6 ? Optional.empty() : Optional.of(new SoundWindows(numbers[4], numbers[5])));
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(frames, bands, 1);
    }

    /**
     * Reads a recording, a WAV file. With windows, it is read as it is heard, so that an hour of sound needs no more memory
     * than its pictures.
     *
     * @return the picture; or with windows, a picture of each window, whose name has its time. A window that is silent is
     *         black. What is left at the end, and fills no window, is not heard; a recording that is shorter than a window
     *         is one picture
     * @throws BitgradException if the file cannot be read, is not a WAV file, is damaged, too long or silent, or has too
     *             few samples in a second
     */
    @Override
    public List<Input> read(Path file) {
        try (WavFile sound = WavFile.open(file)) {
            int least = rate.orElse(2 * highest);
            if (sound.rate() < least) {
                throw new BitgradException(
                        "%s has %s samples in a second, but the network needs at least %s: record it again."
                                .formatted(file, sound.rate(), least));
            }
            int analysed = rate.orElse(sound.rate());
            LogMel logMel = new LogMel(analysed, bands, highest);
            Samples samples = Resampler.of(sound, sound.rate(), analysed);
            return windows.isEmpty()
                    ? List.of(new Input(file.toString(),
                            bytes(logMel.decibels(whole(file, sound.seconds(), samples, analysed)))))
                    : windows(file, samples, logMel);
        }
    }

    /** All samples of a recording, at the rate at which it is analysed. */
    private static float[] whole(Path file, double seconds, Samples samples, int rate) {
        double count = Math.ceil(seconds * rate);
        if (count > MOST_SAMPLES) {
            throw new BitgradException(
                    "%s lasts %s seconds, but at most %s are taken as a whole: cut it into shorter recordings, or train with windows of it."
                            .formatted(file, Math.round(seconds), MOST_SAMPLES / rate));
        }
        float[] all = new float[(int) count + 2]; // more than there are, so that the end is reached
        return Arrays.copyOf(all, samples.read(all, 0, all.length));
    }

    private List<Input> windows(Path file, Samples samples, LogMel logMel) {
        SoundWindows each = windows.orElseThrow();
        List<Input> inputs = new ArrayList<>();
        each.forEach(samples, (window, begin) -> {
            if ((long) inputs.size() * frames * bands > MOST_BYTES) {
                throw new BitgradException("%s has more than %s windows: cut it into shorter recordings."
                        .formatted(file, inputs.size()));
            }
            inputs.add(new Input(window.length < each.samples()
                    ? file.toString()
                    : "%s, %s s to %s s".formatted(file, seconds(begin), seconds(begin + window.length)),
                    isSilent(window) ? new byte[frames * bands] : bytes(logMel.decibels(window))));
        });
        return inputs;
    }

    private static boolean isSilent(float[] window) {
        float low = window[0];
        float high = low;
        for (float sample : window) {
            low = Math.min(low, sample);
            high = Math.max(high, sample);
        }
        return WavFile.isSilent(low, high);
    }

    /** The time of a sample, rounded to milliseconds. */
    private String seconds(long sample) {
        return BigDecimal.valueOf(Math.round(1000.0 * sample / rate.orElseThrow()), 3).stripTrailingZeros()
                .toPlainString();
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

    /** @param decibels [frame][band], at least one not negative infinity */
    private byte[] bytes(double[][] decibels) {
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
