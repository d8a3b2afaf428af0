package io.github.bitgrad.layer;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A kind of layers: its name in files, and how a layer is made from its numbers. A kind that is not the library's is
 * found if it is declared as a service of this interface ({@link java.util.ServiceLoader}), or if it is passed when a
 * file is loaded.
 */
public interface LayerKind {
    /** The name in files, such as {@code maxPool}. No two kinds share a name. */
    String name();

    /**
     * Makes a layer of this kind.
     *
     * @param numbers the numbers that {@link Layer#numbers} returned when the layer was written to the file
     * @throws IllegalArgumentException if a number is missing or cannot be right
     */
    Layer layer(Numbers numbers);

    /**
     * The names of all numbers that {@link #layer} can be given, in the order in which people read them. A network as
     * text ({@code io.github.bitgrad.model.NetworkText}) takes no others. There are none unless this method is
     * overridden.
     */
    default List<String> numbers() {
        return List.of();
    }

    /**
     * The words that a network as text may give for a number, in the order of the numbers 0, 1, 2 … that they stand for.
     * A number that has words takes nothing else. There are none unless this method is overridden.
     *
     * @param number the name of a number
     */
    default List<String> words(String number) {
        return List.of();
    }

    /**
     * Makes a kind of layers that have no numbers, or are not used in networks as text.
     *
     * @param name its name in files
     * @param layer makes a layer from its numbers
     */
    static LayerKind of(String name, Function<Numbers, Layer> layer) {
        return of(name, List.of(), layer);
    }

    /**
     * Makes a kind.
     *
     * @param name its name in files
     * @param numbers the names of all numbers that a layer can be made from
     * @param layer makes a layer from its numbers
     */
    static LayerKind of(String name, List<String> numbers, Function<Numbers, Layer> layer) {
        return of(name, numbers, Map.of(), layer);
    }

    /**
     * Makes a kind of which some numbers are given as words.
     *
     * @param name its name in files
     * @param numbers the names of all numbers that a layer can be made from
     * @param words by the name of a number, the words for 0, 1, 2 …
     * @param layer makes a layer from its numbers
     */
    static LayerKind of(String name, List<String> numbers, Map<String, List<String>> words,
            Function<Numbers, Layer> layer) {
        return new LayerKind() {
            @Override
            public List<String> words(String number) {
                return words.getOrDefault(number, List.of());
            }

            @Override
            public List<String> numbers() {
                return numbers;
            }

            @Override
            public String name() {
                return name;
            }

            @Override
            public Layer layer(Numbers numbers) {
                return layer.apply(numbers);
            }
        };
    }
}
