package io.github.bitgrad.step;

import io.github.bitgrad.kernel.GradientPooling;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/**
 * What tells a gradient at pooled sums, or at sums whose signs were pooled, from one of all pixels: the gradient has a
 * row for each window.
 *
 * @param size rows and columns of a window
 * @param argmax where sums were pooled: bits [planes · windows, channels]; else null
 * @param signs where signs were pooled: bits [output pixels, channels], before it; else null
 * @param others then, of the elements that windows did not choose: int8 [2, channels], by their sign +1 or −1
 */
public record PooledGradient(long size, Buffer argmax, Buffer signs, Buffer others) {
    /** Of sums. */
    public static PooledGradient ofSums(long size, Buffer argmax) {
        return new PooledGradient(size, argmax, null, null);
    }

    /** Of signs. */
    public static PooledGradient ofSigns(long size, Buffer signs, Buffer others) {
        return new PooledGradient(size, null, signs, others);
    }

    List<Buffer> uses() {
        return argmax != null ? List.of(argmax) : List.of(signs, others);
    }

    /** Once the buffers have their memory. */
    GradientPooling bound() {
        return argmax != null
                ? GradientPooling.ofSums(size, argmax.segment())
                : GradientPooling.ofSigns(size, signs.segment(), others.segment());
    }
}
