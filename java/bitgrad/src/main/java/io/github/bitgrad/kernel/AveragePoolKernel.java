package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.WindowShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Average pooling: {@code bitgrad.h}, "Average pooling". */
public final class AveragePoolKernel {
    private AveragePoolKernel() {
    }

    /**
     * {@code bg_average_pool}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param x int16 or float32 [images · pixels, channels]
     * @param averages float32 [images · windows, channels]
     */
    public static RangeCall averagePool(Arena arena, WindowShape windows, long images, Matrix x, Matrix averages) {
        Operands operands = new Operands("average_pool");
        operands.read("x", x, x.type(), Operands.rows(images, windows.pixels()), windows.channels());
        operands.write("averages", averages, FLOAT32, Operands.rows(images, windows.windows()),
                windows.channels());
        MemorySegment geometry = Operands.windows(arena, windows);
        int type = Kernels.code(x.type());
        return RangeCall.of("average_pool", images, operands, (begin, end) -> Bitgrad.bg_average_pool(geometry, type,
                x.segment(), averages.segment(), begin, end));
    }

    /**
     * {@code bg_average_pool_backward}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param averageGradient float32 [images · windows, channels]
     * @param gradient float32 [images · pixels, channels]
     */
    public static RangeCall backward(Arena arena, WindowShape windows, long images, Matrix averageGradient,
            Matrix gradient) {
        Operands operands = new Operands("average_pool_backward");
        operands.read("average_gradient", averageGradient, FLOAT32, Operands.rows(images, windows.windows()),
                windows.channels());
        operands.write("gradient", gradient, FLOAT32, Operands.rows(images, windows.pixels()), windows.channels());
        MemorySegment geometry = Operands.windows(arena, windows);
        return RangeCall.of("average_pool_backward", images, operands, (begin, end) -> Bitgrad
                .bg_average_pool_backward(geometry, averageGradient.segment(), gradient.segment(), begin, end));
    }
}
