package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.MaxPooling;
import java.util.Optional;

/**
 * What a consumer would like a pulled tile to be. All of it are wishes: a source that cannot fulfil one gives what it has, and
 * the consumer looks at the form that it gets.
 *
 * @param totals whether the sums of integer sums are of use ({@link Form.SumsWithTotals})
 * @param pooled whether the tile is going to be pooled
 * @param kept whether the matrix is read in the way back too, so that nobody may write over it
 * @param real whether a gradient is to be float32, and not in the policy's format
 * @param into where a matrix would best be written, if it makes no difference to the source
 * @param spread the windows of pixels that a gradient with a row for each window is to be spread over
 */
public record Want(boolean totals, boolean pooled, boolean kept, boolean real, Optional<Buffer> into,
        Optional<Spread> spread) {
    /** Nothing in particular. */
    public static final Want ANY = new Want(false, false, false, false, Optional.empty(), Optional.empty());
    /** Sums, with their totals if there are any. */
    public static final Want TOTALS = new Want(true, false, false, false, Optional.empty(), Optional.empty());
    /** Sums that are going to be pooled. */
    public static final Want POOLED = new Want(false, true, false, false, Optional.empty(), Optional.empty());
    /** A matrix that is read in the way back too. */
    public static final Want KEPT = new Want(false, false, true, false, Optional.empty(), Optional.empty());
    /** A gradient as float32. */
    public static final Want REAL = new Want(false, false, false, true, Optional.empty(), Optional.empty());

    /**
     * Windows of sums whose largest were taken.
     *
     * @param pooling the windows
     * @param argmax which sum of each window was taken, bits [planes · windows of the batch, channels]
     */
    public record Spread(MaxPooling pooling, Buffer argmax) {
    }

    /** A matrix, best in this buffer. */
    public static Want into(Buffer buffer) {
        return new Want(false, false, false, false, Optional.of(buffer), Optional.empty());
    }

    /** A gradient in the policy's format, spread over the pixels that windows were taken from. */
    public static Want spread(MaxPooling pooling, Buffer argmax) {
        return new Want(false, false, false, false, Optional.empty(), Optional.of(new Spread(pooling, argmax)));
    }
}
