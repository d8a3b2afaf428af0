package io.github.bitgrad.data;

import io.github.bitgrad.BitgradException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Turns raw samples, such as a photograph, a recording or a row of a table, into the bytes that a network takes. A data
 * set has one, a network that is trained on it is saved with it, and new samples are classified through it
 * ({@code Classifier.preprocessing()}). So they become bytes as the training samples did.
 *
 * <p>
 * Objects do not change, and any number of threads may use one.
 */
public interface Preprocessing {
    /**
     * What a file holds: one sample, or one of several.
     *
     * @param name what reports call it: the name of the file, and where in the file it is if there are several
     * @param bytes as many unsigned bytes as {@link #shape()} has values
     */
    record Input(String name, byte[] bytes) {
    }

    /** {@return the kind, by whose name a {@link PreprocessingKind} is found} */
    String kind();

    /** {@return a text that {@link PreprocessingKind#preprocessing} makes an equal object from} */
    String text();

    /** {@return the shape of the images that it makes} */
    ImageShape shape();

    /**
     * Reads the raw samples of a file, and makes their bytes.
     *
     * @return at least one
     * @throws BitgradException when the file cannot be read or does not hold such samples
     */
    List<Input> read(Path file);

    /**
     * Makes the bytes of a raw sample that is given as numbers, such as a row of a table or the values of a sensor.
     * What the numbers are, and how many, is said by the kind.
     *
     * @return as many unsigned bytes as {@link #shape()} has values
     * @throws IllegalArgumentException when these are not the numbers of a sample, or samples of this kind are no
     *             numbers
     */
    default byte[] bytes(float[] sample) {
        throw new IllegalArgumentException(
                "Samples of kind \"%s\" are not given as numbers: read them from files.".formatted(kind()));
    }

    /** {@return how a network for such samples is trained if nobody says it; empty if there is no such advice} */
    default Optional<Recipe> recipe() {
        return Optional.empty();
    }
}
