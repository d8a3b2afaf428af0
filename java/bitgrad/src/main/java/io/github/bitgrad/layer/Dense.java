package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A dense layer with binary weights: every output is computed from every input. The input is signs, or the network's
 * 8-bit input. The output is sums, which batch normalisation should follow.
 *
 * @param units the number of outputs, at least 1
 * @param weights what the latent weights are like
 */
public record Dense(int units, LatentWeights weights) implements Layer {
    static final LayerKind KIND = LayerKind.of("dense",
            Stream.concat(Stream.of("units"), BinaryProducts.NUMBERS.stream()).toList(), BinaryProducts.WORDS,
            numbers -> new Dense(numbers.whole("units"), BinaryProducts.latent(numbers)));

    /**
     * A dense layer with the usual latent weights.
     *
     * @param units the number of outputs, at least 1
     */
    public Dense(int units) {
        this(units, LatentWeights.USUAL);
    }

    /**
     * This layer with another limit of its latent weights.
     *
     * @param limit a positive number
     */
    public Dense clip(double limit) {
        return new Dense(units, weights.withClip(limit));
    }

    /**
     * This layer with scaled weights: the signs of each output are multiplied by the mean magnitude of its latent weights
     * ({@link LatentWeights}).
     */
    public Dense scaled() {
        return new Dense(units, weights.withScale());
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public Numbers numbers() {
        return BinaryProducts.with(Numbers.NONE.and("units", units), weights);
    }

    private ConvolutionShape convolution(ImageShape input) {
        return DenseGeometry.convolution(input, units);
    }

    @Override
    public Optional<Layer> withOutputs(int channels) {
        return Optional.of(new Dense(channels, weights));
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        ImageShape output = DenseGeometry.shape(this, units);
        BinaryProducts.requireClip(this, weights.clip());
        BinaryProducts.requireFanIn(this, Layer.single(inputs).values());
        return output;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return BinaryProducts.compile(step, convolution(input.shape()), input, weights);
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
        return BinaryProducts.described("dense(%s)".formatted(units), weights);
    }
}
