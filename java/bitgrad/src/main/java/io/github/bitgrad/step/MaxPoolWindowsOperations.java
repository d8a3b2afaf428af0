package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.MaxPoolWindowsKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;

/**
 * Makes operations of max pooling in windows that may overlap. What each kernel computes is said in {@code bitgrad.h},
 * "Max pooling in windows that overlap".
 */
public final class MaxPoolWindowsOperations {
    private MaxPoolWindowsOperations() {
    }

    /** pooled float32 [images · windows, channels] of x int16 or float32 [images · pixels, channels]. */
    public static Operation maxPool(String name, WindowShape windows, Buffer x, Buffer pooled) {
        long images = expectWindows(name, windows, x, pooled);
        return bound(name, images, 1, elements(x), arena -> MaxPoolWindowsKernel.maxPool(arena, windows, images,
                matrix(x), matrix(pooled))::run, List.of(x, pooled));
    }

    /**
     * The largest pixel of each window, and its position.
     *
     * @param x a tile, int16 or float32 [images · pixels, channels]
     * @param pooled float32 [images · windows, channels]
     * @param argmax bits [planes · images · windows, columns], where {@link WindowShape#argmaxPlanes} is the number of
     *            planes
     */
    public static Operation maxPool(String name, WindowShape windows, ChannelTile x, Buffer pooled, Buffer argmax) {
        Buffer values = x.values();
        long images = expectWindows(name, windows, values, pooled);
        expectTile(name, windows.argmaxPlanes() * pooled.rows(), windows.channels(), x.first(), argmax);
        return bound(name, images, 1, elements(values), arena -> MaxPoolWindowsKernel.maxPool(arena, windows, images,
                matrix(values), matrix(pooled), matrix(argmax), x.first())::run, List.of(values, pooled, argmax));
    }

    /**
     * gradient [images · pixels, channels] of the gradient of windows.
     *
     * @param pooledGradient a tile, float32 [images · windows, channels]
     * @param argmax bits [planes · images · windows, columns]
     * @param gradient float32 [images · pixels, channels]
     */
    public static Operation maxPoolBackward(String name, WindowShape windows, ChannelTile pooledGradient,
            Buffer argmax, Buffer gradient) {
        Buffer values = pooledGradient.values();
        long images = expectWindows(name, windows, gradient, values);
        expectTile(name, windows.argmaxPlanes() * values.rows(), windows.channels(), pooledGradient.first(), argmax);
        return bound(name, images, 1, elements(gradient), arena -> MaxPoolWindowsKernel.backward(arena, windows,
                images, matrix(values), matrix(argmax), pooledGradient.first(), matrix(gradient))::run,
                List.of(values, argmax, gradient));
    }

    /** Returns how many images there are. */
    private static long expectWindows(String name, WindowShape windows, Buffer pixels, Buffer pooled) {
        long images = pixels.rows() / windows.pixels();
        expectShape(name, images * windows.pixels(), windows.channels(), pixels);
        expectShape(name, images * windows.windows(), windows.channels(), pooled);
        return images;
    }
}
