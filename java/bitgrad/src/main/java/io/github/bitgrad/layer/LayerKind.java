package io.github.bitgrad.layer;

import java.util.function.Function;

/**
 * A kind of layers, by which files name them. Kinds of other people's are found as services of this interface
 * ({@link java.util.ServiceLoader}), or are given where a file is loaded.
 */
public interface LayerKind {
    /** What files call the kind, as {@code maxPool}; no two kinds share a name. */
    String name();

    /**
     * A layer of this kind.
     *
     * @param numbers those that {@link Layer#numbers} gave when it was written
     * @throws IllegalArgumentException where they are not the numbers of such a layer
     */
    Layer layer(Numbers numbers);

    /** A kind of this name, whose layers are made of their numbers so. */
    static LayerKind of(String name, Function<Numbers, Layer> layer) {
        return new LayerKind() {
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
