package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.LANES;
import static io.github.bitgrad.step.Operations.bound;
import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectElements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.expectTile;
import static io.github.bitgrad.step.Operations.matrix;

import io.github.bitgrad.kernel.AddKernel;
import io.github.bitgrad.kernel.ConvertKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.SignKernel;
import io.github.bitgrad.kernel.StraightThroughKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;

/**
 * Makes operations that compute each element from the elements at its place: signs, sums, conversions, copies and the
 * straight-through estimator. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class ElementwiseOperations {
    private ElementwiseOperations() {
    }

    /** signs = sgn(values), float32 both; their shapes may differ. */
    public static Operation sign(String name, Buffer values, Buffer signs) {
        expectElements(name, elements(values), signs);
        return bound(name, elements(values), LANES, elements(values),
                _ -> SignKernel.sign(matrix(values), inShapeOf(values, signs))::run, List.of(values, signs));
    }

    /** bits = sgn(values), packed. */
    public static Operation signPack(String name, Buffer values, Buffer bits) {
        expectShape(name, values.rows(), values.columns(), bits);
        return bound(name, values.rows(), 1, elements(values),
                arena -> SignKernel.pack(arena, matrix(values), matrix(bits))::run, List.of(values, bits));
    }

    /**
     * signs = sgn(values) and straightThrough = (|values| ≤ limit), packed: what the backward pass through the signs
     * needs.
     *
     * @param values a tile, float32 or float16 [rows, channels]
     * @param limit a positive number
     * @param signs bits [rows, columns]
     * @param straightThrough bits [rows, columns]
     */
    public static Operation signPack(String name, ChannelTile values, float limit, Buffer signs,
            Buffer straightThrough) {
        Buffer tile = values.values();
        expectTile(name, tile.rows(), tile.columns(), values.first(), signs, straightThrough);
        return bound(name, tile.rows(), 1, elements(tile), arena -> SignKernel.pack(arena, matrix(tile), limit,
                matrix(signs), matrix(straightThrough), values.first())::run, List.of(tile, signs, straightThrough));
    }

    /** sum = a + b, float32 or float16 all; sum may be a or b. */
    public static Operation add(String name, Buffer a, Buffer b, Buffer sum) {
        expectShape(name, a.rows(), a.columns(), b, sum);
        return bound(name, elements(a), LANES, elements(a), _ -> AddKernel.add(matrix(a), matrix(b), matrix(sum))::run,
                List.of(a, b, sum));
    }

    /**
     * sum = base + values in the columns of a tile.
     *
     * @param values a tile, float32 or float16 [rows, channels]
     * @param base float32 [rows, columns]; may be sum
     * @param sum float32 [rows, columns]; other columns than those of the tile stay as they are
     */
    public static Operation addTile(String name, ChannelTile values, Buffer base, Buffer sum) {
        Buffer tile = values.values();
        expectTile(name, tile.rows(), tile.columns(), values.first(), base, sum);
        return bound(name, tile.rows(), 1, elements(tile),
                arena -> AddKernel.addTile(arena, matrix(tile), values.first(), matrix(base), matrix(sum))::run,
                List.of(tile, base, sum));
    }

    /**
     * sum = values in the columns of a tile.
     *
     * @param values a tile, float32 or float16 [rows, channels]
     * @param sum float32 [rows, columns]; other columns than those of the tile stay as they are
     */
    public static Operation copyTile(String name, ChannelTile values, Buffer sum) {
        Buffer tile = values.values();
        expectTile(name, tile.rows(), tile.columns(), values.first(), sum);
        return bound(name, tile.rows(), 1, elements(tile),
                arena -> AddKernel.copyTile(arena, matrix(tile), values.first(), matrix(sum))::run,
                List.of(tile, sum));
    }

    /** From float16 to float32, or from float32 to float16, as the buffers' types say. */
    public static Operation convert(String name, Buffer from, Buffer to) {
        expectShape(name, from.rows(), from.columns(), to);
        Function<Arena, Operations.Range> range = from.type() == ElementType.FLOAT16
                ? _ -> ConvertKernel.float16ToFloat32(matrix(from), matrix(to))::run
                : _ -> ConvertKernel.float32ToFloat16(matrix(from), matrix(to))::run;
        return bound(name, elements(from), LANES, elements(from), range, List.of(from, to));
    }

    /** Bytes 0 to 255 to float32 −1 to 1; their shapes may differ. */
    public static Operation pixels(String name, Buffer bytes, Buffer values) {
        expectElements(name, elements(bytes), values);
        return bound(name, elements(bytes), LANES, elements(bytes),
                _ -> ConvertKernel.bytesToFloat32(inShapeOf(values, bytes), matrix(values), 2.0f / 255.0f, -1.0f)::run,
                List.of(bytes, values));
    }

    /**
     * gradient = 0 where |x| &gt; limit, float32 both.
     *
     * @param limit a positive number
     */
    public static Operation straightThrough(String name, Buffer x, float limit, Buffer gradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        return bound(name, elements(x), LANES, elements(x),
                _ -> StraightThroughKernel.straightThrough(matrix(x), limit, matrix(gradient))::run,
                List.of(x, gradient));
    }

    /**
     * gradient = gradient · (2 − 2 |x|) where |x| ≤ 1, and 0 elsewhere.
     *
     * @param x float32 or float16 [rows, columns]
     * @param gradient a tile, float32 [rows, channels]
     */
    public static Operation approximateSign(String name, Buffer x, ChannelTile gradient) {
        Buffer tile = gradient.values();
        expectTile(name, tile.rows(), tile.columns(), gradient.first(), x);
        return bound(name, tile.rows(), 1, elements(tile), arena -> StraightThroughKernel.approximateSign(arena,
                matrix(x), matrix(tile), gradient.first())::run, List.of(x, tile));
    }

    /** All elements of values, float32, become the same number. */
    public static Operation fill(String name, Buffer values, float number) {
        return bound(name, elements(values), LANES, elements(values), _ -> (begin, end) -> {
            for (long i = begin; i < end; i++) {
                values.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, number);
            }
        }, List.of(values));
    }

    /** to = from, of the same type and shape. */
    public static Operation copy(String name, Buffer from, Buffer to) {
        expectShape(name, from.rows(), from.columns(), to);
        long rowBytes = from.bytes() / from.rows();
        return bound(name, from.rows(), 1, elements(from), _ -> (begin, end) -> MemorySegment.copy(from.segment(),
                begin * rowBytes, to.segment(), begin * rowBytes, (end - begin) * rowBytes), List.of(from, to));
    }

    /**
     * Copies neighbouring columns of a matrix to another one. Channels of several images are joined so.
     *
     * @param from float32, float16 or int16 [rows, fromColumns]
     * @param fromFirst the first column that is read
     * @param to of the same type, [rows, toColumns]; other columns stay as they are
     * @param toFirst the first column that is written
     * @param columns how many columns are copied
     */
    public static Operation copyColumns(String name, Buffer from, long fromFirst, Buffer to, long toFirst,
            long columns) {
        expectShape(name, to.rows(), Math.max(from.columns(), fromFirst + columns), from);
        expectShape(name, from.rows(), Math.max(to.columns(), toFirst + columns), to);
        long bytes = from.type().bytes(1, 1);
        long fromRow = bytes * from.columns();
        long toRow = bytes * to.columns();
        return bound(name, from.rows(), 1, from.rows() * columns, _ -> (begin, end) -> {
            for (long row = begin; row < end; row++) {
                MemorySegment.copy(from.segment(), row * fromRow + bytes * fromFirst, to.segment(),
                        row * toRow + bytes * toFirst, bytes * columns);
            }
        }, List.of(from, to));
    }

    /** The same memory in the shape of another buffer of as many elements. */
    private static Matrix inShapeOf(Buffer shape, Buffer buffer) {
        return new Matrix(buffer.type(), shape.rows(), shape.columns(), buffer.segment());
    }
}
