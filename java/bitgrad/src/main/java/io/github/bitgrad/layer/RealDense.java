package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A dense layer with real weights: every output is computed from every input. The input is real values, or the network's
 * 8-bit input. The output is real values, which a network may end with.
 *
 * @param units the number of outputs, at least 1
 * @param biased whether a bias that is learned is added to each output
 */
public record RealDense(int units, boolean biased) implements Layer {
    static final LayerKind KIND = LayerKind.of("realDense",
            Stream.concat(Stream.of("units"), RealProducts.NUMBERS.stream()).toList(), RealProducts.WORDS,
            numbers -> new RealDense(numbers.whole("units"), RealProducts.biased(numbers)));

    /**
     * A dense layer without biases.
     *
     * @param units the number of outputs, at least 1
     */
    public RealDense(int units) {
        this(units, false);
    }

    /** This layer with a bias for each output, which begins with 0 and is learned. */
    public RealDense bias() {
        return new RealDense(units, true);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return RealProducts.with(Numbers.NONE.and("units", units), biased);
    }

    @Override
    public Optional<Layer> withOutputs(int channels) {
        return Optional.of(new RealDense(channels, biased));
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        Layer.single(inputs);
        return DenseGeometry.shape(this, units);
    }

    private ConvolutionShape convolution(ImageShape input) {
        return DenseGeometry.convolution(input, units);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return RealProducts.compile(step, convolution(input.shape()), input, biased);
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return RealProducts.paperTerms(convolution(Layer.single(inputs)), biased);
    }

    @Override
    public String toString() {
        return RealProducts.described("realDense(%s)".formatted(units), biased);
    }
}
