package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.AveragePoolKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/** Makes operations of average pooling. What each kernel computes is said in {@code bitgrad.h}, "Average pooling". */
public final class AveragePoolOperations {
    private AveragePoolOperations() {
    }

    /** averages float32 [images · pooled pixels, channels] of x int16 or float32 [images · pixels, channels]. */
    public static Operation averagePool(String name, PoolingShape pooling, Buffer x, Buffer averages) {
        long images = expectPooling(name, pooling, x, averages);
        return Operations.bound(name, images, 1, x.rows() * x.columns(), arena -> AveragePoolKernel.averagePool(arena,
                pooling, images, matrix(x), matrix(averages))::run, List.of(x, averages));
    }

    /** gradient [images · pixels, channels] of averageGradient [images · pooled pixels, channels], float32 both. */
    public static Operation averagePoolBackward(String name, PoolingShape pooling, Buffer averageGradient,
            Buffer gradient) {
        long images = expectPooling(name, pooling, gradient, averageGradient);
        return Operations.bound(name, images, 1, gradient.rows() * gradient.columns(),
                arena -> AveragePoolKernel.backward(arena, pooling, images, matrix(averageGradient),
                        matrix(gradient))::run,
                List.of(averageGradient, gradient));
    }

    /** Returns how many images there are. */
    private static long expectPooling(String name, PoolingShape pooling, Buffer pixels, Buffer pooled) {
        long images = pixels.rows() / pooling.pixels();
        Operations.expectShape(name, images * pooling.pixels(), pooling.channels(), pixels);
        Operations.expectShape(name, images * pooling.pooledPixels(), pooling.channels(), pooled);
        return images;
    }
}
