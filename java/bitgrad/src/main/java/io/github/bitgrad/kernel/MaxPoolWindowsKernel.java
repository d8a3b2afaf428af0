package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.bindings.kernels.bg_max_pool_windows_backward_operands;
import io.github.bitgrad.bindings.kernels.bg_max_pool_windows_operands;
import io.github.bitgrad.tensor.WindowShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Max pooling in windows that may overlap: {@code bitgrad.h}, "Max pooling in windows that overlap". Images are [images
 * · pixels, channels], pooled ones [images · windows, channels].
 */
public final class MaxPoolWindowsKernel {
    private MaxPoolWindowsKernel() {
    }

    /**
     * {@code bg_max_pool_windows} without argmax, by ranges of images.
     *
     * @param arena of the native arguments
     * @param x int16 or float32
     * @param pooled float32
     */
    public static RangeCall maxPool(Arena arena, WindowShape windows, long images, Matrix x, Matrix pooled) {
        Operands operands = new Operands("max_pool_windows");
        MemorySegment arguments = bg_max_pool_windows_operands.allocate(arena);
        bg_max_pool_windows_operands.argmax(arguments, MemorySegment.NULL);
        bg_max_pool_windows_operands.columns(arguments, windows.channels());
        return forward(Operands.windows(arena, windows), arguments, operands,
                new Images(windows, images, x, pooled));
    }

    /**
     * {@code bg_max_pool_windows}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param x int16 or float32
     * @param pooled float32
     * @param argmax bits [planes · images · windows, columns]
     * @param first where the channels begin among the columns of argmax
     */
    public static RangeCall maxPool(Arena arena, WindowShape windows, long images, Matrix x, Matrix pooled,
            Matrix argmax, long first) {
        Operands operands = new Operands("max_pool_windows");
        operands.write("argmax", argmax, BITS, Operands.rows(images, windows.argmaxPlanes() * windows.windows()),
                argmax.columns());
        MemorySegment arguments = bg_max_pool_windows_operands.allocate(arena);
        bg_max_pool_windows_operands.argmax(arguments, argmax.segment());
        bg_max_pool_windows_operands.columns(arguments, argmax.columns());
        bg_max_pool_windows_operands.first(arguments, first);
        return forward(Operands.windows(arena, windows), arguments, operands,
                new Images(windows, images, x, pooled));
    }

    private record Images(WindowShape windows, long images, Matrix x, Matrix pooled) {
    }

    private static RangeCall forward(MemorySegment geometry, MemorySegment arguments, Operands operands, Images of) {
        WindowShape windows = of.windows();
        operands.read("x", of.x(), of.x().type(), Operands.rows(of.images(), windows.pixels()), windows.channels());
        operands.write("pooled", of.pooled(), FLOAT32, Operands.rows(of.images(), windows.windows()),
                windows.channels());
        bg_max_pool_windows_operands.images(arguments, of.images());
        bg_max_pool_windows_operands.type(arguments, Kernels.code(of.x().type()));
        bg_max_pool_windows_operands.x(arguments, of.x().segment());
        bg_max_pool_windows_operands.pooled(arguments, of.pooled().segment());
        return RangeCall.of("max_pool_windows", of.images(), operands,
                (begin, end) -> Bitgrad.bg_max_pool_windows(geometry, arguments, begin, end));
    }

    /**
     * {@code bg_max_pool_windows_backward}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param pooledGradient float32 [images · windows, channels]
     * @param argmax bits [planes · images · windows, columns]
     * @param first where the channels begin among the columns of argmax
     * @param gradient float32 [images · pixels, channels]
     */
    public static RangeCall backward(Arena arena, WindowShape windows, long images, Matrix pooledGradient,
            Matrix argmax, long first, Matrix gradient) {
        Operands operands = new Operands("max_pool_windows_backward");
        operands.read("pooled_gradient", pooledGradient, FLOAT32, Operands.rows(images, windows.windows()),
                windows.channels());
        operands.read("argmax", argmax, BITS, Operands.rows(images, windows.argmaxPlanes() * windows.windows()),
                argmax.columns());
        operands.write("gradient", gradient, FLOAT32, Operands.rows(images, windows.pixels()), windows.channels());
        MemorySegment geometry = Operands.windows(arena, windows);
        MemorySegment arguments = bg_max_pool_windows_backward_operands.allocate(arena);
        bg_max_pool_windows_backward_operands.images(arguments, images);
        bg_max_pool_windows_backward_operands.pooled_gradient(arguments, pooledGradient.segment());
        bg_max_pool_windows_backward_operands.argmax(arguments, argmax.segment());
        bg_max_pool_windows_backward_operands.columns(arguments, argmax.columns());
        bg_max_pool_windows_backward_operands.first(arguments, first);
        bg_max_pool_windows_backward_operands.gradient(arguments, gradient.segment());
        return RangeCall.of("max_pool_windows_backward", images, operands,
                (begin, end) -> Bitgrad.bg_max_pool_windows_backward(geometry, arguments, begin, end));
    }
}
