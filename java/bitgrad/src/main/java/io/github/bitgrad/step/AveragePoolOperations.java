package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.AveragePoolKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.WindowShape;
import java.util.List;

/** Makes operations of average pooling. What each kernel computes is said in {@code bitgrad.h}, "Average pooling". */
public final class AveragePoolOperations {
    private AveragePoolOperations() {
    }

    /** averages float32 [images · windows, channels] of x int16 or float32 [images · pixels, channels]. */
    public static Operation averagePool(String name, WindowShape windows, Buffer x, Buffer averages) {
        long images = expectWindows(name, windows, x, averages);
        return Operations.bound(name, images, 1, x.rows() * x.columns(), arena -> AveragePoolKernel.averagePool(arena,
                windows, images, matrix(x), matrix(averages))::run, List.of(x, averages));
    }

    /** gradient [images · pixels, channels] of averageGradient [images · windows, channels], float32 both. */
    public static Operation averagePoolBackward(String name, WindowShape windows, Buffer averageGradient,
            Buffer gradient) {
        long images = expectWindows(name, windows, gradient, averageGradient);
        return Operations.bound(name, images, 1, gradient.rows() * gradient.columns(),
                arena -> AveragePoolKernel.backward(arena, windows, images, matrix(averageGradient),
                        matrix(gradient))::run,
                List.of(averageGradient, gradient));
    }

    /** Returns how many images there are. */
    private static long expectWindows(String name, WindowShape windows, Buffer pixels, Buffer pooled) {
        long images = pixels.rows() / windows.pixels();
        Operations.expectShape(name, images * windows.pixels(), windows.channels(), pixels);
        Operations.expectShape(name, images * windows.windows(), windows.channels(), pooled);
        return images;
    }
}
