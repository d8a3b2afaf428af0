package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Max pooling of float32: {@code bitgrad.h}, "Images of floats". Images are [images · pixels, channels], pooled ones
 * [images · pooled pixels, channels].
 */
public final class MaxPoolKernel {
    private MaxPoolKernel() {
    }

    private interface Forward {
        int call(MemorySegment pooling, MemorySegment x, MemorySegment pooled, MemorySegment argmax, long begin,
                long end);
    }

    /**
     * {@code bg_max_pool}, by ranges of images, without argmax: for inference.
     *
     * @param arena of the native arguments
     */
    public static RangeCall maxPool(Arena arena, PoolingShape pooling, long images, Matrix x, Matrix pooled) {
        return forward(arena, "max_pool", Bitgrad::bg_max_pool, pooling, images, x, pooled, Optional.empty());
    }

    /**
     * {@code bg_max_pool}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param argmax uint8, of the shape of pooled
     */
    public static RangeCall maxPool(Arena arena, PoolingShape pooling, long images, Matrix x, Matrix pooled,
            Matrix argmax) {
        return forward(arena, "max_pool", Bitgrad::bg_max_pool, pooling, images, x, pooled, Optional.of(argmax));
    }

    /**
     * {@code bg_max_pool_signs}, by ranges of images, without argmax: for inference.
     *
     * @param arena of the native arguments
     */
    public static RangeCall maxPoolSigns(Arena arena, PoolingShape pooling, long images, Matrix x, Matrix pooled) {
        return forward(arena, "max_pool_signs", Bitgrad::bg_max_pool_signs, pooling, images, x, pooled,
                Optional.empty());
    }

    /**
     * {@code bg_max_pool_signs}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param argmax uint8, of the shape of pooled
     */
    public static RangeCall maxPoolSigns(Arena arena, PoolingShape pooling, long images, Matrix x, Matrix pooled,
            Matrix argmax) {
        return forward(arena, "max_pool_signs", Bitgrad::bg_max_pool_signs, pooling, images, x, pooled,
                Optional.of(argmax));
    }

    private static RangeCall forward(Arena arena, String name, Forward function, PoolingShape pooling, long images,
            Matrix x, Matrix pooled, Optional<Matrix> argmax) {
        Operands operands = new Operands(name);
        operands.read("x", x, FLOAT32, Operands.rows(images, pooling.pixels()), pooling.channels());
        operands.write("pooled", pooled, FLOAT32, Operands.rows(images, pooling.pooledPixels()), pooling.channels());
        argmax.ifPresent(places -> operands.write("argmax", places, UINT8, pooled.rows(), pooled.columns()));
        MemorySegment geometry = Operands.pooling(arena, pooling);
        MemorySegment places = argmax.map(Matrix::segment).orElse(MemorySegment.NULL);
        return RangeCall.of(name, images, operands, (begin, end) -> function.call(geometry, x.segment(),
                pooled.segment(), places, begin, end));
    }

    /**
     * {@code bg_max_pool_backward}, by ranges of images.
     *
     * @param arena of the native arguments
     * @param pooledGradient float32 [images · pooled pixels, channels]
     * @param argmax uint8, of the same shape
     * @param gradient float32 [images · pixels, channels]
     */
    public static RangeCall backward(Arena arena, PoolingShape pooling, long images, Matrix pooledGradient,
            Matrix argmax, Matrix gradient) {
        Operands operands = new Operands("max_pool_backward");
        long windows = Operands.rows(images, pooling.pooledPixels());
        operands.read("pooled_gradient", pooledGradient, FLOAT32, windows, pooling.channels());
        operands.read("argmax", argmax, UINT8, windows, pooling.channels());
        operands.write("gradient", gradient, FLOAT32, Operands.rows(images, pooling.pixels()), pooling.channels());
        MemorySegment geometry = Operands.pooling(arena, pooling);
        return RangeCall.of("max_pool_backward", images, operands, (begin, end) -> Bitgrad.bg_max_pool_backward(
                geometry, pooledGradient.segment(), argmax.segment(), gradient.segment(), begin, end));
    }
}
