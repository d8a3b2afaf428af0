package io.github.bitgrad.train;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The signs of each image in a matrix, as packed bits: for each pixel of the image, 64-bit words with one bit for each
 * channel. The matrix is bits [images · pixels, channels], or float32, of which the signs count.
 */
final class SignRows {
    private SignRows() {
    }

    /** How many bytes the packed signs of an image take. */
    static int bytesOfImage(Buffer matrix, long images) {
        return Math.toIntExact(
                matrix.rows() / images * ElementType.words(matrix.columns()) * Long.BYTES);
    }

    /**
     * Writes the signs of an image to a matrix, which has its memory.
     *
     * @param images how many images the matrix has
     * @param packed has the signs, from the offset on
     */
    static void write(Buffer matrix, long images, long image, MemorySegment packed, long offset) {
        long bytes = bytesOfImage(matrix, images);
        if (matrix.type() == ElementType.BITS) {
            MemorySegment.copy(packed, offset, matrix.segment(), image * bytes, bytes);
            return;
        }
        long pixels = matrix.rows() / images;
        for (long pixel = 0; pixel < pixels; pixel++) {
            for (long channel = 0; channel < matrix.columns(); channel++) {
                long word = packed.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + word(matrix, pixel, channel));
                matrix.segment().setAtIndex(ValueLayout.JAVA_FLOAT,
                        (image * pixels + pixel) * matrix.columns() + channel, (word & bit(channel)) != 0 ? 1 : -1);
            }
        }
    }

    /**
     * Reads the signs of an image from a matrix, which has its memory.
     *
     * @param images how many images the matrix has
     * @param packed gets the signs
     */
    static void read(Buffer matrix, long images, long image, MemorySegment packed) {
        long bytes = bytesOfImage(matrix, images);
        if (matrix.type() == ElementType.BITS) {
            MemorySegment.copy(matrix.segment(), image * bytes, packed, 0, bytes);
            return;
        }
        long pixels = matrix.rows() / images;
        packed.fill((byte) 0);
        for (long pixel = 0; pixel < pixels; pixel++) {
            for (long channel = 0; channel < matrix.columns(); channel++) {
                if (matrix.segment().getAtIndex(ValueLayout.JAVA_FLOAT,
                        (image * pixels + pixel) * matrix.columns() + channel) >= 0) {
                    long word = word(matrix, pixel, channel);
                    packed.set(ValueLayout.JAVA_LONG_UNALIGNED, word,
                            packed.get(ValueLayout.JAVA_LONG_UNALIGNED, word) | bit(channel));
                }
            }
        }
    }

    /** Where in the packed signs of an image the word of a channel lies, in bytes. */
    private static long word(Buffer matrix, long pixel, long channel) {
        return (pixel * ElementType.words(matrix.columns()) + channel / Long.SIZE) * Long.BYTES;
    }

    private static long bit(long channel) {
        return 1L << channel % Long.SIZE;
    }
}
