package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Neighbouring images of the batch that are computed together.
 *
 * @param begin the first image
 * @param end the image after the last one
 */
public record Images(long begin, long end) {
    /** The fewest values that an operation is worth starting for: so many floats also stay in a cache. */
    private static final long ENOUGH_VALUES = 1 << 15;

    /** A batch is divided only if there are at least so many groups of the smallest size. */
    private static final long FEWEST_GROUPS = 4;

    /** The number of images. */
    public long count() {
        return end - begin;
    }

    /**
     * The rows of these images.
     *
     * @param matrix [batch · pixels, columns]
     * @param pixels the number of rows that an image has
     */
    public Buffer of(Buffer matrix, long pixels) {
        return matrix.rows(begin * pixels, end * pixels);
    }

    /**
     * Divides the images of a batch into groups that have enough values for an operation.
     *
     * @param batch the number of images
     * @param values the number of values of an image
     * @param multiple a number of images of which the size of a group is a multiple
     * @return the groups; empty if there would be only few of them
     */
    public static List<Images> groups(long batch, long values, long multiple) {
        long size = Math.ceilDiv(Math.ceilDiv(ENOUGH_VALUES, values), multiple) * multiple;
        return FEWEST_GROUPS * size <= batch ? groups(batch, size) : List.of();
    }

    /**
     * Divides the images of a batch into groups of the same size, of which the last one may be smaller.
     *
     * @param batch the number of images
     * @param size the number of images of a group
     */
    public static List<Images> groups(long batch, long size) {
        List<Images> groups = new ArrayList<>();
        for (long begin = 0; begin < batch; begin += size) {
            groups.add(new Images(begin, Math.min(begin + size, batch)));
        }
        return groups;
    }
}
