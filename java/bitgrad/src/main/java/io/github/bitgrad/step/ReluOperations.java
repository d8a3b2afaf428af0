package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.LANES;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.ReluKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/** Makes operations that rectify values. What each kernel computes is said in {@code bitgrad.h}, "Rectified values". */
public final class ReluOperations {
    private ReluOperations() {
    }

    /** y = max(x, 0): float32 [rows, channels] of x int16 or float32 [rows, channels]; y may be x. */
    public static Operation relu(String name, Buffer x, Buffer y) {
        expectShape(name, x.rows(), x.columns(), y);
        return bound(name, x.rows(), 1, elements(x), arena -> ReluKernel.relu(arena, matrix(x), matrix(y))::run,
                List.of(x, y));
    }

    /**
     * y = max(x, 0), and the bits that the backward pass needs.
     *
     * @param x a tile, int16 or float32 [rows, channels]
     * @param y float32 [rows, channels]; may be the tile
     * @param positive bits [rows, columns]; clear where x is not above 0
     */
    public static Operation relu(String name, ChannelTile x, Buffer y, Buffer positive) {
        Buffer values = x.values();
        expectShape(name, values.rows(), values.columns(), y);
        expectTile(name, values.rows(), values.columns(), x.first(), positive);
        return bound(name, values.rows(), 1, elements(values),
                arena -> ReluKernel.relu(arena, matrix(values), matrix(y), matrix(positive), x.first())::run,
                List.of(values, y, positive));
    }

    /**
     * result = gradient where the bit is set, and 0 elsewhere.
     *
     * @param gradient a tile, float32 [rows, channels]
     * @param positive bits [rows, columns]
     * @param result float32 [rows, channels]; may be the tile
     */
    public static Operation reluBackward(String name, ChannelTile gradient, Buffer positive, Buffer result) {
        Buffer values = gradient.values();
        expectShape(name, values.rows(), values.columns(), result);
        expectTile(name, values.rows(), values.columns(), gradient.first(), positive);
        return bound(name, values.rows(), 1, elements(values),
                arena -> ReluKernel.backward(arena, matrix(values), matrix(positive), gradient.first(),
                        matrix(result))::run,
                List.of(values, positive, result));
    }

    /**
     * y = x where x is at least 0, and slope · x elsewhere.
     *
     * @param x int16 or float32 [rows, channels]
     * @param slopes float32 [1, channels]
     * @param y float32 [rows, channels]; may be x
     */
    public static Operation prelu(String name, Buffer x, Buffer slopes, Buffer y) {
        expectShape(name, x.rows(), x.columns(), y);
        expectShape(name, 1, x.columns(), slopes);
        return bound(name, x.rows(), 1, elements(x),
                arena -> ReluKernel.prelu(arena, matrix(x), matrix(slopes), matrix(y))::run, List.of(x, slopes, y));
    }

    /**
     * The gradients at x and at the slopes.
     *
     * @param x int16 or float32 [rows, channels]
     * @param slopes float32 [1, channels]
     * @param gradient float32 [rows, channels]
     * @param result float32 [rows, channels]; may be gradient
     * @param slopeGradient float32 [1, channels]
     */
    public static Operation preluBackward(String name, Buffer x, Buffer slopes, Buffer gradient, Buffer result,
            Buffer slopeGradient) {
        expectShape(name, x.rows(), x.columns(), gradient, result);
        expectShape(name, 1, x.columns(), slopes, slopeGradient);
        return bound(name, x.columns(), LANES, elements(x),
                arena -> ReluKernel.preluBackward(arena, matrix(x), matrix(slopes), matrix(gradient), matrix(result),
                        matrix(slopeGradient))::run,
                List.of(x, slopes, gradient, result, slopeGradient));
    }
}
