package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.PooledGradient;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a pulled tile is made of. A consumer that knows the form computes with its parts in one pass, which is what makes fused
 * kernels possible; a consumer that does not asks for the tile as a matrix of numbers ({@link #values}).
 */
public sealed interface Form {
    /**
     * The tile as a matrix of numbers. Emits the operations that this takes; to be called at most once.
     *
     * @throws IllegalArgumentException where the form stands for a matrix that only a consumer which knows the form can make
     */
    default Values values() {
        throw new IllegalArgumentException("%s is not a matrix of numbers; ask for Want.REAL.".formatted(this));
    }

    /**
     * A matrix.
     *
     * @param buffer [pixels of the batch, channels of the tile]
     * @param own whether whoever pulled it may write over it. It may not where others read the matrix later, forward or in
     *            the way back
     */
    record Values(Buffer buffer, boolean own) implements Form {
        @Override
        public Values values() {
            return this;
        }
    }

    /**
     * Integer sums of a product with their sums over all pixels, from which means follow without another pass.
     *
     * @param buffer int16 [pixels of the batch, channels of the tile]
     * @param totals int64 [1, channels of the tile]; filled in training only
     */
    record SumsWithTotals(Buffer buffer, Buffer totals) implements Form {
        @Override
        public Values values() {
            return new Values(buffer, true);
        }
    }

    /**
     * Sums with what normalises them: x = (sums − mean) / deviation + β.
     *
     * @param sums int16 or float32 [pixels of the batch, channels of the tile]
     * @param batch mean and deviation of this batch, which training normalises by
     * @param running mean and deviation that inference normalises by
     * @param beta float32 [1, channels of the tile]
     * @param normalised emits the operations that make x a matrix
     */
    record NormalisedSums(Buffer sums, Statistics batch, Statistics running, Buffer beta, Supplier<Values> normalised)
            implements
            Form {
        @Override
        public Values values() {
            return normalised.get();
        }
    }

    /**
     * A mean and a deviation per channel, float32 [1, channels].
     *
     * @param mean the mean
     * @param deviation the deviation, above 0
     */
    record Statistics(Buffer mean, Buffer deviation) {
        /** The values of a tile's channels. */
        public Statistics of(Tile tile) {
            return new Statistics(tile.of(mean), tile.of(deviation));
        }
    }

    /**
     * The gradient at signs that max pooling took from larger images of signs. It belongs to the sign in each window that was
     * taken; the gradient at all other signs is 0.
     *
     * @param buffer the gradient at pooled signs, 0 where the straight-through estimator stops it: float16 or float32
     *            [windows of the batch, channels of the tile]
     * @param pooledSigns the signs that were taken, bits [windows of the batch, all channels]
     * @param pooling the windows
     */
    record AtPooledSigns(Buffer buffer, Buffer pooledSigns, MaxPooling pooling) implements Form {
        /** Only normalisation before the signs knows how to spread the gradient. */
        @Override
        public Values values() {
            throw new IllegalArgumentException(
                    "%s is the gradient of pooled signs, which on bits goes to batch normalisation alone; let nothing else take the signs, or what they are of, or train by the standard algorithm."
                            .formatted(buffer.name()));
        }
    }

    /**
     * The gradient at signs of normalised sums. It is 0 wherever the sum lies outside of [−1, 1], and nothing is known of the
     * sums but their signs.
     *
     * @param gradient float16 or float32 [pixels of the batch, or windows where the signs were pooled; channels of the tile]
     * @param signs the signs that the gradient is at, bits [the gradient's rows, all channels]
     * @param signMean the mean of the signs before any pooling, float32 [1, all channels]
     * @param count normalised sums per channel
     * @param pooled what was pooled, where the signs were
     */
    record AtSigns(Buffer gradient, Buffer signs, Buffer signMean, long count, Optional<PooledSigns> pooled)
            implements
            Form {
    }

    /**
     * Signs before max pooling.
     *
     * @param pooling the windows
     * @param signs bits [pixels of the batch, all channels]
     */
    record PooledSigns(MaxPooling pooling, Buffer signs) {
    }

    /**
     * The gradient at the sums of a product, in the policy's format.
     *
     * @param buffer [pixels of the batch, or pooling windows; channels of the tile]
     * @param scale what integers are multiples of, float32 [1, 1]; empty where the gradient is real
     * @param pooled what tells which pixel of a window a row belongs to; empty where each pixel has a row
     */
    record SumGradient(Buffer buffer, Optional<Buffer> scale, Optional<PooledGradient> pooled) implements Form {
    }
}
