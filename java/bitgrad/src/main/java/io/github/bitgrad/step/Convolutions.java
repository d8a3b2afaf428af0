package io.github.bitgrad.step;

import io.github.bitgrad.kernel.BinaryConvolutionKernel;
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
            throw new IllegalArgumentException("%s: %s should hold whole images of %s pixels.".formatted(operation,
                    matrix, pixels));
        }
        return matrix.rows() / pixels;
    }

    /** Of that shape, or of another that is the same memory: rows of bits may have padding between them. */
    static void expect(String operation, Buffer buffer, long rows, long columns) {
        boolean dense =
                buffer.type() != ElementType.BITS || buffer.columns() % Long.SIZE == 0 && columns % Long.SIZE == 0;
        if (!(dense || buffer.columns() == columns) || buffer.bytes() != buffer.type().bytes(rows, columns)) {
            throw new IllegalArgumentException("%s: %s should have the shape [%s, %s].".formatted(operation, buffer,
                    rows, columns));
        }
    }

    static long work(ConvolutionShape convolution, long images) {
        return images * convolution.outPixels() * convolution.outChannels() * convolution.fanIn() / PRODUCTS_AN_ELEMENT;
    }

    /**
     * y int16 [output pixels, channels] = x bits [input pixels, input channels] ∗ weights bits [channels · taps, input
     * channels].
     */
    public static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y) {
        return binaryConvolution(name, convolution, x, weights, y, Optional.empty());
    }

    /**
     * y int16 [output pixels, channels] = x bits [input pixels, input channels] ∗ weights bits [channels · taps, input
     * channels], and totals int64 [1, channels], the sums of y over all output pixels.
     */
    public static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y, Buffer totals) {
        return binaryConvolution(name, convolution, x, weights, y, Optional.of(totals));
    }

    private static Operation binaryConvolution(String name, ConvolutionShape convolution, Buffer x, Buffer weights,
            Buffer y, Optional<Buffer> totals) {
        long images = images(name, y, convolution.outPixels());
        long channels = convolution.outChannels();
        expect(name, y, images * convolution.outPixels(), channels);
        expect(name, x, images * convolution.pixels(), convolution.channels());
        expect(name, weights, channels * convolution.taps(), convolution.channels());
        totals.ifPresent(buffer -> expect(name, buffer, 1, channels));
        List<Buffer> uses = new ArrayList<>(List.of(x, weights, y));
        totals.ifPresent(uses::add);
        return Operations.bound(name, channels, BinaryConvolutionKernel.CHANNELS, work(convolution, images), arena -> {
            Matrix pixels = inputs(x, convolution, images);
            Matrix filters = weights(weights, convolution);
            Matrix outputs = outputs(y, convolution, images);
            RangeCall call = totals
                    .map(buffer -> BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters,
                            outputs, matrix(buffer, 1, channels)))
                    .orElseGet(() -> BinaryConvolutionKernel.convolution(arena, convolution, images, pixels, filters,
                            outputs));
            return call::run;
        }, uses);
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

    /**
     * Some neighbouring channels of a matrix.
     *
     * @param values [rows, t]: of the channels [first, first + t)
     * @param first a multiple of 16; so is t, unless the tile ends with the last channel
     */
    public record ChannelTile(Buffer values, long first) {
        /** All channels of a matrix. */
        public static ChannelTile all(Buffer values) {
            return new ChannelTile(values, 0);
        }

        private void expectOf(String name, long channels) {
            long end = first + values.columns();
            if (first % Matrix.TILE_COLUMNS != 0 || first < 0 || end > channels
                    || end % Matrix.TILE_COLUMNS != 0 && end != channels) {
                throw new IllegalArgumentException(
                        "%s: channels [%s, %s) are no tile of %s, whose tiles begin and end at multiples of %s."
                                .formatted(name, first, end, channels, Matrix.TILE_COLUMNS));
            }
        }
    }

    /**
     * dx [input pixels, t], a tile of the input channels, is dy [output pixels, channels] ∗ weights where mask's bits
     * are set, and 0 elsewhere.
     *
     * @param index of the weights, as {@link #weightIndex} fills it
     * @param mask bits [input pixels, input channels]
     */
    public static Operation inputGradient(Program program, String name, ConvolutionShape convolution, GradientAtSums dy,
            Buffer index, Buffer mask, ChannelTile dx) {
        long images = images(name, mask, convolution.pixels());
        Buffer tile = dx.values();
        dx.expectOf(name, convolution.channels());
        dy.expect(name, convolution, images);
        Operations.expectShape(name, images * convolution.pixels(), tile.columns(), tile);
        expect(name, mask, images * convolution.pixels(), convolution.channels());
        expect(name, index, 1, LookupGradientKernel.weightIndexBytes(convolution));
        return withScratch(program, LookupGradientKernel.inputGradientScratchBytes(dy.values().type(), convolution),
                name, images, 1, work(convolution, images) * tile.columns() / convolution.channels(),
                (arena, scratch, _) -> LookupGradientKernel.inputGradient(arena, convolution,
                        new InputGradientOperands(images, dy.bound(convolution, images), index(index),
                                inputs(mask, convolution, images)),
                        Operations.matrix(tile), dx.first(), scratch),
                dy.uses(index, mask, tile));
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
        GradientAtSums gradient = GradientAtSums.real(dy);
        gradient.expect(name, convolution, images);
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
                            new WeightGradientOperands(images, gradient.bound(convolution, images),
                                    matrix(x, images * convolution.pixels(), inputBits * convolution.channels()),
                                    inputBits),
                            new Matrix(ElementType.BITS, rows, convolution.channels(), ofRange), scratch);
                }, List.of(dy, x, signs));
    }

    /** Of an input value of a weight gradient: 1, or 8 where it is a byte. */
    static int inputBits(ConvolutionShape convolution, Buffer x) {
        return x.columns() == Byte.SIZE * convolution.channels() ? Byte.SIZE : 1;
    }

    /** pooled int16 [windows, channels] is the largest of each window of y int16 [pixels, channels], for inference. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer y, Buffer pooled) {
        long images = expectPooling(name, pooling, y, pooled);
        return Operations.bound(name, images, 1, y.rows() * y.columns(), arena -> MaxPoolPackedKernel.maxPool(arena,
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
        Operations.expectTile(name, pooling.argmaxPlanes() * images * pooling.pooledPixels(), pooling.channels(), first,
                argmax);
        return Operations.bound(name, images, 1, y.rows() * y.columns(),
                arena -> MaxPoolPackedKernel.maxPool(arena, pooling, images, unpooled(y, pooling, images),
                        pooled(pooled, pooling, images), Operations.matrix(argmax), first)::run,
                List.of(y, pooled, argmax));
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

    private static Matrix pooled(Buffer buffer, PoolingShape pooling, long images) {
        return matrix(buffer, images * pooling.pooledPixels(), pooling.channels());
    }

    /**
     * pooled bits [windows, channels], set where a sign of the window in signs [pixels, channels] is, for inference.
     */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer signs, Buffer pooled) {
        long images = expectPooling(name, pooling, signs, pooled);
        return Operations.bound(name, images, 1, signs.bytes(), arena -> MaxPoolPackedKernel.maxPoolSigns(arena,
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
        return Operations.bound(name, images, 1, signs.bytes(),
                arena -> MaxPoolPackedKernel.maxPoolSigns(arena, pooling, images, unpooled(signs, pooling, images),
                        unpooled(straightThrough, pooling, images), pooled(pooled, pooling, images),
                        pooled(pooledStraightThrough, pooling, images))::run,
                List.of(signs, straightThrough, pooled, pooledStraightThrough));
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
