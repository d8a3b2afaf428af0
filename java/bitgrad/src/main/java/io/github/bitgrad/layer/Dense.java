package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;

/**
 * A dense layer with binary weights: every output is computed from every input. The input is signs, or the network's
 * 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param units the number of outputs, at least 1
 */
public record Dense(int units) implements Layer {
    static final LayerKind KIND = LayerKind.of("dense", List.of("units"),
            numbers -> new Dense(numbers.whole("units")));

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return Numbers.NONE.and("units", units);
    }

    private ConvolutionShape convolution(ImageShape input) {
        return DenseGeometry.convolution(input, units);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = DenseGeometry.shape(this, units);
        BinaryProducts.requireFanIn(this, Layer.single(inputs).values());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input);
    }

    @Override
    public boolean hasBinaryWeights() {
        return true;
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return BinaryProducts.paperTerms(convolution(Layer.single(inputs)));
    }

    @Override
    public String toString() {
        return "dense(%s)".formatted(units);
    }
}
