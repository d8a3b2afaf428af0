package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.INT16;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_max_pool_bits_operands;
import io.github.bitgrad.bindings.kernels.bg_max_pool_int16_operands;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Max pooling of int16 sums and of signs: {@code bitgrad.h}, "Max pooling of integers and of bits". Images are [images
 * · pixels, channels], pooled ones [images · pooled pixels, channels].
 */
public final class MaxPoolPackedKernel {
    private MaxPoolPackedKernel() {
    }

    /**
     * {@code bg_max_pool_int16} without argmax, by ranges of images: for inference.
     *
     * @param arena of the native arguments
     */
    public static RangeCall maxPool(Arena arena, PoolingShape pooling, long images, Matrix y, Matrix pooled) {
        Operands operands = checked(pooling, images, y, pooled);
        MemorySegment arguments = arguments(arena, images, y, pooled, MemorySegment.NULL);
        bg_max_pool_int16_operands.columns(arguments, pooling.channels());
        bg_max_pool_int16_operands.first(arguments, 0);
        return call(arena, pooling, images, operands, arguments);
    }

    /**
     * {@code bg_max_pool_int16}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param argmax bits [planes · windows, columns]
     * @param first where the pooling's channels begin among the columns of argmax
     */
    public static RangeCall maxPool(Arena arena, PoolingShape pooling, long images, Matrix y, Matrix pooled,
            Matrix argmax, long first) {
        Operands operands = checked(pooling, images, y, pooled);
        operands.write("argmax", argmax, BITS, Operands.rows(images, pooling.argmaxPlanes() * pooling.pooledPixels()),
                argmax.columns());
        MemorySegment arguments = arguments(arena, images, y, pooled, argmax.segment());
        bg_max_pool_int16_operands.columns(arguments, argmax.columns());
        bg_max_pool_int16_operands.first(arguments, first);
        return call(arena, pooling, images, operands, arguments);
    }

    private static Operands checked(PoolingShape pooling, long images, Matrix y, Matrix pooled) {
        Operands operands = new Operands("max_pool_int16");
        operands.read("y", y, INT16, Operands.rows(images, pooling.pixels()), pooling.channels());
        operands.write("pooled", pooled, INT16, Operands.rows(images, pooling.pooledPixels()), pooling.channels());
        return operands;
    }

    private static MemorySegment arguments(Arena arena, long images, Matrix y, Matrix pooled, MemorySegment argmax) {
        MemorySegment arguments = bg_max_pool_int16_operands.allocate(arena);
        bg_max_pool_int16_operands.images(arguments, images);
        bg_max_pool_int16_operands.y(arguments, y.segment());
        bg_max_pool_int16_operands.pooled(arguments, pooled.segment());
        bg_max_pool_int16_operands.argmax(arguments, argmax);
        return arguments;
    }

    private static RangeCall call(Arena arena, PoolingShape pooling, long images, Operands operands,
            MemorySegment arguments) {
        MemorySegment geometry = Operands.pooling(arena, pooling);
        return RangeCall.of("max_pool_int16", images, operands,
                (begin, end) -> Bitgrad.bg_max_pool_int16(geometry, arguments, begin, end));
    }

    /**
     * {@code bg_max_pool_bits} of signs alone, by ranges of images: for inference.
     *
     * @param arena of the native arguments
     */
    public static RangeCall maxPoolSigns(Arena arena, PoolingShape pooling, long images, Matrix signs, Matrix pooled) {
        Operands operands = checkedSigns(pooling, images, signs, pooled);
        return callSigns(arena, pooling, images, operands, argumentsOfSigns(arena, images, signs, pooled));
    }

    /**
     * {@code bg_max_pool_bits}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param straightThrough bits, of the shape of signs
     * @param pooledStraightThrough bits, of the shape of pooled
     */
    public static RangeCall maxPoolSigns(Arena arena, PoolingShape pooling, long images, Matrix signs,
            Matrix straightThrough, Matrix pooled, Matrix pooledStraightThrough) {
        Operands operands = checkedSigns(pooling, images, signs, pooled);
        operands.read("straight_through", straightThrough, BITS, signs.rows(), signs.columns());
        operands.write("pooled_straight_through", pooledStraightThrough, BITS, pooled.rows(), pooled.columns());
        MemorySegment arguments = argumentsOfSigns(arena, images, signs, pooled);
        bg_max_pool_bits_operands.straight_through(arguments, straightThrough.segment());
        bg_max_pool_bits_operands.pooled_straight_through(arguments, pooledStraightThrough.segment());
        return callSigns(arena, pooling, images, operands, arguments);
    }

    private static Operands checkedSigns(PoolingShape pooling, long images, Matrix signs, Matrix pooled) {
        Operands operands = new Operands("max_pool_bits");
        operands.read("signs", signs, BITS, Operands.rows(images, pooling.pixels()), pooling.channels());
        operands.write("pooled", pooled, BITS, Operands.rows(images, pooling.pooledPixels()), pooling.channels());
        return operands;
    }

    private static MemorySegment argumentsOfSigns(Arena arena, long images, Matrix signs, Matrix pooled) {
        MemorySegment arguments = bg_max_pool_bits_operands.allocate(arena);
        bg_max_pool_bits_operands.images(arguments, images);
        bg_max_pool_bits_operands.signs(arguments, signs.segment());
        bg_max_pool_bits_operands.pooled(arguments, pooled.segment());
        bg_max_pool_bits_operands.straight_through(arguments, MemorySegment.NULL);
        bg_max_pool_bits_operands.pooled_straight_through(arguments, MemorySegment.NULL);
        return arguments;
    }

    private static RangeCall callSigns(Arena arena, PoolingShape pooling, long images, Operands operands,
            MemorySegment arguments) {
        MemorySegment geometry = Operands.pooling(arena, pooling);
        return RangeCall.of("max_pool_bits", images, operands,
                (begin, end) -> Bitgrad.bg_max_pool_bits(geometry, arguments, begin, end));
    }
}
