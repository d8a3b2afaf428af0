package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.Optimizers;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Decides how a training fits into a limit of memory. What a {@link TrainerBuilder} has set stays as it is; of
 * algorithm, optimizer, batch and tiles, the planner chooses what is not set, and gives up first what costs least:
 *
 * <ol>
 * <li>the lean algorithm, with the wanted batch and the widest tiles that fit; narrower tiles cost time
 * <li>a smaller batch, down to a quarter of the wanted one, which costs more time
 * <li>an optimizer without latent weights, which costs accuracy
 * <li>batches below a quarter
 * </ol>
 *
 * It never chooses a batch that the network cannot be trained with, because a layer's statistics would be those of a
 * single value.
 */
public final class MemoryPlanner {
    private final TrainerBuilder training;
    private final Policy policy;
    private final long limit;

    private MemoryPlanner(TrainerBuilder training, long limit) {
        this.training = training;
        this.limit = limit;
        policy = training.policy(Algorithm.LEAN);
    }

    /**
     * Decides, and changes nothing: {@link TrainerBuilder#with} takes the decision.
     *
     * @param training what is to be trained, and what is set already
     * @param limit bytes that the buffers of the training may take
     * @throws IllegalArgumentException where nothing fits; the message says how much memory is needed at least
     */
    public static MemoryDecision decide(TrainerBuilder training, long limit) {
        return new MemoryPlanner(training, limit).decide();
    }

    private MemoryDecision decide() {
        int wanted = training.chosenBatch().orElse(TrainerBuilder.DEFAULT_BATCH);
        List<Function<GradientKind, Optimizer>> optimizers = training.chosenOptimizer().map(List::of)
                .orElse(List.of(Optimizers.ADAM::create, Optimizers.BOP::create));
        int fewest = training.chosenBatch().orElseGet(() -> fewestTrainable(optimizers.getFirst(), wanted));
        for (int smallest : new int[] {Math.max(fewest, Math.ceilDiv(wanted, 4)), fewest}) {
            for (Function<GradientKind, Optimizer> optimizer : optimizers) {
                if (fits(optimizer, smallest)) {
                    StepSettings step = training.step(policy, optimizer, largestBatch(optimizer, smallest, wanted),
                            OptionalLong.of(limit));
                    Optional<Optimizer> tooLarge = optimizer == optimizers.getFirst()
                            ? Optional.empty()
                            : Optional.of(least(optimizers.getFirst(), fewest).optimizer());
                    return new MemoryDecision(limit, step, step.plan().peakBytes(), tooLarge, wanted);
                }
            }
        }
        StepSettings least = least(optimizers.getLast(), fewest);
        throw new IllegalArgumentException(
                "%s cannot be trained in %s MiB: it takes %s MiB at least, by %s with %s and a batch of %s; allow as much."
                        .formatted(least.network().name(), MemoryPlan.mebibytes(limit),
                                MemoryPlan.mebibytes(least.plan().peakBytes()), policy.name(),
                                least.optimizer().name(), fewest));
    }

    /** The smallest batch that the network can be trained with, whatever memory that takes, or else the wanted one. */
    private int fewestTrainable(Function<GradientKind, Optimizer> optimizer, int wanted) {
        int batch = 1;
        while (batch < wanted && !least(optimizer, batch).isTrainable()) {
            batch++;
        }
        return batch;
    }

    /** The settings that take the least memory with an optimizer and a batch. */
    private StepSettings least(Function<GradientKind, Optimizer> optimizer, int batch) {
        return training.step(policy, optimizer, batch, OptionalLong.of(Algorithm.LEAST_MEMORY));
    }

    private boolean fits(Function<GradientKind, Optimizer> optimizer, int batch) {
        return least(optimizer, batch).plan().peakBytes() <= limit;
    }

    /** The largest batch that fits, from one that does to the one that is wanted. */
    private int largestBatch(Function<GradientKind, Optimizer> optimizer, int fitting, int wanted) {
        if (fits(optimizer, wanted)) {
            return wanted;
        }
        int tooLarge = wanted;
        int largest = fitting;
        while (tooLarge - largest > 1) {
            int middle = (largest + tooLarge) >>> 1;
            if (fits(optimizer, middle)) {
                largest = middle;
            } else {
                tooLarge = middle;
            }
        }
        return largest;
    }
}
