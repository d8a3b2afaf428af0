package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.NetworkText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code --model} names: a network of the library, or a file with a network as text. */
sealed interface Model {
    /** The number of classes where no data says one. */
    int CLASSES = 10;

    /** Builds the network for the images and the classes of a data set. */
    Network build(Dataset dataset);

    /** Builds the network where no data is read. */
    Network withoutData();

    /** A network of the library. */
    record Named(Models model) implements Model {
        @Override
        public Network build(Dataset dataset) {
            return model.build(dataset);
        }

        @Override
        public Network withoutData() {
            return model.usual();
        }

        @Override
        public String toString() {
            return model.toString();
        }
    }

    /** A network as text. */
    record OfText(NetworkText text) implements Model {
        @Override
        public Network build(Dataset dataset) {
            return text.build(dataset);
        }

        @Override
        public Network withoutData() {
            ImageShape input = text.input().orElseThrow(() -> new IllegalArgumentException(
                    "Network %s does not say what images it takes; add a line such as: input 32x32x3."
                            .formatted(text)));
            return text.build(input, CLASSES);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    /**
     * Finds a model.
     *
     * @param word the name of a network of the library, or the path of a file
     * @throws IllegalArgumentException if there is neither; the message contains the most similar name
     */
    static Model of(String word) {
        Path file = Path.of(word);
        boolean named = Stream.of(Models.values()).anyMatch(model -> model.toString().equals(word));
        if (named || !Files.exists(file) && !word.contains("/") && !word.contains(".")) {
            return new Named(Models.named(word));
        }
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "There is no file %s with a network; name a text file with a line for each layer, or a model: %s."
                            .formatted(word, Stream.of(Models.values()).map(Models::toString)
                                    .collect(Collectors.joining(", "))));
        }
        try {
            return new OfText(NetworkText.read(file));
        } catch (IOException unreadable) {
            throw new UncheckedIOException("%s cannot be read: %s".formatted(file, unreadable.getMessage()),
                    unreadable);
        }
    }
}
