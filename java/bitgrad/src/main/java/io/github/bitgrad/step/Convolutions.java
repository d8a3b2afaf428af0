package io.github.bitgrad.step;

import io.github.bitgrad.kernel.BinaryConvolutionKernel;
import io.github.bitgrad.kernel.Gradient;
import io.github.bitgrad.kernel.LookupGradientKernel;
import io.github.bitgrad.kernel.LookupGradientKernel.InputGradientOperands;
import io.github.bitgrad.kernel.LookupGradientKernel.WeightGradientOperands;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolPackedKernel;
import io.github.bitgrad.kernel.PixelConvolutionKernel;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.kernel.RegroupKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes operations on images of bits: the three products of a layer, and max pooling. A batch of images is a matrix of
 * pixels, [images · height · width, channels], and so is a batch of rows for a dense layer, as images of one pixel;
 * where memory is the same, either may stand for the other. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class Convolutions {
    /** Multiply-adds on bits that take as long as touching one element. */
    private static final long PRODUCTS_AN_ELEMENT = 64;

    private Convolutions() {
    }

    /** Makes a call of a kernel with scratch memory of its own, once the buffers have their memory. */
    private interface ScratchCall {
        /**
         * @param arena of the native arguments
         * @param scratch for this range
         * @param begin where the range begins
         */
        RangeCall of(Arena arena, MemorySegment scratch, long begin);
    }

    /** An operation with so many bytes of scratch for each range, which are added to the program. */
    private static Operation withScratch(Program program, long bytes, String name, long size, long multiple, long work,
            ScratchCall call, List<Buffer> uses) {
        Buffer scratch =
                ScratchOperation.memory(program, name + ".scratch", Variable.OTHER, size, multiple, work, bytes);
        List<Buffer> all = new ArrayList<>(uses);
        all.add(scratch);
        return new ScratchOperation(name, size, multiple, work, (arena, chunkSize) -> {
            MemorySegment[] scratches = ScratchOperation.ofRanges(scratch);
            RangeCall[] calls = new RangeCall[scratches.length];
            for (int range = 0; range < calls.length; range++) {
                calls[range] = call.of(arena, scratches[range], range * chunkSize);
            }
            return (range, begin, end) -> calls[range].run(begin, end);
        }, all);
    }

    /** A buffer as a matrix of another shape with the same memory; see {@link #expect}. */
    static Matrix matrix(Buffer buffer, long rows, long columns) {
        return new Matrix(buffer.type(), rows, columns, buffer.segment());
    }

    /** The input pixels of a convolution. */
    private static Matrix inputs(Buffer buffer, ConvolutionShape convolution, long images) {
        return matrix(buffer, images * convolution.pixels(), convolution.channels());
    }

    /** The output pixels of a convolution. */
    private static Matrix outputs(Buffer buffer, ConvolutionShape convolution, long images) {
        return matrix(buffer, images * convolution.outPixels(), convolution.outChannels());
    }

    /** The weights of a convolution. */
    private static Matrix weights(Buffer buffer, ConvolutionShape convolution) {
        return matrix(buffer, convolution.outChannels() * convolution.taps(), convolution.channels());
    }

    /** Images in a matrix of so many pixels an image. */
    static long images(String operation, Buffer matrix, long pixels) {
        if (matrix.rows() % pixels != 0) {
            throw new IllegalArgumentException("%s: %s should hold whole images of %d pixels.".formatted(operation,
                    matrix, pixels));
        }
        return matrix.rows() / pixels;
    }

    /** Of that shape, or of another that is the same memory: rows of bits may have padding between them. */
    static void expect(String operation, Buffer buffer, long rows, long columns) {
        boolean dense =
                buffer.type() != ElementType.BITS || buffer.columns() % Long.SIZE == 0 && columns % Long.SIZE == 0;
        if (!(dense || buffer.columns() == columns) || buffer.bytes() != buffer.type().bytes(rows, columns)) {
            throw new IllegalArgumentException("%s: %s should have the shape [%d, %d].".formatted(operation, buffer,
                    rows, columns));
        }
    }

    static long work(ConvolutionShape convolution, long images) {
        return images * convolution.outPixels() * convolution.outChannels() * convolution.fanIn() / PRODUCTS_AN_ELEMENT;
    }

    /**
     * y int16 [output pixels, channels] = x bits [input pixels, input channels] ∗ weights bits [channels · taps, input
     * channels], and totals int64 [1, channels], the sums of y, unless null.
     */
    public static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y, Buffer totals) {
        long images = images(name, y, convolution.outPixels());
        long channels = convolution.outChannels();
        expect(name, y, images * convolution.outPixels(), channels);
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expect(name, weights, channels * convolution.taps(), convolution.channels());
        if (totals != null) {
            expect(name, totals, 1, channels);
        }
        return Operations.bound(name, channels, BinaryConvolutionKernel.CHANNELS, work(convolution, images), arena -> {
            Matrix pixels = inputs(x, convolution, images);
            Matrix filters = weights(weights, convolution);
            Matrix outputs = outputs(y, convolution, images);
            return totals == null
                    ? BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters, outputs)::run
                    : BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters, outputs,
                            matrix(totals, 1, channels))::run;
        }, totals == null ? List.of(x, weights, y) : List.of(x, weights, y, totals));
    }

    /** y int16 or float32 [output pixels, channels] = (2 · pixels − 255) ∗ weights, pixels being bytes. */
    public static Operation pixelConvolution(String name, ConvolutionShape convolution, Buffer pixels, Buffer weights,
            Buffer y) {
        long images = images(name, y, convolution.outPixels());
        expect(name, y, images * convolution.outPixels(), convolution.outChannels());
        expect(name, pixels, images * convolution.pixels(), convolution.channels());
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        return Operations.bound(name, images, 1, PRODUCTS_AN_ELEMENT / 4 * work(convolution, images),
                arena -> PixelConvolutionKernel.convolution(arena, convolution, images,
                        inputs(pixels, convolution, images), weights(weights, convolution),
                        outputs(y, convolution, images))::run,
                List.of(pixels, weights, y));
    }

    /** The form of weights that {@link #inputGradient} looks up by. */
    public static Buffer index(Program program, String name, ConvolutionShape convolution) {
        return program.temporary(name, Variable.OTHER, ElementType.UINT8, 1,
                LookupGradientKernel.weightIndexBytes(convolution));
    }

    /** Fills {@link #index} for gradients of a type. */
    public static Operation weightIndex(String name, ElementType type, ConvolutionShape convolution, Buffer weights,
            Buffer index) {
        expect(name, weights, convolution.outChannels() * convolution.taps(), convolution.channels());
        expect(name, index, 1, LookupGradientKernel.weightIndexBytes(convolution));
        return Operations.bound(name, Math.ceilDiv(convolution.outChannels(), LookupGradientKernel.INDEX_BLOCK), 1,
                weights.rows() * weights.columns(), arena -> LookupGradientKernel.weightIndex(arena, convolution, type,
                        weights(weights, convolution), index(index))::run,
                List.of(weights, index));
    }

    private static Matrix index(Buffer buffer) {
        return matrix(buffer, 1, buffer.bytes());
    }

    /** Checks a gradient at sums, of all pixels or of windows (unless null), and its scale (unless null). */
    static void expectGradient(String name, ConvolutionShape convolution, long images, Buffer dy, Buffer scale,
            PooledGradient pooled) {
        long channels = convolution.outChannels();
        if (scale != null) {
            expect(name, scale, 1, 1);
        }
        if (pooled == null) {
            expect(name, dy, images * convolution.outPixels(), channels);
            return;
        }
        PoolingShape pooling = pooled.of(convolution);
        expect(name, dy, images * pooling.pooledPixels(), channels);
        if (pooled.argmax() != null) {
            expect(name, pooled.argmax(), pooling.argmaxPlanes() * images * pooling.pooledPixels(), channels);
        } else {
            expect(name, pooled.signs(), images * pooling.pixels(), channels);
            expect(name, pooled.unselected(), 2, channels);
        }
    }

    /** A gradient as an operand, once the buffers have their memory; see {@link #expectGradient}. */
    static Gradient gradient(ConvolutionShape convolution, long images, Buffer dy, Buffer scale,
            PooledGradient pooled) {
        Optional<Matrix> one = Optional.ofNullable(scale).map(buffer -> matrix(buffer, 1, 1));
        if (pooled == null) {
            return new Gradient(outputs(dy, convolution, images), one, Optional.empty());
        }
        PoolingShape pooling = pooled.of(convolution);
        return new Gradient(matrix(dy, images * pooling.pooledPixels(), convolution.outChannels()), one,
                Optional.of(pooled.bound(convolution, images)));
    }

    /** The buffers of a gradient, and others. */
    static List<Buffer> uses(Buffer dy, Buffer scale, PooledGradient pooled, Buffer... others) {
        List<Buffer> uses = new ArrayList<>(List.of(others));
        uses.add(dy);
        if (scale != null) {
            uses.add(scale);
        }
        if (pooled != null) {
            uses.addAll(pooled.uses());
        }
        return uses;
    }

    /**
     * dx [input pixels, input channels] = dy [output pixels, channels] ∗ weights where mask's bits are set, else 0.
     *
     * @param scale what dy's integers are multiples of; null where dy is real
     */
    public static Operation inputGradient(Program program, String name, ConvolutionShape convolution, Buffer dy,
            Buffer scale, Buffer index, Buffer mask, Buffer dx) {
        expect(name, dx, images(name, dy, convolution.outPixels()) * convolution.pixels(), convolution.channels());
        return tileOfInputGradient(program, name, convolution, dy, scale, null, index, mask, dx, 0,
                convolution.channels());
    }

    /**
     * The input gradient of a tile of input channels: dx [input pixels, t] is of channels [first, first + t). first is
     * a multiple of 16, and so is t unless the tile ends with the last channel.
     *
     * @param pooled where dy has a row for each window; null where it has one for each pixel
     */
    public static Operation inputGradient(Program program, String name, ConvolutionShape convolution, Buffer dy,
            Buffer scale, PooledGradient pooled, Buffer index, Buffer mask, Buffer dx, long first) {
        return tileOfInputGradient(program, name, convolution, dy, scale, pooled, index, mask, dx, first,
                first + dx.columns());
    }

    private static Operation tileOfInputGradient(Program program, String name, ConvolutionShape convolution, Buffer dy,
            Buffer scale, PooledGradient pooled, Buffer index, Buffer mask, Buffer dx, long first, long end) {
        long images = images(name, mask, convolution.pixels());
        if (first % Matrix.TILE_COLUMNS != 0 || first < 0 || end > convolution.channels()
                || end % Matrix.TILE_COLUMNS != 0 && end != convolution.channels()) {
            throw new IllegalArgumentException("%s: channels [%d, %d) are no tile of %d, whose tiles begin and end at "
                    .formatted(name, first, end, convolution.channels()) + "multiples of " + Matrix.TILE_COLUMNS + ".");
        }
        expectGradient(name, convolution, images, dy, scale, pooled);
        expect(name, dx, images * convolution.pixels(), end - first);
        expect(name, mask, images * convolution.pixels(), convolution.channels());
        expect(name, index, 1, LookupGradientKernel.weightIndexBytes(convolution));
        return withScratch(program, LookupGradientKernel.inputGradientScratchBytes(dy.type(), convolution), name,
                images, 1, work(convolution, images) * (end - first) / convolution.channels(),
                (arena, scratch, _) -> LookupGradientKernel.inputGradient(arena, convolution,
                        new InputGradientOperands(images, gradient(convolution, images, dy, scale, pooled),
                                index(index), inputs(mask, convolution, images)),
                        matrix(dx, images * convolution.pixels(), end - first), first, scratch),
                uses(dy, scale, pooled, index, mask, dx));
    }

    /**
     * signs bits [channels · taps, input channels] = sgn(dyᵀ ∗ x).
     *
     * @param x bits [input pixels, input channels], or [input pixels, 8 · input channels] where inputs are bytes
     */
    public static Operation weightGradientSigns(Program program, String name, ConvolutionShape convolution, Buffer dy,
            Buffer x, Buffer signs) {
        long images = images(name, x, convolution.pixels());
        int inputBits = inputBits(convolution, x);
        expectGradient(name, convolution, images, dy, null, null);
        expect(name, x, images * convolution.pixels(), (long) inputBits * convolution.channels());
        expect(name, signs, convolution.outChannels() * convolution.taps(), convolution.channels());
        long channels = convolution.outChannels();
        return withScratch(program,
                LookupGradientKernel.weightGradientScratchBytes(dy.type(), convolution, inputBits, images), name,
                channels, LookupGradientKernel.CHANNELS, inputBits * work(convolution, images),
                (arena, scratch, begin) -> {
                    long rows = (channels - begin) * convolution.taps();
                    MemorySegment ofRange = signs.segment()
                            .asSlice(ElementType.BITS.bytes(begin * convolution.taps(), convolution.channels()));
                    return LookupGradientKernel.weightGradient(arena, convolution,
                            new WeightGradientOperands(images, gradient(convolution, images, dy, null, null),
                                    matrix(x, images * convolution.pixels(), inputBits * convolution.channels()),
                                    inputBits),
                            new Matrix(ElementType.BITS, rows, convolution.channels(), ofRange), scratch);
                }, List.of(dy, x, signs));
    }

    /** Of an input value of a weight gradient: 1, or 8 where it is a byte. */
    static int inputBits(ConvolutionShape convolution, Buffer x) {
        return x.columns() == Byte.SIZE * convolution.channels() ? Byte.SIZE : 1;
    }

    /**
     * pooled int16 [windows, channels] is the largest of each window of y int16 [pixels, channels]. argmax, unless
     * null, is which element that was: bits [planes · windows, columns], of which the columns from first on are
     * written.
     */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer y, Buffer pooled, long first,
            Buffer argmax) {
        long images = images(name, y, pooling.pixels());
        expect(name, y, images * pooling.pixels(), pooling.channels());
        expect(name, pooled, images * pooling.pooledPixels(), pooling.channels());
        long elements = y.rows() * y.columns();
        if (argmax == null) {
            return Operations.bound(name, images, 1, elements, arena -> MaxPoolPackedKernel.maxPool(arena, pooling,
                    images, unpooled(y, pooling, images), pooled(pooled, pooling, images))::run, List.of(y, pooled));
        }
        Operations.expectTile(name, pooling.argmaxPlanes() * images * pooling.pooledPixels(), pooling.channels(), first,
                argmax);
        return Operations.bound(name, images, 1, elements,
                arena -> MaxPoolPackedKernel.maxPool(arena, pooling, images, unpooled(y, pooling, images),
                        pooled(pooled, pooling, images), Operations.matrix(argmax), first)::run,
                List.of(y, pooled, argmax));
    }

    private static Matrix unpooled(Buffer buffer, PoolingShape pooling, long images) {
        return matrix(buffer, images * pooling.pixels(), pooling.channels());
    }

    private static Matrix pooled(Buffer buffer, PoolingShape pooling, long images) {
        return matrix(buffer, images * pooling.pooledPixels(), pooling.channels());
    }

    /**
     * pooled bits [windows, channels], set where a sign of the window in signs [pixels, channels] is set.
     * pooledStraightThrough is straightThrough at the sign that was taken; the two may be null together.
     */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer signs, Buffer straightThrough,
            Buffer pooled, Buffer pooledStraightThrough) {
        long images = images(name, signs, pooling.pixels());
        expect(name, signs, images * pooling.pixels(), pooling.channels());
        expect(name, pooled, images * pooling.pooledPixels(), pooling.channels());
        boolean inference = straightThrough == null;
        if (!inference) {
            expect(name, straightThrough, images * pooling.pixels(), pooling.channels());
            expect(name, pooledStraightThrough, images * pooling.pooledPixels(), pooling.channels());
        }
        return Operations.bound(name, images, 1, signs.bytes(), arena -> {
            Matrix from = unpooled(signs, pooling, images);
            Matrix to = pooled(pooled, pooling, images);
            return inference
                    ? MaxPoolPackedKernel.maxPoolSigns(arena, pooling, images, from, to)::run
                    : MaxPoolPackedKernel.maxPoolSigns(arena, pooling, images, from,
                            unpooled(straightThrough, pooling, images), to,
                            pooled(pooledStraightThrough, pooling, images))::run;
        }, inference ? List.of(signs, pooled) : List.of(signs, straightThrough, pooled, pooledStraightThrough));
    }

    /**
     * to bits [rows, pieces · columns]: rows of from bits [rows · pieces, columns], end to end without their padding.
     */
    public static Operation flattenBits(String name, Buffer from, Buffer to) {
        long pieces = from.rows() / to.rows();
        expect(name, from, pieces * to.rows(), from.columns());
        expect(name, to, to.rows(), pieces * from.columns());
        return Operations.bound(name, to.rows(), 1, to.bytes(),
                _ -> RegroupKernel.flatten(matrix(from, pieces * to.rows(), from.columns()),
                        matrix(to, to.rows(), pieces * from.columns()))::run,
                List.of(from, to));
    }

    /** bits [pixels, 8 · channels] of bytes, a row for each pixel. */
    public static Operation bytesToBits(String name, Buffer bytes, Buffer bits) {
        long channels = bits.columns() / Byte.SIZE;
        expect(name, bits, bits.rows(), Byte.SIZE * channels);
        expect(name, bytes, bits.rows(), channels);
        return Operations.bound(name, bits.rows(), 1, bits.bytes(),
                _ -> RegroupKernel.bytesToBits(matrix(bytes, bits.rows(), channels), Operations.matrix(bits))::run,
                List.of(bytes, bits));
    }
}
