package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.LANES;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.BatchNormKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.Normalisation;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.util.List;

/** Makes operations of batch normalisation of float32. What each kernel computes is said in {@code bitgrad.h}. */
public final class BatchNormOperations {
    private BatchNormOperations() {
    }

    /** mean and deviation [1, channels] of y [rows, channels], float32, by squares. */
    public static Operation statisticsL2(String name, Buffer y, Buffer mean, Buffer deviation) {
        expectShape(name, 1, y.columns(), mean, deviation);
        return bound(name, y.columns(), LANES, 2 * elements(y),
                _ -> BatchNormKernel.statisticsL2(matrix(y), matrix(mean), matrix(deviation))::run,
                List.of(y, mean, deviation));
    }

    /** x [rows, channels] = (y − mean) / deviation + beta, float32; x may be y. */
    public static Operation normalise(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta, Buffer x) {
        expectShape(name, y.rows(), y.columns(), x);
        expectShape(name, 1, y.columns(), mean, deviation, beta);
        return bound(name, y.rows(), 1, elements(y), arena -> BatchNormKernel.apply(arena, matrix(y),
                new Normalisation(matrix(mean), matrix(deviation), matrix(beta)), matrix(x))::run,
                List.of(y, mean, deviation, beta, x));
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l2, x kept. */
    public static Operation normaliseBackwardL2(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        return normaliseBackward(name, BatchNormKernel::backwardL2, gradient, x, beta, deviation, betaGradient);
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l1, x kept. */
    public static Operation normaliseBackwardL1(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        return normaliseBackward(name, BatchNormKernel::backwardL1, gradient, x, beta, deviation, betaGradient);
    }

    private interface NormaliseBackward {
        RangeCall of(Arena arena, Matrix gradient, Matrix x, Matrix beta, Matrix deviation, Matrix betaGradient);
    }

    private static Operation normaliseBackward(String name, NormaliseBackward kernel, Buffer gradient, Buffer x,
            Buffer beta, Buffer deviation, Buffer betaGradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        expectShape(name, 1, x.columns(), beta, deviation, betaGradient);
        return bound(name, x.columns(), LANES, 3 * elements(x), arena -> kernel.of(arena, matrix(gradient), matrix(x),
                matrix(beta), matrix(deviation), matrix(betaGradient))::run,
                List.of(gradient, x, beta, deviation, betaGradient));
    }

    /**
     * average becomes the mean of the values of all batches that were measured, both [1, channels]; the first batch sets
     * it.
     */
    public static Operation mean(String name, Buffer values, Buffer average, TrainingClock clock) {
        expectShape(name, values.rows(), values.columns(), average);
        return bound(name, elements(values), LANES, elements(values), _ -> {
            BatchNormKernel.MovingAverage kernel = BatchNormKernel.movingAverage(matrix(values), matrix(average));
            return (begin, end) -> kernel.run(Averages.decay(clock.measured()), begin, end);
        }, List.of(values, average));
    }
}
