package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.step.GradientAtSums;
import io.github.bitgrad.step.PooledGradient;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The form of a pulled tile. A consumer that knows the form can process its parts in one pass with a fused kernel. Any
 * other consumer asks for the tile as a matrix of numbers ({@link #values}).
 */
public sealed interface Form {
    /**
     * The tile as a matrix of numbers. This adds the operations that compute the matrix, if any are needed. Call it at
     * most once.
     *
     * @throws IllegalArgumentException if only a consumer that knows the form can use it
     */
    default Values values() {
        throw new IllegalArgumentException("%s is not a matrix of numbers; ask for Want.REAL.".formatted(this));
    }

    /**
     * A matrix of numbers.
     *
     * @param buffer [pixels of the batch, channels of the tile]
     * @param own whether the consumer may overwrite the matrix; it must not if another operation reads the matrix
     *            later, in the forward or the backward pass
     */
    record Values(Buffer buffer, boolean own) implements Form {
        @Override
        public Values values() {
            return this;
        }
    }

    /**
     * Integer sums of a product, and for each channel their total over all pixels. With the totals, means can be
     * computed without another pass over the sums.
     *
     * @param buffer int16 [pixels of the batch, channels of the tile]
     * @param totals int64 [1, channels of the tile], computed in training only
     */
    record SumsWithTotals(Buffer buffer, Buffer totals) implements Form {
        @Override
        public Values values() {
            return new Values(buffer, true);
        }
    }

    /**
     * A product of a network that is only used, not trained, before anything computes it. The consumer chooses: the
     * sums as a matrix ({@link #values}), or only their signs, for which no sums are stored.
     *
     * @param sums adds the operations that compute the sums, [pixels of the batch, channels of the tile]
     * @param signs adds the operations that compute signs of sums
     */
    record Product(Supplier<Values> sums, ToSigns signs) implements Form {
        /** What computes signs of sums. */
        @FunctionalInterface
        public interface ToSigns {
            /**
             * Adds the operations that write +1 where a sum is at least the threshold of its channel, and otherwise −1.
             *
             * @param thresholds int32 [1, channels of the tile]
             * @param signs bits [pixels of the batch, channels of the tile]
             */
            void compute(Buffer thresholds, Buffer signs);
        }

        @Override
        public Values values() {
            return sums.get();
        }
    }

    /**
     * A product with the statistics that normalise its sums, in a network that is only used: the sign of a normalised
     * sum is +1 from a threshold on, which follows from them.
     *
     * @param signs adds the operations that compute signs of sums
     * @param running the mean and the deviation
     * @param beta the biases: float32 [1, channels of the tile]
     * @param normalised adds the operations that compute the normalised sums as a matrix
     */
    record NormalisedProduct(Product.ToSigns signs, Statistics running, Buffer beta, Supplier<Values> normalised)
            implements
            Form {
        @Override
        public Values values() {
            return normalised.get();
        }
    }

    /**
     * Sums with the statistics that normalise them: x = (sums − mean) / deviation + β.
     *
     * @param sums int16 or float32 [pixels of the batch, channels of the tile]
     * @param batch the mean and the deviation of this batch, for training
     * @param running the mean and the deviation for inference
     * @param beta the biases: float32 [1, channels of the tile]
     * @param normalised adds the operations that compute x as a matrix
     * @param normalisedInTraining adds the operations that compute x as a matrix to the training step only
     */
    record NormalisedSums(Buffer sums, Statistics batch, Statistics running, Buffer beta, Supplier<Values> normalised,
            Supplier<Values> normalisedInTraining) implements Form {
        @Override
        public Values values() {
            return normalised.get();
        }
    }

    /**
     * The mean and the deviation of each channel.
     *
     * @param mean float32 [1, channels]
     * @param deviation float32 [1, channels], above 0
     */
    record Statistics(Buffer mean, Buffer deviation) {
        /** The mean and the deviation of the channels of a tile. */
        public Statistics of(Tile tile) {
            return new Statistics(tile.of(mean), tile.of(deviation));
        }
    }

    /**
     * The gradient at signs that max pooling selected from larger images of signs. In each window, the gradient belongs
     * to the selected sign; the gradient at every other sign of the window is 0.
     *
     * @param buffer the gradient at the selected signs, 0 where the straight-through estimator stops it: float16 or
     *            float32 [windows of the batch, channels of the tile]
     * @param pooledSigns the selected signs: bits [windows of the batch, all channels]
     * @param pooling the geometry of the windows
     */
    record AtPooledSigns(Buffer buffer, Buffer pooledSigns, PoolingShape pooling) implements Form {
        /** Only the backward pass of batch normalisation can spread this gradient over the windows. */
        @Override
        public Values values() {
            throw new IllegalArgumentException(
                    ("%s is the gradient at pooled signs. With products on bits, such signs must come from batch "
                            + "normalisation, and nothing else may take them or the normalised values; change the "
                            + "network, or train by the standard algorithm.")
                            .formatted(buffer.name()));
        }
    }

    /**
     * The gradient at the signs of normalised sums. It is 0 where the normalised sum is outside of [−1, 1]. The sums
     * themselves are not kept, only their signs.
     *
     * @param gradient float16 or float32 [rows, channels of the tile], with a row for each pixel of the batch, or for
     *            each window if the signs were pooled
     * @param signs the signs: bits [rows of the gradient, all channels]
     * @param signMean the mean of the signs of each channel before any pooling: float32 [1, all channels]
     * @param count the number of normalised sums of each channel
     * @param pooled the signs before pooling; empty if the signs were not pooled
     */
    record AtSigns(Buffer gradient, Buffer signs, Buffer signMean, long count, Optional<PooledSigns> pooled)
            implements
            Form {
    }

    /**
     * Signs before max pooling.
     *
     * @param pooling the geometry of the windows
     * @param signs bits [pixels of the batch, all channels]
     */
    record PooledSigns(PoolingShape pooling, Buffer signs) {
    }

    /**
     * The gradient at the sums of a product, in the policy's format.
     *
     * @param buffer [rows, channels of the tile], with a row for each pixel of the batch, or for each pooling window
     * @param scale the number that integers are multiples of: float32 [1, 1]; empty if the gradient is real
     * @param pooled which pixel of a window the gradient belongs to; empty if each pixel has its own row
     */
    record SumGradient(Buffer buffer, Optional<Buffer> scale, Optional<PooledGradient> pooled) implements Form {
        /** The gradient as an operand of operations. */
        public GradientAtSums operand() {
            return new GradientAtSums(buffer, scale, pooled);
        }
    }
}
