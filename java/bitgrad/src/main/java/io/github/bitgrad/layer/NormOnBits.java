package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.BITS;
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
import io.github.bitgrad.compile.ImageSource;
import io.github.bitgrad.compile.Images;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.TileWidths;
import io.github.bitgrad.compile.Total;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormBackwardOperations;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.BatchNormSignOperations;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.PooledGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

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
 * <li>If exactly one sign layer with the usual estimator takes the normalised values, they are never kept. Then s are their signs, and the slope
 * is an estimate from these signs: c · (mean(v · s) / 2 − β · mean(v)).
 * <li>If anything else takes them, such as a join, an average or the loss, the backward pass is exact: s are the signs
 * of n, and the slope is c · mean(v · n). The loss needs the values anyway, so for it they are kept as float32. For
 * anything else they are not kept: the sums are computed again in the backward pass, unless their source cannot do that.
 * </ul>
 *
 * {@code bitgrad.h}, "Batch normalisation before a sign" and "Batch normalisation of a stream", derives both.
 */
class NormOnBits extends ChannelSource.Derived {
    final StepBuilder step;
    final Edge input;
    final NormStatistics statistics;
    private final int stream;
    /** The normalised values, if a consumer took them as numbers: float32 [pixels of the batch, channels]. */
    private final List<Buffer> kept = new ArrayList<>(1);
    /** The signs of sums that are computed again: bits [pixels of the batch, channels]. */
    private final List<Buffer> signsAgain = new ArrayList<>(1);
    /** Computes the sums again for the backward pass, if a consumer took the normalised values as numbers. */
    private final List<ChannelSource> again = new ArrayList<>(1);

    NormOnBits(StepBuilder step, Edge input, ChannelSource source) {
        super(source);
        this.step = step;
        this.input = input;
        statistics = new NormStatistics(step, input, source.channels());
        stream = step.roundingStream();
    }

