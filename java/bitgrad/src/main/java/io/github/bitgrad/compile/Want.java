package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.Optional;

/**
 * What a consumer would like a pulled tile to be. A source may ignore each of these wishes, so the consumer must look
 * at the {@link Form} that it gets.
 *
 * @param totals whether the consumer can use the totals of integer sums ({@link Form.SumsWithTotals})
 * @param pooled whether the consumer will pool the tile
 * @param kept whether the backward pass reads the matrix again, so that nobody may overwrite it
 * @param real whether a gradient should be float32, and not in the policy's format
 * @param into the buffer into which the source should write a matrix if it can; empty for any buffer
 * @param spread the pooling windows over whose pixels the gradient should be spread; empty for a gradient that is not
 *            spread
 */
public record Want(boolean totals, boolean pooled, boolean kept, boolean real, Optional<Buffer> into,
        Optional<Spread> spread) {
    /** No wishes. */
    public static final Want ANY = new Want(false, false, false, false, Optional.empty(), Optional.empty());
    /** Sums, with their totals if the source has them. */
    public static final Want TOTALS = new Want(true, false, false, false, Optional.empty(), Optional.empty());
    /** Sums that the consumer will pool. */
    public static final Want POOLED = new Want(false, true, false, false, Optional.empty(), Optional.empty());
    /** A matrix that the backward pass reads again. */
    public static final Want KEPT = new Want(false, false, true, false, Optional.empty(), Optional.empty());
    /** A gradient as float32. */
    public static final Want REAL = new Want(false, false, false, true, Optional.empty(), Optional.empty());

    /**
     * Pooling windows, and the sum that was selected in each.
     *
     * @param pooling the geometry of the windows
     * @param argmax which sum of each window was selected: bits [planes · windows of the batch, channels], where
     *            {@link PoolingShape#argmaxPlanes} is the number of planes
     */
    public record Spread(PoolingShape pooling, Buffer argmax) {
    }

    /** A matrix, if possible in this buffer. */
    public static Want into(Buffer buffer) {
        return new Want(false, false, false, false, Optional.of(buffer), Optional.empty());
    }

    /** A gradient in the policy's format with a row for each pixel, spread over the pixels of pooling windows. */
    public static Want spread(PoolingShape pooling, Buffer argmax) {
        return new Want(false, false, false, false, Optional.empty(), Optional.of(new Spread(pooling, argmax)));
    }
}
