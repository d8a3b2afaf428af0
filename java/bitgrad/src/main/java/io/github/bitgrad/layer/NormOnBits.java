package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form.AtSigns;
import io.github.bitgrad.compile.Form.NormalisedSums;
import io.github.bitgrad.compile.Form.Statistics;
import io.github.bitgrad.compile.Form.SumGradient;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.TileWidths;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormBackwardOperations;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.BatchNormSignOperations;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.PooledGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Batch normalisation by absolute values. Each channel of the sums y, a matrix [pixels of the batch, channels], has
 * statistics of its own, so sums can be computed one tile of channels at a time:
 *
 * <pre>
 * deviation = c · mean(|y − mean(y)|) + ε      n = (y − mean(y)) / deviation      x = n + β
 * </pre>
 *
 * where c = √(π/2). There are two backward passes. With v = ∂x / deviation, both have the form
 *
 * <pre>
 * ∂β = sum(∂x)      ∂y = v − mean(v) − slope · (s − mean(s))
 * </pre>
 *
 * <ul>
 * <li>If exactly one sign layer takes the normalised values, they are never kept. Then s are their signs, and the slope
 * is an estimate from these signs: c · (mean(v · s) / 2 − β · mean(v)).
 * <li>If anything else takes them, such as a join, an average or the loss, they are kept as float32, and the backward
 * pass is exact: s are the signs of n, and the slope is c · mean(v · n).
 * </ul>
 *
 * {@code bitgrad.h}, "Batch normalisation before a sign", derives both.
 */
final class NormOnBits extends ChannelSource.Derived {
    private final StepBuilder step;
    private final Edge input;
    private final NormStatistics statistics;
    private final int stream;
    /** The normalised values, if a consumer took them as numbers: float32 [pixels of the batch, channels]. */
    private final List<Buffer> kept = new ArrayList<>(1);

    NormOnBits(StepBuilder step, Edge input, ChannelSource source) {
        super(source);
        this.step = step;
        this.input = input;
        statistics = new NormStatistics(step, input, source.channels());
        stream = step.roundingStream();
    }

    Forward forward() {
        return new Forward(new Value.Reals(this), this::backward);
    }

    @Override
    public boolean givesMatrices() {
        return false;
    }

    @Override
    public Form tile(Tile tile, Want want) {
        Form pulled = source.tile(tile, Want.TOTALS);
        if (pulled instanceof Form.Product product) {
            return new Form.NormalisedProduct(product.signs(), statistics.running, statistics.beta.values(),
                    () -> normalised(product.values().buffer(), statistics.batch, statistics.running,
                            statistics.beta.values()));
        }
        String suffix = tile.suffix();
        Statistics batch = statistics.batch.of(tile);
        String name = step.name(".forward.mean" + suffix);
        Buffer sums = switch (pulled) {
            case Form.SumsWithTotals(Buffer values, Buffer totals) -> {
                BatchNormSignOperations.meanOfIntegers(step.program(), name, totals, values.rows(), batch.mean());
                yield values;
            }
            case Form form -> {
                Buffer values = form.values().buffer();
                BatchNormSignOperations.mean(step.program(), name, values, batch.mean());
                yield values;
            }
        };
        BatchNormSignOperations.deviation(step.program(), step.name(".forward.deviation" + suffix), sums, batch.mean(),
                batch.deviation());
        Statistics running = statistics.running.of(tile);
        Buffer beta = tile.of(statistics.beta.values());
        return new NormalisedSums(sums, batch, running, beta, () -> normalised(sums, batch, running, beta));
    }

    private Form.Values normalised(Buffer sums, Statistics batch, Statistics running, Buffer beta) {
        String name = step.name(".forward.normalise");
        Buffer x = step.temporary(".output", Variable.X, FLOAT32, sums.rows(), channels());
        kept.add(x);
        step.train(BatchNormOperations.normalise(name, sums, batch.mean(), batch.deviation(), beta, x));
        step.infer(BatchNormOperations.normalise(name, sums, running.mean(), running.deviation(), beta, x));
        return new Form.Values(x, false);
    }

    @Override
    public void finish() {
        super.finish();
        statistics.measure();
    }

    private void backward(ChannelSource gradient) {
        if (!kept.isEmpty()) {
            input.gradient(new Exact(gradient, kept.getFirst()));
        } else if (step.policy().tiled()) {
            input.gradient(new BySignsInTiles(gradient));
        } else {
            input.gradient(new BySigns(gradient));
        }
    }

    /** The backward pass from kept values. The gradient is float32 [pixels of the batch, channels]. */
    private final class Exact extends ChannelSource.Whole {
        private final ChannelSource gradient;
        private final Buffer x;

        Exact(ChannelSource gradient, Buffer x) {
            super(gradient.channels());
            this.gradient = gradient;
            this.x = x;
        }