    final Forward forward() {
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
                    () -> normalised(tile, want, product.values(), step::infer));
        }
        Statistics batch = statistics.batch.of(tile);
        Buffer sums = statistics(tile, pulled, batch);
        Form.Values values = new Form.Values(sums, !(pulled instanceof Form.Values matrix) || matrix.own());
        return new NormalisedSums(sums, batch, statistics.running.of(tile), tile.of(statistics.beta.values()),
                () -> normalised(tile, want, values, step::infer), () -> normalised(tile, want, values, _ -> {
                }));
    }

    /** Computes the statistics of a tile of sums, and returns the sums. */
    Buffer statistics(Tile tile, Form pulled, Statistics batch) {
        String name = step.name(".forward.mean" + tile.suffix());
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
        deviation(tile, sums, batch);
        return sums;
    }

    /** Computes the deviation of a tile of sums, whose mean has been computed. */
    void deviation(Tile tile, Buffer sums, Statistics batch) {
        BatchNormSignOperations.deviation(step.program(), step.name(".forward.deviation" + tile.suffix()), sums,
                batch.mean(), batch.deviation());
        statistics.scaleEpsilon(tile);
    }

    /** The matrix of all channels. Where there are tiles, it is put together from them. */
    @Override
    public Form whole(Want want) {
        return want.kept()
                ? super.whole(want)
                : new Total(step, ".forward", Variable.X, step::trainAndInfer).of(List.of(this), want);
    }

    /**
     * x of a tile of channels, in place of the sums if they are float32 and may be overwritten.
     *
     * @param inference takes the operation that computes x in inference
     */
    Form.Values normalised(Tile tile, Want want, Form.Values sums, Consumer<Operation> inference) {
        Optional<ChannelSource> sumsAgain = want.kept() ? Optional.empty() : source.again();
        if (sumsAgain.isPresent() && again.isEmpty()) {
            again.add(sumsAgain.get());
        }
        String name = step.name(".forward.normalise" + tile.suffix());
        Buffer x = Elementwise.result(step, step.name(".output" + tile.suffix()), sums, Variable.X);
        step.train(normalise(name, tile, statistics.batch, sums.buffer(), x));
        inference.accept(normalise(name, tile, statistics.running, sums.buffer(), x));
        if (sumsAgain.isEmpty()) {
            keep(tile, x);
        }
        return new Form.Values(x, sumsAgain.isPresent());
    }

    private Operation normalise(String name, Tile tile, Statistics by, Buffer sums, Buffer x) {
        Statistics ofTile = by.of(tile);
        return BatchNormOperations.normalise(name, sums, ofTile.mean(), ofTile.deviation(),
                tile.of(statistics.beta.values()), x);
    }

    private void keep(Tile tile, Buffer x) {
        if (tile.channels() == channels()) {
            kept.add(x);
            return;
        }
        if (kept.isEmpty()) {
            kept.add(step.temporary(".output", Variable.X, FLOAT32, x.rows(), channels()));
        }
        step.train(ElementwiseOperations.copyTile(step.name(".forward.keep" + tile.suffix()),
                new ChannelTile(x, tile.begin()), kept.getFirst()));
    }

    /** The normalised sums of some images at a time, if the backward pass can compute the sums again. */
    @Override
    public Optional<ImageSource> byImages() {
        return step.policy().normalisation() == Normalisation.BITGRAD && !groups().isEmpty()
                ? source.byImages().map(NormalisedImages::new)
                : Optional.empty();
    }

    /** The images of the batch in groups, each of which has whole blocks of sums; empty if there are only few. */
    private List<Images> groups() {
        long rows = BatchNormBackwardOperations.BLOCK_ROWS;
        return Images.groups(step.batch(), pixels() * channels(),
                rows / Math.min(rows, Long.lowestOneBit(pixels())));
    }

    /** The number of rows of an image. */
    private long pixels() {
        return (long) input.shape().height() * input.shape().width();
    }

    /** The number of rows of the sums. */
    private long rows() {
        return step.batch() * pixels();
    }

    /** A matrix of block sums: float32 [blocks, columns]. */
    private Buffer blockSums(String name, long columns) {
        return step.program().temporary(name + ".sums", Variable.OTHER, FLOAT32,
                Math.ceilDiv(rows(), BatchNormBackwardOperations.BLOCK_ROWS), columns);
    }

    /** The block sums of some images, which are whole blocks. */
    private Buffer blocks(Images images, Buffer sums) {
        long rows = BatchNormBackwardOperations.BLOCK_ROWS;
        return sums.rows(images.begin() * pixels() / rows, Math.ceilDiv(images.end() * pixels(), rows));
    }

    /**
     * Normalises the sums of some images at a time. Before, they are computed in tiles of channels for the statistics, when
     * there is still memory for such tiles.
     */
    private final class NormalisedImages implements ImageSource {
        private final ImageSource sums;

        NormalisedImages(ImageSource sums) {
            this.sums = sums;
        }

        @Override
        public Buffer images(Images images, boolean inference) {
            if (again.isEmpty()) {
                again.add(source.again().orElseThrow());
                statistics();
            }
            Buffer y = sums.images(images, inference);
            String name = step.unique(".forward.normalise.images");
            Tile all = Tile.all(channels());
            Buffer x = Elementwise.result(step, name, new Form.Values(y, true), Variable.X);
            step.train(normalise(name, all, statistics.batch, y, x));
            if (inference) {
                step.infer(normalise(name, all, statistics.running, y, x));
            }
            return x;
        }

        private void statistics() {
            ChannelSource tiles = source.again().orElseThrow();
            step.tiles(tiles, ".forward.statistics", tile -> NormOnBits.this.statistics(tile,
                    tiles.tile(tile, Want.ANY), statistics.batch.of(tile)));
            tiles.finish();
        }
    }

    /** The sums again, normalised by the statistics that the forward pass found. */
    @Override
    public Optional<ChannelSource> again() {
        return source.again().map(sums -> new Derived(sums) {
            @Override
            public Optional<ImageSource> byImages() {
                return sums.byImages().map(of -> (images, _) -> normalised(
                        new Form.Values(of.images(images, false), true), Tile.all(channels())).buffer());
            }

            private Form.Values normalised(Form.Values y, Tile tile) {
                String name = step.unique(".backward.again.normalise");
                Buffer x = Elementwise.result(step, name, y, Variable.X);
                step.train(normalise(name, tile, statistics.batch, y.buffer(), x));
                return new Form.Values(x, true);
            }

            @Override
            public Form tile(Tile tile, Want want) {
                return normalised(sums.tile(tile, Want.ANY).values(), tile);
            }
        });
    }

    @Override
    public void finish() {
        super.finish();
        statistics.measure();
    }

    /** Hands the gradient on to the input. */
    void backward(ChannelSource gradient) {
        if (!kept.isEmpty()) {
            input.gradientOfLearning(step, new Exact(gradient, kept.getFirst()));
        } else if (!again.isEmpty() && againByImages().isPresent() && gradient.byImages().isPresent()) {
            input.gradientOfLearning(step, new ExactByImages(gradient, gradient.byImages().get()));
        } else if (step.policy().tiled()) {
            boolean tiles = again.isEmpty() || !gradient.tileable() && againByImages().isPresent();
            input.gradientOfLearning(step, new BySignsInTiles(tiles ? gradient : new InTiles(step, gradient)));
        } else {
            input.gradientOfLearning(step, new BySigns(gradient));
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

    /**
     * What the last pass over the gradient of a tile needs.
     *
     * @param gradient the gradient at the signs, or at the normalised values: float16 or float32 [rows, channels of the
     *            tile]
     * @param own whether the gradient may be overwritten
     * @param signs s: bits [rows of the gradient, all channels]
     * @param coefficients float32 [3, channels of the tile]
     * @param count the number of normalised sums of each channel
     * @param pooled the signs before pooling; empty if the signs were not pooled
     */
    record Prepared(Buffer gradient, boolean own, Buffer signs, Buffer coefficients, long count,
            Optional<Form.PooledSigns> pooled) {
    }

    /** Pulls the gradient of a tile, and computes coefficients, squares and the gradient of the biases from it. */
    Prepared prepare(String name, Tile tile, ChannelSource source, Buffer squares) {
        return again.isEmpty() ? fromSigns(name, tile, source, squares) : fromSums(name, tile, source, squares);
    }

    private Prepared fromSigns(String name, Tile tile, ChannelSource source, Buffer squares) {
        if (!(source.tile(tile, Want.ANY) instanceof AtSigns gradient)) {
            throw new IllegalStateException("%s keeps no values, so its gradient must come from a sign."
                    .formatted(step.name("")));
        }
        Buffer coefficients = BatchNormBackwardOperations.coefficients(step.program(), name,
                new ChannelTile(gradient.gradient(), tile.begin()), gradient.signs(),
                new BatchNormBackwardOperations.Kept(tile.of(statistics.batch.deviation()),
                        tile.of(statistics.beta.values()),
                        tile.of(gradient.signMean()), gradient.count()),
                tile.of(statistics.beta.gradient()), tile.of(squares));
        return new Prepared(gradient.gradient(), true, gradient.signs(), coefficients, gradient.count(),
                gradient.pooled());
    }

    private Prepared fromSums(String name, Tile tile, ChannelSource source, Buffer squares) {
        Form.Values values = source.tile(tile, Want.REAL).values();
        Buffer gradient = values.buffer();
        Optional<ImageSource> byImages = againByImages();
        if (byImages.isPresent() && tile.channels() == channels()) {
            return new Prepared(gradient, values.own(), signsAgain(),
                    exactCoefficients(name, (images, _) -> images.of(gradient, pixels()), byImages.get(), squares),
                    gradient.rows(), Optional.empty());
        }
        Buffer sums = blockSums(name, BatchNormBackwardOperations.EXACT_TERMS * tile.channels());
        step.train(BatchNormBackwardOperations.exactSums(name + ".sums", new ChannelTile(gradient, tile.begin()),
                again.getFirst().tile(tile, Want.ANY).values().buffer(), tile.of(statistics.batch.mean()),
                signsAgain(), sums));
        return new Prepared(gradient, values.own(), signsAgain(), exactCoefficients(name, tile, sums, squares),
                gradient.rows(), Optional.empty());
    }

    /** The coefficients of all channels, from the gradient and the sums of some images at a time. */
    private Buffer exactCoefficients(String name, ImageSource gradient, ImageSource sumsAgain, Buffer squares) {
        Tile all = Tile.all(channels());
        Buffer sums = blockSums(name, BatchNormBackwardOperations.EXACT_TERMS * channels());
        for (Images images : groups()) {
            Buffer part = gradient.images(images, false);
            step.train(BatchNormBackwardOperations.exactSums(step.unique(".backward.normalise.sums"),
                    new ChannelTile(part, 0), sumsAgain.images(images, false), statistics.batch.mean(),
                    images.of(signsAgain(), pixels()), blocks(images, sums)));
        }
        return exactCoefficients(name, all, sums, squares);
    }

    private Buffer exactCoefficients(String name, Tile tile, Buffer sums, Buffer squares) {
        return BatchNormBackwardOperations.exactCoefficients(step.program(), name, sums, rows(),
                new BatchNormBackwardOperations.Exact(tile.of(statistics.batch.deviation()),
                        tile.of(statistics.beta.gradient()), tile.of(squares)));
    }

    private Buffer signsAgain() {
        if (signsAgain.isEmpty()) {
            signsAgain.add(step.temporary(".backward.signs", Variable.DY, BITS, rows(), channels()));
        }
        return signsAgain.getFirst();
    }

    /** The sums again for some images at a time, where the batch has more than a few groups of images. */
    private Optional<ImageSource> againByImages() {
        return groups().isEmpty() ? Optional.empty() : again.getFirst().byImages();
    }

    /**
     * The exact backward pass for some images at a time, all channels of them. The gradient at the normalised values is
     * computed twice: for the coefficients of the channels, and for the gradient at the sums.
     */
    private final class ExactByImages extends ChannelSource.Whole {
        private final ChannelSource source;
        private final ImageSource gradient;
        private final List<Buffer> coefficients = new ArrayList<>(1);

        ExactByImages(ChannelSource source, ImageSource gradient) {
            super(source.channels());
            this.source = source;
            this.gradient = gradient;
        }

        @Override
        public Optional<ImageSource> byImages() {
            return Optional.of((images, _) -> {
                Buffer values = values(images);
                atSums(images, values, values);
                return values;
            });
        }

        @Override
        protected Form make(Want want) {
            Buffer whole = step.temporary(".backward.normalised", Variable.DY, FLOAT32, rows(),
                    channels());
            for (Images images : groups()) {
                atSums(images, values(images), images.of(whole, pixels()));
            }
            return new Form.Values(whole, true);
        }

        /** The gradient at the normalised values of some images, once the coefficients are there. */
        private Buffer values(Images images) {
            if (coefficients.isEmpty()) {
                coefficients.add(exactCoefficients(step.name(".backward.normalise"), gradient,
                        againByImages().orElseThrow(), step.perChannel(".squares", channels())));
            }
            return gradient.images(images, false);
        }

        private void atSums(Images images, Buffer values, Buffer result) {
            step.train(BatchNormBackwardOperations.backward(step.unique(".backward.normalise"),
                    new BatchNormBackwardOperations.Backward(values, coefficients.getFirst(), result, false, stream), 0,
                    images.of(signsAgain(), pixels()), step.clock()));
        }

        @Override
        public void finish() {
            source.finish();
            statistics.beta.update();
        }
    }

    private BatchNormBackwardOperations.Backward pass(Prepared prepared, Buffer result) {
        return new BatchNormBackwardOperations.Backward(prepared.gradient(), prepared.coefficients(), result,
                step.policy().rounding() == Rounding.STOCHASTIC, stream);
    }

    /**
     * The backward pass from signs, for all channels at once. The gradient is a matrix [pixels of the batch, channels]
     * in the policy's format, or float32 if the consumer wants real numbers. If there is pooling, the gradient passes
     * it in the same kernel.
     */
    final class BySigns extends ChannelSource.Whole {
        private final ChannelSource source;

        BySigns(ChannelSource source) {
            super(source.channels());
            this.source = source;
        }

        @Override
        protected Form make(Want want) {
            String name = step.name(".backward.normalise");
            GradientFormat format = want.real() ? GradientFormat.FLOAT32 : step.policy().gradient();
            Buffer squares = step.perChannel(".squares", channels());
            Prepared gradient = prepare(name, Tile.all(channels()), source, squares);
            source.finish();
            Buffer product = gradient.gradient();
            boolean inPlace = gradient.own() && want.spread().isEmpty() && gradient.pooled().isEmpty();
            Buffer result = inPlace && product.type() == format.type()
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
                step.train(
                        BatchNormBackwardOperations.scaleCoefficients(name + ".scaled", gradient.coefficients(), made));
                scale = Optional.of(made);
            }
            BatchNormBackwardOperations.Backward pass = pass(gradient, result);
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
        private long rows(Prepared gradient, Want want) {
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
        private final List<Buffer> whole = new ArrayList<>(1);
        /** The sums of squares of a gradient that is pulled as float32: float32 [1, channels]. Nobody reads them. */
        private final List<Buffer> realSquares = new ArrayList<>(1);
        /** The number of rows of the gradient, once a tile was pulled. */
        private long rows;

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

        /** Tiles are integers, unless the consumer wants real numbers. */
        @Override
        public boolean givesMatrices() {
            return false;
        }

        @Override
        public Form tile(Tile tile, Want want) {
            if (want.real()) {
                boolean whole = tile.channels() == channels();
                return again.isEmpty() && whole ? new BySigns(source).whole(want) : real(tile);
            }
            if (tile.channels() < channels()) {
                return integers(tile, false);
            }
            List<SumGradient> parts = new ArrayList<>();
            step.tiles(source, ".backward", part -> parts.add(integers(part, true)));
            return parts.getFirst();
        }

        /** The gradient of a tile as float32. It is not the gradient at pooled signs, which has no tiles. */
        private Form.Values real(Tile tile) {
            String name = step.name(".backward.normalise" + tile.suffix());
            if (realSquares.isEmpty()) {
                realSquares.add(step.perChannel(".squares", channels()));
            }
            Prepared gradient = prepare(name, tile, source, realSquares.getFirst());
            Buffer values = gradient.gradient();
            Buffer result = gradient.own() && values.type() == FLOAT32
                    ? values
                    : step.temporary(".backward.normalised" + tile.suffix(), Variable.DY, FLOAT32, values.rows(),
                            tile.channels());
            step.train(BatchNormBackwardOperations.backward(name, pass(gradient, result), tile.begin(),
                    gradient.signs(), step.clock()));
            return new Form.Values(result, true);
        }

        /**
         * The gradient of a tile as integers.
         *
         * @param ofWhole whether the tile is written into the matrix of all channels, and not into one of its own
         */
        private SumGradient integers(Tile tile, boolean ofWhole) {
            String name = step.name(".backward.normalise" + tile.suffix());
            if (integers.isEmpty()) {
                integers.add(new Integers(step, channels()));
            }
            Integers units = integers.getFirst();
            Buffer scale = units.scale();
            Prepared gradient = prepare(name, tile, source, units.squares());
            Buffer product = gradient.gradient();
            Buffer coefficients = gradient.coefficients();
            rows = product.rows();
            if (tile.begin() == 0) {
                long first = Math.min(TileWidths.NARROWEST, channels());
                step.train(BatchNormBackwardOperations.scaleOfLastStep(name + ".scale",
                        new BatchNormBackwardOperations.Squares(
                                units.squares().elements(0, first), rows * first, format.clip(), INT8),
                        units.nextScale(), scale, step.clock()));
            }
            step.train(BatchNormBackwardOperations.scaleCoefficients(name + ".coefficients", coefficients, scale));
            Buffer result = ofWhole
                    ? wholeGradient()
                    : step.temporary(".backward.normalise" + tile.suffix() + ".gradient", Variable.DY, INT8, rows,
                            tile.channels());
            step.train(BatchNormBackwardOperations.backward(name, pass(gradient, result), tile.begin(),
                    gradient.signs(), step.clock()));
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

        /** The gradient of all channels: int8 [rows, channels]. */
        private Buffer wholeGradient() {
            if (whole.isEmpty()) {
                whole.add(step.temporary(".backward.gradient", Variable.DY, INT8, rows, channels()));
            }
            return whole.getFirst();
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
            if (integers.isEmpty() && realSquares.isEmpty()) {
                return; // it was pulled as real from signs, and finished with that
            }
            source.finish();
            integers.forEach(units -> step.train(
                    BatchNormBackwardOperations.gradientScale(step.name(".backward.nextScale"),
                            new BatchNormBackwardOperations.Squares(
                                    units.squares(), rows * channels(), format.clip(), INT8),
                            units.nextScale())));
            statistics.beta.update();
        }
    }

    /**
     * The scale of the integers of a gradient.
     *
     * @param scale the scale in this step: float32 [1, 1]
     * @param nextScale the scale in the next step: float32 [1, 1]
     * @param squares the sum of the squares of the gradient for each channel: float32 [1, channels]
     */
    private record Integers(Buffer scale, Buffer nextScale, Buffer squares) {
        Integers(StepBuilder step, long channels) {
            this(step.temporary(".backward.scale", Variable.OTHER, FLOAT32, 1, 1),
                    step.persistent(".backward.nextScale", Variable.OTHER, FLOAT32, 1, 1),
                    step.perChannel(".squares", channels));
        }
    }
}
