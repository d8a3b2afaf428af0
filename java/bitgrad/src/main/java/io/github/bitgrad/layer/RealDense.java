package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;

/**
 * A dense layer with real weights: every output is computed from every input. The input is real values, or the network's
 * 8-bit input. The output is real values without a bias, which a network may end with.
 *
 * @param units the number of outputs, at least 1
 */
public record RealDense(int units) implements Layer {
    static final LayerKind KIND = LayerKind.of("realDense", List.of("units"),
            numbers -> new RealDense(numbers.whole("units")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("units", units);
    }

    @Override
    public Optional<Layer> withOutputs(int channels) {
        return Optional.of(new RealDense(channels));
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
        return RealProducts.compile(step, convolution(input.shape()), input);
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return RealProducts.paperTerms(convolution(Layer.single(inputs)));
    }

    @Override
    public String toString() {
        return "realDense(%s)".formatted(units);
    }
}
