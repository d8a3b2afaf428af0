package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.LatentWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.compile.Weights;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BlasOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.util.function.Consumer;

/**
 * A product by OpenBLAS, on float32 (Courbariaux and Bengio, arXiv 1602.02830). Signs are computed from the
 * stored values each time a product needs them, and weights are updated as soon as their gradient is computed. So
 * neither the signs nor the gradients of all layers exist at the same time.
 */
final class ProductOnBlas extends ChannelSource.Whole {
    private final StepBuilder step;
    private final ConvolutionShape convolution;
    private final Edge edge;
    private final Weights weights;
    /**
     * The input: float32 [batch · pixels, channels]. For the first layer, and with real weights, these are real numbers.
     * For any other layer only their signs are used.
     */
    private final Buffer x;
    private final boolean takesSigns;

    private ProductOnBlas(StepBuilder step, ConvolutionShape convolution, Edge edge, Buffer x, boolean takesSigns,
            Weights weights) {
        super(convolution.outChannels());
        this.step = step;
        this.convolution = convolution;
        this.edge = edge;
        this.x = x;
        this.takesSigns = takesSigns;
        this.weights = weights;
    }

    /** A product with binary weights. */
    static ProductOnBlas ofSigns(StepBuilder step, ConvolutionShape convolution, Edge edge,
            LatentWeights latent) {
        Buffer x = switch (edge.value()) {
            case Value.Pixels _ -> step.reals(edge).whole(Want.KEPT).values().buffer();
            case Value.SignsOfReals(Buffer reals) -> reals;
            default -> throw new IllegalArgumentException(
                    "%s takes signs, but its input %s gives real values; put a sign between them."
                            .formatted(step.name(""), edge.name()));
        };
        return new ProductOnBlas(step, convolution, edge, x, edge.value() instanceof Value.SignsOfReals,
                step.binaryWeights(convolution.outChannels(), convolution.taps(), convolution.channels(), latent));
    }

    /** A product with real weights. */
    static ProductOnBlas ofReals(StepBuilder step, ConvolutionShape convolution, Edge edge) {
        return new ProductOnBlas(step, convolution, edge, step.reals(edge).whole(Want.KEPT).values().buffer(), false,
                step.realWeights(convolution.outChannels(), convolution.taps(), convolution.channels()));
    }

    Forward forward() {
        return new Forward(weights.sums(this), this::backward);
    }

    /** A convolution of images with one pixel needs no im2col. */
    private boolean isDense() {
        return convolution.pixels() == 1 && convolution.taps() == 1;
    }

    /** Y = X̂ Ŵ. */
    @Override
    protected Form make(Want want) {
        String suffix = ".forward";
        Buffer sums = want.into().orElseGet(() -> step.temporary(".forward.sums", Variable.DXY, FLOAT32,
                step.batch() * convolution.outPixels(), convolution.outChannels()));
        Buffer signs = weightSigns(suffix, step::trainAndInfer);
        step.trainAndInfer(isDense()
                ? BlasOperations.sgemmForward(step.name(suffix), denseInput(suffix, step::trainAndInfer), signs, sums)
                : BlasOperations.convolutionForward(step.name(suffix), convolution, x, takesSigns, signs,
                        columns(suffix),
                        sums));
        return new Form.Values(sums, true);
    }

    /** Computes ∂X with the weights before the update, then ∂W, and updates the weights at once. */
    private void backward(ChannelSource source) {
        Buffer gradient = step.float32(source.whole(Want.REAL).values()).buffer();
        if (edge.needsGradient()) {
            String suffix = ".backward.inputGradient";
            Buffer product = step.temporary(suffix, Variable.DXY, FLOAT32, x.rows(), x.columns());
            Buffer signs = weightSigns(".backward", step::train);
            step.train(isDense()
                    ? BlasOperations.sgemmInputGradient(step.name(suffix), gradient, signs, product)
                    : BlasOperations.convolutionInputGradient(step.name(suffix), convolution, gradient, signs,
                            columns(suffix), product));
            edge.gradient(ChannelSource.of(product));
        }
        String suffix = ".backward.weightGradient";
        Buffer product = step.temporary(suffix, Variable.DW, FLOAT32, convolution.outChannels(), convolution.fanIn());
        step.train(isDense()
                ? BlasOperations.sgemmWeightGradient(step.name(suffix), gradient, denseInput(".backward", step::train),
                        product)
                : BlasOperations.convolutionWeightGradient(step.name(suffix), convolution, gradient, x, takesSigns,
                        columns(suffix), product));
        weights.update(product);
    }

    /** Scratch memory for a part of the input in the layout of im2col. The product fills it part by part. */
    private Buffer columns(String suffix) {
        return step.temporary(suffix + ".columns", Variable.OTHER, FLOAT32,
                BlasOperations.columnRows(convolution, step.batch()), convolution.fanIn());
    }

    /**
     * The input with all values of an image in one row: real numbers for the first layer, signs for any other layer.
     */
    private Buffer denseInput(String suffix, Consumer<Operation> timeline) {
        return takesSigns
                ? signs(suffix + ".inputSigns", x, step.batch(), convolution.fanIn(), timeline)
                : x.as(FLOAT32, step.batch(), convolution.fanIn());
    }

    /** Ŵ = sgn(W). Real weights, and weights that are stored as signs, are used as they are. */
    private Buffer weightSigns(String suffix, Consumer<Operation> timeline) {
        Buffer values = weights.values();
        return weights instanceof BinaryWeights binary && binary.hasLatent()
                ? signs(suffix + ".weightSigns", values, values.rows(), values.columns(), timeline)
                : values;
    }

    private Buffer signs(String suffix, Buffer values, long rows, long columns, Consumer<Operation> timeline) {
        Buffer signs = step.temporary(suffix, Variable.OTHER, FLOAT32, rows, columns);
        timeline.accept(ElementwiseOperations.sign(signs.name(), values, signs));
        return signs;
    }
}
