package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT16;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormSignOperations;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sign of a real value: −1 below 0, otherwise +1. The estimator says how the gradient passes the sign in the
 * backward pass; forward, and when a network is only used, all estimators are the same. {@code new Sign()} has the
 * usual one, which lets the gradient pass unchanged where the value is in [−1, 1].
 *
 * <p>
 * The usual sign of normalised sums is fused with batch normalisation, whose backward pass is then estimated from the
 * signs. Before every other sign, the backward pass of batch normalisation is exact.
 *
 * @param estimator what stands for the derivative of the sign
 * @param clip the largest magnitude of a value that {@link Estimator#CLIP} lets the gradient pass at: a positive number
 */
public record Sign(Estimator estimator, double clip) implements Layer {
    /** What stands for the derivative of the sign, which is 0 almost everywhere. */
    public enum Estimator {
        /** The straight-through estimator: 1 where the value x has |x| ≤ clip, and 0 elsewhere. */
        CLIP,
        /**
         * ApproxSign (Bi-Real Net, Liu et al., arXiv 1808.00278): 2 − 2 |x| where the value x has |x| ≤ 1, and 0
         * elsewhere. The values are needed in the backward pass. With products on bits, they are computed again if what
         * gives them can do that, as batch normalisation of sums can; otherwise they are kept as float16.
         */
        APPROX;

        @Override
        public String toString() {
            return this == CLIP ? "clip" : "approx";
        }
    }

    static final LayerKind KIND = LayerKind.of("sign", List.of("estimator", "clip"),
            Map.of("estimator", List.of(Estimator.CLIP.toString(), Estimator.APPROX.toString())),
            numbers -> new Sign(estimator(numbers.whole("estimator", 0)), numbers.real("clip", 1)));

    /** A sign with the straight-through estimator, which lets the gradient pass where the value is in [−1, 1]. */
    public Sign() {
        this(Estimator.CLIP, 1);
    }

    /** A sign with {@link Estimator#APPROX}. */
    public static Sign approximate() {
        return new Sign(Estimator.APPROX, 1);
    }

    /**
     * A sign with the straight-through estimator, which lets the gradient pass where the value is in [−limit, limit].
     *
     * @param limit a positive number
     */
    public static Sign clipped(double limit) {
        return new Sign(Estimator.CLIP, limit);
    }

    private static Estimator estimator(int number) {
        if (number < 0 || number >= Estimator.values().length) {
            throw new IllegalArgumentException("There is no estimator of signs with the number %s.".formatted(number));
        }
        return Estimator.values()[number];
    }

    @Override
    public LayerKind kind() {
        return KIND;
    }

    /** The numbers that are not those of {@code new Sign()}. */
    @Override
    public Numbers numbers() {
        Numbers numbers = Numbers.NONE;
        if (estimator != Estimator.CLIP) {
            numbers = numbers.and("estimator", estimator.ordinal());
        }
        return clip == 1 ? numbers : numbers.and("clip", clip);
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        BinaryProducts.requireClip(this, clip);
        if (estimator == Estimator.APPROX && clip != 1) {
            throw new IllegalArgumentException(
                    "%s is impossible: the estimator approx has no clip; leave it out.".formatted(this));
        }
        return Layer.single(inputs);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        Edge input = Layer.single(inputs);
        return switch (step.policy().products()) {
            case BITS -> new Packed(step, input).forward();
            case BLAS -> reals(step, input);
        };
    }

    @Override
    public String toString() {
        String approximate = estimator == Estimator.APPROX ? estimator.toString() : "";
        String clipped = clip == 1 ? "" : "clip " + clip;
        return "sign(%s%s%s)".formatted(approximate, approximate.isEmpty() || clipped.isEmpty() ? "" : ", ", clipped);
    }

    private boolean isUsual() {
        return estimator == Estimator.CLIP && clip == 1;
    }

    /**
     * With products by OpenBLAS, the values are kept and stand for their signs. The estimator reads the values again.
     */
    private Forward reals(StepBuilder step, Edge input) {
        Buffer x = step.reals(input).whole(Want.KEPT).values().buffer();
        return new Forward(new Value.SignsOfReals(x), gradient -> input.gradient(
                new ChannelSource.Whole(gradient.channels()) {
                    @Override
                    protected Form make(Want want) {
                        Buffer values = step.ownGradient(gradient.whole(Want.REAL).values());
                        step.train(switch (estimator) {
                            case CLIP -> ElementwiseOperations.straightThrough(step.name(".backward.straightThrough"),
                                    x, (float) clip, values);
                            case APPROX -> ElementwiseOperations.approximateSign(
                                    step.name(".backward.approximateSign"), x, new ChannelTile(values, 0));
                        });
                        return new Form.Values(values, true);
                    }
                }));
    }

    /** With products on bits: one bit for each sign, and one bit for the straight-through estimator. */
    private final class Packed {
        private final StepBuilder step;
        private final Edge input;
        private final Buffer signs;
        private final Buffer straightThrough;
        /** The mean of the signs, if they are the signs of normalised sums that are not kept. */
        private final List<Buffer> signMean = new ArrayList<>(1);

        Packed(StepBuilder step, Edge input) {
            this.step = step;
            this.input = input;
            signs = matrix(".signs", ElementType.BITS);
            straightThrough = matrix(".straightThrough", ElementType.BITS);
        }

        /** A matrix for each value of the input, [pixels of the batch, channels]. */
        private Buffer matrix(String suffix, ElementType type) {
            ImageShape shape = input.shape();
            return step.temporary(suffix, Variable.X, type, step.batch() * shape.height() * shape.width(),
                    shape.channels());
        }

        Forward forward() {
            ChannelSource source = step.source(input);
            boolean readsValues = estimator == Estimator.APPROX && !step.inferenceOnly();
            Optional<ChannelSource> again = readsValues ? source.again() : Optional.empty();
            List<Buffer> kept = new ArrayList<>(1);
            if (readsValues && again.isEmpty()) {
                Buffer values = matrix(".signInput", FLOAT16);
                kept.add(values);
                signs(Tile.all(source.channels()), source).ifPresent(reals -> step.train(
                        ElementwiseOperations.convert(step.name(".forward.signInput"), reals, values)));
            } else if (step.inferenceOnly()) {
                signs(Tile.all(source.channels()), source); // by thresholds, so that no sums exist
            } else {
                step.tiles(source, ".forward", tile -> signs(tile, source));
            }
            source.finish();
            return new Forward(new Value.PackedSigns(signs, straightThrough), gradient -> input.gradient(!isUsual()
                    ? new AtInput(gradient, again, kept)
                    : signMean.isEmpty() ? gradient : new Gradient(gradient)));
        }

        /** Computes the signs of a tile. Returns the values, float32, unless only their signs exist. */
        private Optional<Buffer> signs(Tile tile, ChannelSource source) {
            switch (source.tile(tile, Want.ANY)) {
                case Form.NormalisedSums sums when isUsual() -> signs(tile, sums);
                case Form.NormalisedSums sums -> {
                    Buffer reals = sums.normalisedInTraining().get().buffer();
                    step.train(packed(tile, reals));
                    step.infer(fused(tile, sums));
                    return Optional.of(reals);
                }
                case Form.NormalisedProduct product -> signs(product);
                case Form form -> {
                    Buffer reals = form.values().buffer();
                    step.trainAndInfer(packed(tile, reals));
                    return Optional.of(reals);
                }
            }
            return Optional.empty();
        }

        /** Computes the signs of sums, which are normalised in the same pass. */
        private void signs(Tile tile, Form.NormalisedSums sums) {
            if (signMean.isEmpty()) {
                signMean.add(step.perChannel(".signMean", signs.columns()));
            }
            BatchNormSignOperations.sign(step.program(), name(tile), sums.sums(),
                    normaliser(sums.batch(), sums.beta()), tile.begin(),
                    new BatchNormSignOperations.Signs(signs, straightThrough, tile.of(signMean.getFirst())));
            step.infer(fused(tile, sums));
        }

        private String name(Tile tile) {
            return step.name(".forward.sign" + tile.suffix());
        }

        /** The operation that normalises sums and takes their signs, in inference. */
        private Operation fused(Tile tile, Form.NormalisedSums sums) {
            return BatchNormSignOperations.sign(name(tile), sums.sums(), normaliser(sums.running(), sums.beta()),
                    tile.begin(), signs);
        }

        /** Computes the signs of a product, whose sums are compared with thresholds. */
        private void signs(Form.NormalisedProduct product) {
            Buffer thresholds = step.program().learned(step.name(".thresholds"), Variable.OTHER, ElementType.INT32, 1,
                    signs.columns());
            step.prepare(BatchNormSignOperations.thresholds(thresholds.name(),
                    normaliser(product.running(), product.beta()), thresholds));
            product.signs().compute(thresholds, signs);
        }

        private static BatchNormSignOperations.Normaliser normaliser(Form.Statistics statistics, Buffer beta) {
            return new BatchNormSignOperations.Normaliser(statistics.mean(), statistics.deviation(), beta);
        }

        /** The operation that takes the signs of real numbers. */
        private Operation packed(Tile tile, Buffer reals) {
            if (reals.type() != ElementType.FLOAT32) {
                throw new IllegalArgumentException(
                        "%s takes sums that are not normalised; put batch normalisation before the sign."
                                .formatted(step.name("")));
            }
            return ElementwiseOperations.signPack(name(tile), new ChannelTile(reals, tile.begin()), (float) clip, signs,
                    straightThrough);
        }

        /** The gradient at signs, in the form that the backward pass of batch normalisation needs. */
        private final class Gradient extends ChannelSource.Derived {
            Gradient(ChannelSource source) {
                super(source);
            }

            @Override
            public boolean ofWindows() {
                return source.ofWindows();
            }

            @Override
            public Form tile(Tile tile, Want want) {
                Buffer mean = signMean.getFirst();
                return switch (source.tile(tile, Want.ANY)) {
                    case Form.AtPooledSigns(var gradient, var pooledSigns, var pooling) -> new Form.AtSigns(gradient,
                            pooledSigns, mean, signs.rows(), Optional.of(new Form.PooledSigns(pooling, signs)));
                    case Form form -> new Form.AtSigns(form.values().buffer(), signs, mean, signs.rows(),
                            Optional.empty());
                };
            }
        }

        /**
         * The gradient at the input of signs whose estimator is not the usual one, as numbers with a row for each pixel.
         * Where the gradient at the signs is not 0, the straight-through bits have let it pass already.
         */
        private final class AtInput implements ChannelSource {
            private final ChannelSource source;
            private final Optional<ChannelSource> again;
            private final List<Buffer> kept;

            /**
             * @param source the gradient at the signs
             * @param again computes the values again, if the estimator reads them and nothing has kept them
             * @param kept the values, if they were kept: float16 [pixels of the batch, channels]
             */
            AtInput(ChannelSource source, Optional<ChannelSource> again, List<Buffer> kept) {
                this.source = source;
                this.again = again;
                this.kept = kept;
            }

            @Override
            public long channels() {
                return source.channels();
            }

            /** The gradient at windows of pooled signs is spread over their pixels as a whole. */
            @Override
            public boolean tileable() {
                return source.tileable() && !source.ofWindows();
            }

            @Override
            public Form tile(Tile tile, Want want) {
                Form.Values atSigns = GradientSpread.atSigns(step, source.tile(tile, want), signs);
                return estimator == Estimator.CLIP ? atSigns : approximate(tile, atSigns);
            }

            private Form.Values approximate(Tile tile, Form.Values atSigns) {
                Buffer gradient = step.ownGradient(atSigns);
                String name = step.name(".backward.approximateSign" + tile.suffix());
                step.train(again.isPresent()
                        ? ElementwiseOperations.approximateSign(name,
                                again.get().tile(tile, Want.ANY).values().buffer(), new ChannelTile(gradient, 0))
                        : ElementwiseOperations.approximateSign(name, kept.getFirst(),
                                new ChannelTile(gradient, tile.begin())));
                return new Form.Values(gradient, true);
            }

            @Override
            public void finish() {
                source.finish();
                again.ifPresent(ChannelSource::finish);
            }
        }
    }
}
