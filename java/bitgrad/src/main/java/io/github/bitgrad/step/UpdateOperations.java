package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.UpdateKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/**
 * Makes operations that update weights whose latent weights are floats. What each kernel computes is said in {@code
 * bitgrad.h}.
 */
public final class UpdateOperations {
    /**
     * The numbers of a step of Adam.
     *
     * @param scale what the gradient is multiplied by
     * @param beta1 the part of the momentum that a step keeps
     * @param beta2 the part of the second moment that a step keeps
     * @param epsilon what is added to the root of the second moment
     * @param limit weights are clipped to [−limit, limit]
     */
    public record AdamNumbers(float scale, float beta1, float beta2, float epsilon, float limit) {
    }

    /**
     * The numbers of a step of SGD with momentum.
     *
     * @param scale what the gradient is multiplied by
     * @param decay the part of the momentum that a step keeps
     * @param limit weights are clipped to [−limit, limit]
     */
    public record MomentumNumbers(float scale, float decay, float limit) {
    }

    private UpdateOperations() {
    }

    /** One step of Adam on weights by gradient · scale; state is of the weights' type. */
    public static Operation adam(String name, Buffer weights, Buffer momentum, Buffer secondMoment, Buffer gradient,
            AdamNumbers numbers, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, secondMoment, gradient);
        return bound(name, weights.rows(), 1, 4 * elements(weights), arena -> {
            UpdateKernel.Adam kernel = UpdateKernel.adam(arena, matrix(weights), matrix(momentum), matrix(secondMoment),
                    matrix(gradient), numbers.scale(), new UpdateKernel.AdamNumbers(numbers.beta1(), numbers.beta2(),
                            numbers.epsilon(), numbers.limit()));
            return (begin, end) -> kernel.run(clock.rate(), Averages.correction(numbers.beta1(), clock.step()),
                    Averages.correction(numbers.beta2(), clock.step()),
                    begin, end);
        }, List.of(weights, momentum, secondMoment, gradient));
    }

    /** One step of SGD with momentum on weights by gradient · scale; momentum is of the weights' type. */
    public static Operation sgdMomentum(String name, Buffer weights, Buffer momentum, Buffer gradient,
            MomentumNumbers numbers, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return bound(name, weights.rows(), 1, 3 * elements(weights), arena -> {
            UpdateKernel.RateCall kernel = UpdateKernel.momentum(arena, matrix(weights), matrix(momentum),
                    matrix(gradient), numbers.scale(), numbers.decay(), numbers.limit());
            return (begin, end) -> kernel.run(clock.rate(), begin, end);
        }, List.of(weights, momentum, gradient));
    }

    /** One step of Bop on weights, signs as bits or as float32, by gradient · scale. */
    public static Operation bop(String name, Buffer weights, Buffer momentum, Buffer gradient, float scale,
            float threshold, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return bound(name, weights.rows(), 1, 3 * elements(weights), arena -> {
            UpdateKernel.RateCall kernel = UpdateKernel.bop(arena, matrix(weights), matrix(momentum), matrix(gradient),
                    scale, threshold);
            return (begin, end) -> kernel.run(clock.rate(), begin, end);
        }, List.of(weights, momentum, gradient));
    }
}
