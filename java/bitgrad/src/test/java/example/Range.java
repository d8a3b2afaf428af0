package example;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A preprocessing of a user's: the numbers of a sensor, which lie between two limits, become bytes from 0 to 255. A file
 * has a sample on each line, with spaces between its numbers.
 */
public record Range(int values, float low, float high) implements Preprocessing {
    /** Found as a service, in {@code META-INF/services}. */
    public static final class Kind implements PreprocessingKind {
        /** For the service loader. */
        public Kind() {
        }

        @Override
        public String name() {
            return "range";
        }

        @Override
        public Preprocessing preprocessing(String text) {
            String[] parts = text.split(" ");
            if (parts.length != 3) {
                throw new IllegalArgumentException("a range has 3 numbers, not " + parts.length);
            }
            return new Range(Integer.parseInt(parts[0]), Float.parseFloat(parts[1]), Float.parseFloat(parts[2]));
        }
    }

    @Override
    public String kind() {
        return "range";
    }

    @Override
    public String text() {
        return values + " " + low + " " + high;
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(1, values, 1);
    }

    @Override
    public byte[] bytes(float[] sample) {
        byte[] bytes = new byte[values];
        for (int i = 0; i < values; i++) {
            bytes[i] = (byte) Math.clamp(Math.round(255 * (sample[i] - low) / (high - low)), 0, 255);
        }
        return bytes;
    }

    @Override
    public List<Input> read(Path file) {
        try {
            return Files.readAllLines(file).stream().map(line -> new Input(line, bytes(numbers(line)))).toList();
        } catch (IOException failure) {
            throw new BitgradException("%s cannot be read.".formatted(file), failure);
        }
    }

    private static float[] numbers(String line) {
        double[] numbers = Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
        float[] sample = new float[numbers.length];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (float) numbers[i];
        }
        return sample;
    }
}
