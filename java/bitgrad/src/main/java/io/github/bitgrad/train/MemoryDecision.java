package io.github.bitgrad.train;

import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.optim.Optimizer;
import java.util.Optional;

/**
 * How a training fits into a limit of memory, and why. {@link MemoryPlanner} decides; {@link TrainerBuilder#with} makes
 * the training so. Its {@code toString()} is a sentence for people.
 *
 * @param limit bytes that the buffers of the training may take
 * @param step the settings that were decided on
 * @param peakBytes bytes that the buffers take with these settings
 * @param tooLarge an optimizer that would have been preferred, but whose latent weights take too much memory; empty
 *            where the preferred one fits
 * @param wantedBatch the batch that would have been preferred; it is too large where the batch of the settings is
 *            smaller
 */
public record MemoryDecision(long limit, StepSettings step, long peakBytes, Optional<Optimizer> tooLarge,
        int wantedBatch) {
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("%s MiB of %s: %s with %s".formatted(MemoryPlan.mebibytes(peakBytes),
                MemoryPlan.mebibytes(limit), step.policy().name(), step.optimizer().name()));
        tooLarge.ifPresent(optimizer -> text
                .append(", because %s has latent weights, which are too large,".formatted(optimizer.name())));
        text.append(" and a batch of %s".formatted(step.batch()));
        if (step.batch() < wantedBatch) {
            text.append(", because one of %s is too large".formatted(wantedBatch));
        }
        return text.append('.').toString();
    }
}
