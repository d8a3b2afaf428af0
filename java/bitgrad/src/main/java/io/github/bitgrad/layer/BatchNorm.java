package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.data.ImageShape;
import java.util.List;

/**
 * Batch normalisation of each channel, with a bias and without a factor: x = (y − mean) / deviation + β. The policy says
 * how the deviation and the backward pass are computed ({@link io.github.bitgrad.compile.Normalisation}). The mean and
 * the deviation of a training step are those of all values of a channel in the batch. There must be at least two of
 * them, batch · height · width; a step with a single value is not trained.
 */
public record BatchNorm() implements Layer {
    static final LayerKind KIND = LayerKind.of("batchNorm", _ -> new BatchNorm());

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Layer.single(inputs);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        ChannelSource source = input.value() instanceof Value.ScaledSums(ChannelSource sums, _)
                ? sums
                : step.reals(input);
        return switch (step.policy().products()) {
            case BITS -> (switch (step.policy().normalisation()) {
                case BITGRAD -> new NormOnBits(step, input, source);
                case PAPER -> new PaperNormOnBits(step, input, source);
                case L1, L2 -> new KeptNormOnBits(step, input, source);
            }).forward();
            case BLAS -> new NormOnBlas(step, input, source).forward();
        };
    }

    @Override
    public PaperTerms paperTerms(List<ImageShape> inputs) {
        return PaperTerms.normalised(Layer.single(inputs).channels());
    }

    @Override
    public String toString() {
        return "batchNorm()";
    }
}
