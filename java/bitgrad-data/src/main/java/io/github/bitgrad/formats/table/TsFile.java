package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a file of the time-series archive ({@code .ts}). Lines that begin with {@code @} say what it holds. After
 * {@code @data} there is a line for each series: its channels, separated by colons, each with its values, separated by
 * commas, and at last the class.
 */
final class TsFile {
    private final Path file;
    private final List<double[][]> samples = new ArrayList<>();
    private final List<String> places = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private Optional<List<String>> classNames = Optional.empty();
    private boolean classified;
    private int channels;
    private int line;

    private TsFile(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @param given the names of the classes, in the order of the labels; those of the file if they are not given
     * @throws BitgradException if it is not such a file, or series in it cannot be read; the message names the line
     */
    static SeriesSamples read(Path file, Optional<List<String>> given) {
        return TextFile.read(file, text -> new TsFile(file).samples(text, given));
    }

    private SeriesSamples samples(BufferedReader text, Optional<List<String>> given) throws IOException {
        readHead(text);
        for (String series = text.readLine(); series != null; series = text.readLine()) {
            line++;
            if (!series.isBlank() && !series.startsWith("#")) {
                add(series.strip());
            }
        }
        if (samples.isEmpty()) {
            throw new BitgradException(
                    "%s has no series after its line @data: put a whole copy there.".formatted(file));
        }
        List<String> names = given.or(() -> classNames).orElseGet(() -> ClassNames.ordered(labels));
        int[] numbers = new int[labels.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = names.indexOf(labels.get(i));
            if (numbers[i] < 0) {
                throw new BitgradException("%s: there is no class \"%s\"; classes are %s.".formatted(places.get(i),
                        Numerals.shown(labels.get(i)), ClassNames.listed(names)));
            }
        }
        return new SeriesSamples(file.toString(), channels, samples, places, names, numbers);
    }

    private void readHead(BufferedReader text) throws IOException {
        for (String words = text.readLine(); words != null; words = text.readLine()) {
            line++;
            String[] word = words.strip().split("\\s+");
            switch (word[0].toLowerCase(Locale.ROOT)) {
                case "@data" -> {
                    return;
                }
                case "@classlabel" -> {
                    classified = isTrue(word);
                    if (classified && word.length > 2) {
                        classNames = Optional.of(Arrays.stream(word).skip(2).distinct().toList());
                    }
                }
                case "@timestamps" -> {
                    if (isTrue(word)) {
                        throw refusal("the values have time stamps, which are not read: give a file without them.");
                    }
                }
                case "@targetlabel" -> {
                    if (isTrue(word)) {
                        throw refusal(
                                "the series have numbers as their targets, not classes: give a file with classes.");
                    }
                }
                default -> requireHead(words.strip());
            }
        }
        throw new BitgradException(
                "%s has no line @data, so it is not a file of time series (.ts): put such a file there."
                        .formatted(file));
    }

    private static boolean isTrue(String[] word) {
        return word.length > 1 && word[1].equalsIgnoreCase("true");
    }

    private void requireHead(String words) {
        if (!words.isEmpty() && !words.startsWith("#") && !words.startsWith("@")) {
            throw refusal("\"%s\" is before the line @data, so this is not a file of time series (.ts): put one there."
                    .formatted(Numerals.shown(words)));
        }
    }

    private void add(String series) {
        String[] parts = series.split(":", -1);
        int count = parts.length - (classified ? 1 : 0);
        if (channels == 0) {
            channels = count;
        }
        if (count < 1 || count != channels) {
            throw refusal(count < 1
                    ? "the series has no class after a colon: add it."
                    : "the series has %s channels, but the first has %s: put a whole copy there.".formatted(count,
                            channels));
        }
        double[][] sample = new double[count][];
        for (int channel = 0; channel < count; channel++) {
            sample[channel] = values(parts[channel], channel);
            if (sample[channel].length != sample[0].length) {
                throw refusal("channel %s has %s values, but channel 1 has %s: give as many of each."
                        .formatted(channel + 1, sample[channel].length, sample[0].length));
            }
        }
        if (classified) {
            String label = parts[count].strip();
            if (label.isEmpty()) {
                throw refusal("the series has no class after its last colon: add it.");
            }
            labels.add(label);
        }
        samples.add(sample);
        places.add("%s, line %s".formatted(file, line));
    }

    private double[] values(String channel, int number) {
        String[] texts = channel.split(",", -1);
        double[] values = new double[texts.length];
        for (int step = 0; step < values.length; step++) {
            values[step] = Numerals.parse(texts[step]);
            if (!Double.isFinite(values[step])) {
                throw refusal("value %s of channel %s %s".formatted(step + 1, number + 1, Numerals.fault(texts[step])));
            }
        }
        return values;
    }

    private BitgradException refusal(String sentence) {
        return new BitgradException("%s, line %s: %s".formatted(file, line, sentence));
    }
}
