package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormBackwardOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.tensor.ElementType;

/**
 * Spreads the gradient at pooling windows over the pixels of the windows: the selected element of a window gets the
 * gradient, all other elements get 0. The last pass of the backward pass of batch normalisation does this, if its
 * coefficients leave the gradient as it is.
 */
final class GradientSpread {
    private static final int COEFFICIENTS = 3;

    private final StepBuilder step;
    private final String name;
    private final String suffix;

    GradientSpread(StepBuilder step) {
        this.step = step;
        name = step.unique(".backward.normalise.spread");
        suffix = step.unused(".backward.spread");
    }

    /**
     * A gradient at signs as a matrix with a row for each pixel: where the signs were pooled, it is spread over them.
     *
     * @param form the gradient
     * @param signs the signs, before any pooling: bits [pixels of the batch, channels]
     */
    static Form.Values atSigns(StepBuilder step, Form form, Buffer signs) {
        return switch (form) {
            case Form.AtPooledSigns(var gradient, _, var pooling) -> new Form.Values(
                    new GradientSpread(step).overSigns(gradient, new Form.PooledSigns(pooling, signs)), true);
            default -> form.values();
        };
    }

    /**
     * From pooled signs to the signs before pooling.
     *
     * @param gradient float16 or float32 [windows of the batch, channels]
     * @return of the same type, [pixels of the batch, channels]
     */
    Buffer overSigns(Buffer gradient, Form.PooledSigns pooled) {
        Buffer result = result(gradient.type(), pooled.signs().rows(), gradient.columns());
        step.train(BatchNormBackwardOperations.backwardPooledSigns(name, unchanged(gradient, result), pooled.pooling(),
                pooled.signs(), step.clock()));
        return result;
    }

    /**
     * From windows of sums to the sums before pooling.
     *
     * @param gradient float32 [windows of the batch, channels]
     * @param type of the result: float16 or float32
     * @return [pixels of the batch, channels]
     */
    Buffer overSums(Buffer gradient, Want.Spread spread, ElementType type) {
        Buffer result = result(type, step.batch() * spread.pooling().pixels(), gradient.columns());
        Buffer anyBits = spread.argmax().rows(0, gradient.rows()); // what is subtracted does not depend on signs
        step.train(BatchNormBackwardOperations.backwardPooledSums(name, unchanged(gradient, result), spread.pooling(),
                anyBits, spread.argmax(), step.clock()));
        return result;
    }

    private Buffer result(ElementType type, long rows, long channels) {
        return step.temporary(suffix, Variable.DY, type, rows, channels);
    }

    /** A pass that multiplies a gradient by 1, and subtracts 0. */
    private BatchNormBackwardOperations.Backward unchanged(Buffer gradient, Buffer result) {
        Buffer coefficients = step.temporary(suffix + ".coefficients", Variable.OTHER, FLOAT32, COEFFICIENTS,
                gradient.columns());
        step.train(ElementwiseOperations.fill(name + ".factor", coefficients.rows(0, 1), 1));
        step.train(ElementwiseOperations.fill(name + ".offsets", coefficients.rows(1, COEFFICIENTS), 0));
        return new BatchNormBackwardOperations.Backward(gradient, coefficients, result, false, 0);
    }
}
