package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

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
    public ImageShape shape(List<ImageShape> inputs) {
        Layer.single(inputs);
        if (units < 1) {
            throw new IllegalArgumentException("%s has no units; it needs at least one.".formatted(this));
        }
        return new ImageShape(1, 1, units);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return RealProducts.compile(step, new ConvolutionShape(1, 1, input.shape().values(), 1, 1, 0, units), input);
    }

    @Override
    public String toString() {
        return "realDense(%s)".formatted(units);
    }
}