        @Override
        protected Form make(Want want) {
            Buffer values = step.ownGradient(gradient.whole(Want.REAL).values());
            step.train(BatchNormOperations.normaliseBackwardL1(step.name(".backward.normalise"), values, x,
                    statistics.beta.values(), statistics.batch.deviation(), statistics.beta.gradient()));
            statistics.beta.update();
            return new Form.Values(values, true);
        }
    }

    private AtSigns atSigns(Form form) {
        if (form instanceof AtSigns gradient) {
            return gradient;
        }
        throw new IllegalStateException("%s keeps no values, so its gradient must come from a sign."
                .formatted(step.name("")));
    }

    private Buffer coefficients(String name, Tile tile, AtSigns gradient, Buffer squares) {
        return BatchNormBackwardOperations.coefficients(step.program(), name,
                new ChannelTile(gradient.gradient(), tile.begin()), gradient.signs(),
                new BatchNormBackwardOperations.Kept(tile.of(statistics.batch.deviation()),
                        tile.of(statistics.beta.values()),
                        tile.of(gradient.signMean()), gradient.count()),
                tile.of(statistics.beta.gradient()), tile.of(squares));
    }

    private BatchNormBackwardOperations.Backward pass(AtSigns gradient, Buffer coefficients, Buffer result) {
        return new BatchNormBackwardOperations.Backward(gradient.gradient(), coefficients, result,
                step.policy().rounding() == Rounding.STOCHASTIC, stream);
    }

    /**
     * The backward pass from signs, for all channels at once. The gradient is a matrix [pixels of the batch, channels]
     * in the policy's format, or float32 if the consumer wants real numbers. If there is pooling, the gradient passes
     * it in the same kernel.
     */
    private final class BySigns extends ChannelSource.Whole {
        private final ChannelSource source;

        BySigns(ChannelSource source) {
            super(source.channels());
            this.source = source;
        }

        @Override
        protected Form make(Want want) {
            AtSigns gradient = atSigns(source.whole(Want.ANY));
            Buffer product = gradient.gradient();
            String name = step.name(".backward.normalise");
            GradientFormat format = want.real() ? GradientFormat.FLOAT32 : step.policy().gradient();
            Buffer squares = step.perChannel(".squares", channels());
            Buffer coefficients = coefficients(name, Tile.all(channels()), gradient, squares);
            boolean samePixels = want.spread().isEmpty() && gradient.pooled().isEmpty();
            Buffer result = samePixels && product.type() == format.type()
                    ? product
                    : step.temporary(want.real() ? ".backward.normalised" : ".backward.gradient", Variable.DY,
                            format.type(), rows(gradient, want),
                            channels());
            Optional<Buffer> scale = Optional.empty();
            if (format.quantised()) {
                Buffer made = step.temporary(".backward.gradient.scale", Variable.OTHER, FLOAT32, 1, 1);
                step.train(BatchNormBackwardOperations.gradientScale(name + ".scale",
                        new BatchNormBackwardOperations.Squares(squares,
                                product.rows() * product.columns(), format.clip(), format.type()),
                        made));
                step.train(BatchNormBackwardOperations.scaleCoefficients(name + ".scaled", coefficients, made));
                scale = Optional.of(made);
            }
            BatchNormBackwardOperations.Backward pass = pass(gradient, coefficients, result);
            if (want.spread().isPresent()) {
                Want.Spread spread = want.spread().get();
                step.train(
                        BatchNormBackwardOperations.backwardPooledSums(name, pass, spread.pooling(), gradient.signs(),
                                spread.argmax(), step.clock()));
            } else if (gradient.pooled().isPresent()) {
                Form.PooledSigns pooled = gradient.pooled().get();
                step.train(BatchNormBackwardOperations.backwardPooledSigns(name, pass, pooled.pooling(), pooled.signs(),
                        step.clock()));
            } else {
                step.train(BatchNormBackwardOperations.backward(name, pass, 0, gradient.signs(), step.clock()));
            }
            statistics.beta.update();
            return want.real() ? new Form.Values(result, true) : new SumGradient(result, scale, Optional.empty());
        }

        /** The number of rows of the result: one for each pixel that was normalised or pooled. */
        private long rows(AtSigns gradient, Want want) {
            return want.spread()
                    .map(spread -> step.batch() * spread.pooling().pixels())
                    .orElse(gradient.count());
        }
    }

