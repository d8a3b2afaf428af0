package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;

/**
 * A dense layer with binary weights: every output is computed from every input. The input is signs, or the network's
 * 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param units the number of outputs, at least 1
 * @param clip the latent weights are clipped to [−clip, clip] by algorithms that store them as floats, and to a quarter
 *            of that by algorithms that store them as bytes: a positive number, usually 1
 */
public record Dense(int units, double clip) implements Layer {
    static final LayerKind KIND = LayerKind.of("dense", List.of("units", "clip"),
            numbers -> new Dense(numbers.whole("units"), numbers.real("clip", 1)));

    /**
     * A dense layer whose latent weights have the usual limit.
     *
     * @param units the number of outputs, at least 1
     */
    public Dense(int units) {
        this(units, 1);
    }

    /**
     * This layer with another limit of its latent weights.
     *
     * @param limit a positive number
     */
    public Dense clip(double limit) {
        return new Dense(units, limit);
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return BinaryProducts.withClip(Numbers.NONE.and("units", units), clip);
    }

    private ConvolutionShape convolution(ImageShape input) {
        return DenseGeometry.convolution(input, units);
    }

    @Override
    public Optional<Layer> withOutputs(int channels) {
        return Optional.of(new Dense(channels, clip));
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = DenseGeometry.shape(this, units);
        BinaryProducts.requireClip(this, clip);
        BinaryProducts.requireFanIn(this, Layer.single(inputs).values());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input, (float) clip);
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
        return BinaryProducts.described("dense(%s)".formatted(units), clip);
    }
}
