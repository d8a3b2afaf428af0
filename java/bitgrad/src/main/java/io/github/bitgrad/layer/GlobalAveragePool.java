package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;

/**
 * The average of all pixels of an image, per channel: its output is one pixel. It takes real values (sums, or normalised
 * values before their sign) of images of any size, and gives real values. In the backward pass, every pixel gets an equal
 * part of the gradient.
 */
public record GlobalAveragePool() implements Layer {
    static final LayerKind KIND = LayerKind.of("globalAveragePool", _ -> new GlobalAveragePool());

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return new ImageShape(1, 1, Layer.single(inputs).channels());
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        ImageShape shape = input.shape();
        return Averages.compile(step, new WindowShape(shape.height(), shape.width(), shape.channels(), shape.height(),
                shape.width(), shape.height(), shape.width(), 0, 0), KIND.name(), input);
    }

    @Override
    public String toString() {
        return "globalAveragePool()";
    }
}
