package io.github.bitgrad.train;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.optim.Optimizers;
import java.util.List;
import java.util.Locale;

/**
 * Makes a training fit into so much memory by what is not settled yet. The lean algorithm, with the batch that was wanted
 * and the widest tiles that fit; narrower tiles cost time. Then a smaller batch, which costs more, down to a quarter.
 * Then an optimizer without latent weights, which costs accuracy. Then the smallest batches.
 */
final class MemoryBudget {
    private static final double MEBIBYTE = 1 << 20;

    private final TrainingSettings settings;
    private final long limit;

    MemoryBudget(TrainingSettings settings, long limit) {
        this.settings = settings;
        this.limit = limit;
    }

    /** What is settled is not null. */
    String choose(Algorithm algorithm, Optimizers optimizer, Integer batch) {
        settings.algorithm(algorithm != null ? algorithm : Algorithm.LEAN);
        int wanted = settings.batch();
        int fewest = batch != null ? wanted : 1;
        List<Optimizers> optimizers =
                optimizer != null ? List.of(optimizer) : List.of(Optimizers.ADAM, Optimizers.BOP);
        for (int smallest : new int[] {Math.max(fewest, Math.ceilDiv(wanted, 4)), fewest}) {
            for (Optimizers choice : optimizers) {
                settings.optimizer(choice);
                if (fits(smallest)) {
                    settings.batch(largestBatch(smallest, wanted)).memory(limit);
                    return sentence(wanted, optimizers);
                }
            }
        }
        long needed = least(fewest);
        throw new IllegalArgumentException(
                "%s cannot be trained in %s MiB: it takes %s MiB at least, by %s with %s and a batch of %d; allow as much."
                        .formatted(settings.network().name(), mebibytes(limit), mebibytes(needed),
                                settings.algorithm(), settings.optimizer(), fewest));
    }

    private long least(int batch) {
        return settings.batch(batch).memory(Algorithm.LEAST_MEMORY).plan().peakBytes();
    }

    private boolean fits(int batch) {
        return least(batch) <= limit;
    }

    /** Between one that fits and the one that is wanted. */
    private int largestBatch(int fitting, int wanted) {
        if (fits(wanted)) {
            return wanted;
        }
        int tooLarge = wanted;
        int largest = fitting;
        while (tooLarge - largest > 1) {
            int middle = (largest + tooLarge) >>> 1;
            if (fits(middle)) {
                largest = middle;
            } else {
                tooLarge = middle;
            }
        }
        return largest;
    }

    private String sentence(int wanted, List<Optimizers> optimizers) {
        long peak = settings.plan().peakBytes();
        StringBuilder text = new StringBuilder("%s MiB of %s: %s with %s".formatted(mebibytes(peak), mebibytes(limit),
                settings.algorithm(), settings.optimizer()));
        if (settings.optimizer() != optimizers.getFirst()) {
            text.append(", because %s has latent weights, which are too large,".formatted(optimizers.getFirst()));
        }
        text.append(" and a batch of %d".formatted(settings.batch()));
        if (settings.batch() < wanted) {
            text.append(", because one of %d is too large".formatted(wanted));
        }
        return text.append('.').toString();
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MEBIBYTE);
    }
}
