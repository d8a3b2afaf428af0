package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectElements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/**
 * Makes operations of max pooling of float32. What each kernel computes is said in {@code bitgrad.h}, "Max pooling".
 */
public final class MaxPoolOperations {
    private MaxPoolOperations() {
    }

    /** pooled and argmax [images · pooled pixels, channels] of x [images · pixels, channels]. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer x, Buffer pooled, Buffer argmax) {
        long images = expectPooling(name, pooling, x, pooled, argmax);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPool(arena, pooling, images, matrix(x),
                pooled(pooled, pooling, images), pooled(argmax, pooling, images))::run, List.of(x, pooled, argmax));
    }

    /** pooled [images · pooled pixels, channels] of x [images · pixels, channels], for inference. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer x, Buffer pooled) {
        long images = expectPooling(name, pooling, x, pooled);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPool(arena, pooling, images, matrix(x),
                pooled(pooled, pooling, images))::run, List.of(x, pooled));
    }

    /** pooled and argmax [images · pooled pixels, channels] of the signs of x [images · pixels, channels]. */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer x, Buffer pooled, Buffer argmax) {
        long images = expectPooling(name, pooling, x, pooled, argmax);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPoolSigns(arena, pooling, images,
                matrix(x), pooled(pooled, pooling, images), pooled(argmax, pooling, images))::run,
                List.of(x, pooled, argmax));
    }

    /** pooled [images · pooled pixels, channels] of the signs of x [images · pixels, channels], for inference. */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer x, Buffer pooled) {
        long images = expectPooling(name, pooling, x, pooled);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPoolSigns(arena, pooling, images,
                matrix(x), pooled(pooled, pooling, images))::run, List.of(x, pooled));
    }

    /** gradient [images · pixels, channels] of pooledGradient and argmax [images · pooled pixels, channels]. */
    public static Operation maxPoolBackward(String name, PoolingShape pooling, Buffer pooledGradient, Buffer argmax,
            Buffer gradient) {
        long images = expectPooling(name, pooling, gradient, pooledGradient, argmax);
        return bound(name, images, 1, elements(gradient), arena -> MaxPoolKernel.backward(arena, pooling, images,
                pooled(pooledGradient, pooling, images), pooled(argmax, pooling, images), matrix(gradient))::run,
                List.of(pooledGradient, argmax, gradient));
    }

    /** The pooled values of images, in whatever shape the buffer has them. */
    static Matrix pooled(Buffer buffer, PoolingShape pooling, long images) {
        return ConvolutionOperands.matrix(buffer, images * pooling.pooledPixels(), pooling.channels());
    }

    /** Returns how many images there are. */
    private static long expectPooling(String name, PoolingShape pooling, Buffer images, Buffer... pooled) {
        long count = images.rows() / pooling.pixels();
        expectShape(name, count * pooling.pixels(), pooling.channels(), images);
        for (Buffer buffer : pooled) {
            expectElements(name, count * pooling.pooledPixels() * pooling.channels(), buffer);
        }
        return count;
    }
}