    /**
     * The backward pass from signs, one tile of channels at a time. The gradient is int8 [pixels of the batch, channels
     * of the tile]; if there is pooling, it has one row for each window. It can be pulled as one whole matrix, or in
     * tiles, of which each is used before the next one is computed.
     *
     * <p>
     * The scale of the integers is needed before the whole gradient exists. So it is computed from the root mean square
     * of the gradient in the step before, and values larger than 8 times this root are clipped. If a gradient grows
     * suddenly, it is clipped for one step. In the first step, the scale is computed from as many channels as the
     * narrowest tile has, so results do not depend on the width of tiles.
     */
    private final class BySignsInTiles implements ChannelSource {
        private final ChannelSource source;
        private final GradientFormat format = step.policy().gradient();
        private final List<Integers> integers = new ArrayList<>(1);
        private final List<Buffer> unselected = new ArrayList<>(1);

        BySignsInTiles(ChannelSource source) {
            this.source = source;
        }

        @Override
        public long channels() {
            return NormOnBits.this.channels();
        }

        @Override
        public boolean tileable() {
            return source.tileable() && !source.ofWindows();
        }

        @Override
        public Form tile(Tile tile, Want want) {
            if (want.real()) {
                return new BySigns(source).whole(want);
            }
            if (tile.channels() < channels()) {
                AtSigns gradient = atSigns(source.tile(tile, Want.ANY));
                Buffer result = step.temporary(".backward.normalise" + tile.suffix() + ".gradient", Variable.DY, INT8,
                        gradient.gradient().rows(), tile.channels());
                return pass(tile, gradient, result);
            }
            List<SumGradient> whole = new ArrayList<>(1);
            step.tiles(source, ".backward", part -> {
                AtSigns gradient = atSigns(source.tile(part, Want.ANY));
                Buffer result = whole.isEmpty()
                        ? step.temporary(".backward.gradient", Variable.DY, INT8, gradient.gradient().rows(),
                                channels())
                        : whole.getFirst().buffer();
                whole.add(pass(part, gradient, result));
            });
            return whole.getFirst();
        }

        private SumGradient pass(Tile tile, AtSigns gradient, Buffer result) {
            Buffer product = gradient.gradient();
            String name = step.name(".backward.normalise" + tile.suffix());
            if (integers.isEmpty()) {
                integers.add(new Integers(step, product.rows(), channels()));
            }
            Integers units = integers.getFirst();
            Buffer scale = units.scale();
            Buffer coefficients = coefficients(name, tile, gradient, units.squares());
            if (tile.begin() == 0) {
                long first = Math.min(TileWidths.NARROWEST, channels());
                step.train(BatchNormBackwardOperations.scaleOfLastStep(name + ".scale",
                        new BatchNormBackwardOperations.Squares(
                                units.squares().elements(0, first), product.rows() * first, format.clip(), INT8),
                        units.nextScale(), scale, step.clock()));
            }
            step.train(BatchNormBackwardOperations.scaleCoefficients(name + ".coefficients", coefficients, scale));
            step.train(BatchNormBackwardOperations.backward(name, NormOnBits.this.pass(gradient, coefficients, result),
                    tile.begin(), gradient.signs(), step.clock()));
            Optional<PooledGradient> pooled = gradient.pooled().map(signs -> {
                step.train(
                        BatchNormBackwardOperations.unselectedGradient(name + ".unselected", coefficients, tile.begin(),
                                unselected()));
                return new PooledGradient.OfSigns(signs.pooling().windowHeight(), signs.pooling().windowWidth(),
                        signs.signs(),
                        unselected());
            });
            return new SumGradient(result, Optional.of(scale), pooled);
        }

        /**
         * The gradient of the elements that pooling did not select: int8 [2, channels], one value for each channel and
         * sign.
         */
        private Buffer unselected() {
            if (unselected.isEmpty()) {
                unselected.add(step.temporary(".backward.unselected", Variable.DY, INT8, 2, channels()));
            }
            return unselected.getFirst();
        }

        @Override
        public void finish() {
            if (integers.isEmpty()) {
                return; // it was pulled as real, and finished with that
            }
            source.finish();
            Integers units = integers.getFirst();
            step.train(
                    BatchNormBackwardOperations.gradientScale(step.name(".backward.nextScale"),
                            new BatchNormBackwardOperations.Squares(
                                    units.squares(), units.rows() * channels(), format.clip(), INT8),
                            units.nextScale()));
            statistics.beta.update();
        }
    }

    /**
     * The scale of the integers of a gradient.
     *
     * @param rows the number of rows of the gradient
     * @param scale the scale in this step: float32 [1, 1]
     * @param nextScale the scale in the next step: float32 [1, 1]
     * @param squares the sum of the squares of the gradient for each channel: float32 [1, channels]
     */
    private record Integers(long rows, Buffer scale, Buffer nextScale, Buffer squares) {
        Integers(StepBuilder step, long rows, long channels) {
            this(rows, step.temporary(".backward.scale", Variable.OTHER, FLOAT32, 1, 1),
                    step.persistent(".backward.nextScale", Variable.OTHER, FLOAT32, 1, 1),
                    step.perChannel(".squares", channels));
        }
    }
}
