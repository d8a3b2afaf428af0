package io.github.bitgrad.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Makes the kinds of convolutions, which all have the same numbers. */
final class ConvolutionKind {
    /** Makes a convolution of its channels and its geometry. */
    interface Maker<C extends Layer> {
        C make(int channels, ConvolutionGeometry geometry);
    }

    private ConvolutionKind() {
    }

    /** The kind with this name in files. Its kernel is one pixel, its stride 1 and its padding 0 unless they are given. */
    static <C extends Layer> LayerKind of(String name, Maker<C> maker) {
        return of(name, maker, List.of(), Map.of(), (convolution, _) -> convolution);
    }

    /**
     * A kind that has more numbers than its geometry.
     *
     * @param more the names of these numbers
     * @param words by the name of a number, the words for 0, 1, 2 …
     * @param with gives these numbers to a convolution
     */
    static <C extends Layer> LayerKind of(String name, Maker<C> maker, List<String> more,
            Map<String, List<String>> words, BiFunction<C, Numbers, Layer> with) {
        List<String> names = new ArrayList<>(List.of("channels"));
        names.addAll(ConvolutionGeometry.NUMBERS);
        names.addAll(more);
        return LayerKind.of(name, List.copyOf(names), words, numbers -> with.apply(
                maker.make(numbers.whole("channels"), ConvolutionGeometry.of(numbers)), numbers));
    }
}
