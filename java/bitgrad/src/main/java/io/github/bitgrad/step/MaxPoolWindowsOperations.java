package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolWindowsKernel;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

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
     * @param argmax bits [images · planes · windows, columns]: the planes of an image, then those of the next image,
     *            where {@link WindowShape#argmaxPlanes} is the number of planes
     */
    public static Operation maxPool(String name, WindowShape windows, ChannelTile x, Buffer pooled, Buffer argmax) {
        Buffer values = x.values();
        long images = expectWindows(name, windows, values, pooled);
        expectTile(name, windows.argmaxPlanes() * pooled.rows(), windows.channels(), x.first(), argmax);
        return bound(name, images, 1, elements(values), arena -> imageByImage(images,
                image -> MaxPoolWindowsKernel.maxPool(arena, windows, 1, image(values, image, images),
                        image(pooled, image, images), image(argmax, image, images), x.first())),
                List.of(values, pooled, argmax));
    }

    /**
     * gradient [images · pixels, channels] of the gradient of windows.
     *
     * @param pooledGradient a tile, float32 [images · windows, channels]
     * @param argmax bits [images · planes · windows, columns], as {@link #maxPool} fills it
     * @param gradient float32 [images · pixels, channels]
     */
    public static Operation maxPoolBackward(String name, WindowShape windows, ChannelTile pooledGradient,
            Buffer argmax, Buffer gradient) {
        Buffer values = pooledGradient.values();
        long images = expectWindows(name, windows, gradient, values);
        expectTile(name, windows.argmaxPlanes() * values.rows(), windows.channels(), pooledGradient.first(), argmax);
        return bound(name, images, 1, elements(gradient), arena -> imageByImage(images,
                image -> MaxPoolWindowsKernel.backward(arena, windows, 1, image(values, image, images),
                        image(argmax, image, images), pooledGradient.first(), image(gradient, image, images))),
                List.of(values, argmax, gradient));
    }

    /** A call for each image, so that the positions of some images lie together. */
    private static Operations.Range imageByImage(long images, LongFunction<RangeCall> call) {
        RangeCall[] calls = LongStream.range(0, images).mapToObj(call).toArray(RangeCall[]::new);
        return (begin, end) -> {
            for (long image = begin; image < end; image++) {
                calls[(int) image].run(0, 1);
            }
        };
    }

    /** The rows of one image. */
    private static Matrix image(Buffer buffer, long image, long images) {
        long bytes = buffer.bytes() / images;
        return new Matrix(buffer.type(), buffer.rows() / images, buffer.columns(),
                buffer.segment().asSlice(image * bytes, bytes));
    }

    /** Returns how many images there are. */
    private static long expectWindows(String name, WindowShape windows, Buffer pixels, Buffer pooled) {
        long images = pixels.rows() / windows.pixels();
        expectShape(name, images * windows.pixels(), windows.channels(), pixels);
        expectShape(name, images * windows.windows(), windows.channels(), pooled);
        return images;
    }
}
