package io.github.bitgrad.step;

import static io.github.bitgrad.step.ConvolutionOperands.expect;
import static io.github.bitgrad.step.ConvolutionOperands.images;
import static io.github.bitgrad.step.ConvolutionOperands.matrix;
import static io.github.bitgrad.step.MaxPoolOperations.pooled;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolPackedKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.PoolingShape;
import java.util.List;

/**
 * Makes operations of max pooling of sums and of packed signs. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class MaxPoolPackedOperations {
    private MaxPoolPackedOperations() {
    }

    /** pooled int16 [windows, channels] is the largest of each window of y int16 [pixels, channels], for inference. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer y, Buffer pooled) {
        long images = expectPooling(name, pooling, y, pooled);
        return bound(name, images, 1, y.rows() * y.columns(), arena -> MaxPoolPackedKernel.maxPool(arena,
                pooling, images, unpooled(y, pooling, images), pooled(pooled, pooling, images))::run,
                List.of(y, pooled));
    }

    /**
     * pooled int16 [windows, channels] is the largest of each window of y int16 [pixels, channels]. argmax is which
     * element that was: bits [planes · windows, columns], of which the columns from first on are written.
     */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer y, Buffer pooled, long first,
            Buffer argmax) {
        long images = expectPooling(name, pooling, y, pooled);
        expectTile(name, pooling.argmaxPlanes() * images * pooling.pooledPixels(), pooling.channels(), first,
                argmax);
        return bound(name, images, 1, y.rows() * y.columns(),
                arena -> MaxPoolPackedKernel.maxPool(arena, pooling, images, unpooled(y, pooling, images),
                        pooled(pooled, pooling, images), matrix(argmax), first)::run,
                List.of(y, pooled, argmax));
    }

    /**
     * pooled bits [windows, channels], set where a sign of the window in signs [pixels, channels] is, for inference.
     */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer signs, Buffer pooled) {
        long images = expectPooling(name, pooling, signs, pooled);
        return bound(name, images, 1, signs.bytes(), arena -> MaxPoolPackedKernel.maxPoolSigns(arena,
                pooling, images, unpooled(signs, pooling, images), pooled(pooled, pooling, images))::run,
                List.of(signs, pooled));
    }

    /**
     * pooled bits [windows, channels], set where a sign of the window in signs [pixels, channels] is set.
     * pooledStraightThrough is straightThrough at the sign that was taken.
     */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer signs, Buffer straightThrough,
            Buffer pooled, Buffer pooledStraightThrough) {
        long images = expectPooling(name, pooling, signs, pooled);
        expect(name, straightThrough, images * pooling.pixels(), pooling.channels());
        expect(name, pooledStraightThrough, images * pooling.pooledPixels(), pooling.channels());
        return bound(name, images, 1, signs.bytes(),
                arena -> MaxPoolPackedKernel.maxPoolSigns(arena, pooling, images, unpooled(signs, pooling, images),
                        unpooled(straightThrough, pooling, images), pooled(pooled, pooling, images),
                        pooled(pooledStraightThrough, pooling, images))::run,
                List.of(signs, straightThrough, pooled, pooledStraightThrough));
    }

    /** Returns how many images there are. */
    private static long expectPooling(String name, PoolingShape pooling, Buffer unpooled, Buffer pooled) {
        long images = images(name, unpooled, pooling.pixels());
        expect(name, unpooled, images * pooling.pixels(), pooling.channels());
        expect(name, pooled, images * pooling.pooledPixels(), pooling.channels());
        return images;
    }

    private static Matrix unpooled(Buffer buffer, PoolingShape pooling, long images) {
        return matrix(buffer, images * pooling.pixels(), pooling.channels());
    }
}
