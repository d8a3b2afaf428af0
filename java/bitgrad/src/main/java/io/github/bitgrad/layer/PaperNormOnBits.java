package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.BITS;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.AtSigns;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormSignOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.PaperNormOperations;
import java.util.Optional;

/**
 * The paper's batch normalisation ({@link io.github.bitgrad.compile.Normalisation#PAPER}), on whole matrices. Its
 * backward pass uses the signs of the normalised values before the bias, which are kept for it, whatever takes the
 * normalised values.
 */
final class PaperNormOnBits extends NormOnBits {
    private final PaperNormOperations.Kept kept;
    /** The signs of the normalised values before the bias: bits [normalised values of a channel, channels]. */
    private final Buffer signs;

    PaperNormOnBits(StepBuilder step, Edge input, ChannelSource source) {
        super(step, input, source);
        kept = new PaperNormOperations.Kept(statistics.batch.deviation(), step.perChannel(".omega", channels()));
        signs = step.temporary(".normalisedSigns", Variable.X, BITS,
                step.batch() * input.shape().height() * input.shape().width(), channels());
    }

    @Override
    void deviation(Tile tile, Buffer sums, Statistics batch) {
        PaperNormOperations.deviation(step.program(), step.name(".forward.deviation"), sums, batch.mean(),
                statistics.scales(tile), kept);
        Buffer noBias = step.perChannel(".noBias", channels());
        String ofSigns = step.name(".forward.normalisedSign");
        step.train(ElementwiseOperations.fill(ofSigns + ".noBias", noBias, 0));
        step.train(BatchNormSignOperations.sign(ofSigns, sums,
                new BatchNormSignOperations.Normaliser(batch.mean(), batch.deviation(), noBias), 0, signs));
    }

    @Override
    void backward(ChannelSource gradient) {
        input.gradientOfLearning(step, new BySigns(gradient));
    }

    @Override
    Prepared prepare(String name, Tile tile, ChannelSource source, Buffer squares) {
        Form.Values values = switch (source.tile(tile, Want.REAL)) {
            case AtSigns(Buffer windows, _, _, _, Optional<Form.PooledSigns> pooled) when pooled.isPresent() ->
                new Form.Values(new GradientSpread(step).overSigns(windows, pooled.get()), true);
            case AtSigns atSigns -> new Form.Values(atSigns.gradient(), true);
            case Form form -> step.float32(form.values());
        };
        Buffer coefficients = PaperNormOperations.coefficients(step.program(), name, values.buffer(), signs, kept,
                statistics.beta.gradient(), squares);
        return new Prepared(values.buffer(), values.own(), signs, coefficients, signs.rows(), Optional.empty());
    }
}
