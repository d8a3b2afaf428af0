package io.github.bitgrad.layer;

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
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sign of a real value: −1 below 0, otherwise +1. The backward pass is the straight-through estimator: the gradient
 * passes unchanged where the value is in [−1, 1], and is 0 elsewhere.
 */
public record Sign() implements Layer {
    static final LayerKind KIND = LayerKind.of("sign", _ -> new Sign());

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
        return switch (step.policy().products()) {
            case BITS -> new Packed(step, input).forward();
            case BLAS -> reals(step, input);
        };
    }

    @Override
    public String toString() {
        return "sign()";
    }

    /**
     * With products by OpenBLAS, the values are kept and stand for their signs. The estimator reads the values again.
     */
    private static Forward reals(StepBuilder step, Edge input) {
        Buffer x = step.reals(input).whole(Want.KEPT).values().buffer();
        return new Forward(new Value.SignsOfReals(x), gradient -> input.gradient(
                new ChannelSource.Whole(gradient.channels()) {
                    @Override
                    protected Form make(Want want) {
                        Buffer values = step.ownGradient(gradient.whole(Want.REAL).values());
                        step.train(ElementwiseOperations.straightThrough(step.name(".backward.straightThrough"), x,
                                values));
                        return new Form.Values(values, true);
                    }
                }));
    }

    /** With products on bits: one bit for each sign, and one bit for the straight-through estimator. */
    private static final class Packed {
        private final StepBuilder step;
        private final Edge input;
        private final Buffer signs;
        private final Buffer straightThrough;
        /** The mean of the signs, if they are the signs of normalised sums that are not kept. */
        private final List<Buffer> signMean = new ArrayList<>(1);

        Packed(StepBuilder step, Edge input) {
            this.step = step;
            this.input = input;
            ImageShape shape = input.shape();
            long rows = step.batch() * shape.height() * shape.width();
            signs = step.temporary(".signs", Variable.X, ElementType.BITS, rows, shape.channels());
            straightThrough = step.temporary(".straightThrough", Variable.X, ElementType.BITS, rows,
                    shape.channels());
        }

        Forward forward() {
            ChannelSource source = step.source(input);
            step.tiles(source, ".forward", tile -> {
                switch (source.tile(tile, Want.ANY)) {
                    case Form.NormalisedSums sums -> signs(tile, sums);
                    case Form.NormalisedProduct product -> signs(product);
                    case Form form -> signs(tile, form.values().buffer());
                }
            });
            source.finish();
            return new Forward(new Value.PackedSigns(signs, straightThrough),
                    gradient -> input.gradient(signMean.isEmpty() ? gradient : new Gradient(gradient)));
        }

        /** Computes the signs of sums, which are normalised in the same pass. */
        private void signs(Tile tile, Form.NormalisedSums sums) {
            if (signMean.isEmpty()) {
                signMean.add(step.perChannel(".signMean", signs.columns()));
            }
            String name = step.name(".forward.sign" + tile.suffix());
            BatchNormSignOperations.sign(step.program(), name, sums.sums(),
                    normaliser(sums.batch(), sums.beta()), tile.begin(),
                    new BatchNormSignOperations.Signs(signs, straightThrough, tile.of(signMean.getFirst())));
            step.infer(BatchNormSignOperations.sign(name, sums.sums(), normaliser(sums.running(), sums.beta()),
                    tile.begin(),
                    signs));
        }

        /** Computes the signs of a product, whose sums are compared with thresholds. */
        private void signs(Form.NormalisedProduct product) {
            Buffer thresholds = step.program().learned(step.name(".thresholds"), Variable.OTHER, ElementType.INT32, 1,
                    signs.columns());
            step.program().beforeInference(BatchNormSignOperations.thresholds(thresholds.name(),
                    normaliser(product.running(), product.beta()), thresholds));
            product.signs().compute(thresholds, signs);
        }

        private static BatchNormSignOperations.Normaliser normaliser(Form.Statistics statistics, Buffer beta) {
            return new BatchNormSignOperations.Normaliser(statistics.mean(), statistics.deviation(), beta);
        }

        /** Computes the signs of real numbers. */
        private void signs(Tile tile, Buffer reals) {
            if (reals.type() != ElementType.FLOAT32) {
                throw new IllegalArgumentException(
                        "%s takes sums that are not normalised; put batch normalisation before the sign."
                                .formatted(step.name("")));
            }
            step.trainAndInfer(ElementwiseOperations.signPack(step.name(".forward.sign" + tile.suffix()),
                    new ChannelTile(reals, tile.begin()), 1, signs, straightThrough));
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
    }
}
