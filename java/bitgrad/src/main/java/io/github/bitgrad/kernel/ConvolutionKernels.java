package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.ToLongFunction;

/**
 * The kernels of {@code bitgrad.h} on images of bits, checked as {@link Kernels} are. A convolution is given twice: as
 * its numbers in native memory, int64, which the kernel reads, and as the shape that they are of, by
 * which operands are checked.
 */
public final class ConvolutionKernels {
    static {
        Isa.selected();
    }

    private ConvolutionKernels() {
    }

    private static long sizeOf(ConvolutionShape convolution, ToLongFunction<MemorySegment> size) {
        try (Arena arena = Arena.ofConfined()) {
            return size.applyAsLong(arena.allocateFrom(ValueLayout.JAVA_LONG, convolution.numbers()));
        }
    }

    /** {@code bg_weight_index_bytes}: the bytes of {@link #weightIndex}. */
    public static long weightIndexBytes(ConvolutionShape convolution) {
        return sizeOf(convolution, Bitgrad::bg_weight_index_bytes);
    }

    /** {@code bg_input_gradient_scratch_bytes}: the bytes of scratch of {@link #inputGradient}. */
    public static long inputGradientScratchBytes(ElementType type, ConvolutionShape convolution) {
        return sizeOf(convolution, numbers -> Bitgrad.bg_input_gradient_scratch_bytes(Kernels.code(type), numbers));
    }

    /** {@code bg_weight_gradient_scratch_bytes}: the bytes of scratch of {@link #weightGradient}. */
    public static long weightGradientScratchBytes(ElementType type, ConvolutionShape convolution, int inputBits,
            long images) {
        return sizeOf(convolution,
                numbers -> Bitgrad.bg_weight_gradient_scratch_bytes(Kernels.code(type), numbers, inputBits, images));
    }

    /** Allocates nothing, unlike {@link #weightIndexBytes}; the native side says the same. */
    private static long indexBytes(ConvolutionShape convolution) {
        return convolution.taps() * Math.ceilDiv(convolution.outChannels(), 16)
                * ElementType.words(convolution.channels()) * 256;
    }

    private static void weights(String name, MemorySegment weights, ConvolutionShape convolution) {
        Operands.matrix(name, "weights", weights, BITS, convolution.outChannels() * convolution.taps(),
                convolution.channels());
    }

    /**
     * {@code bg_binary_convolution}: x bits [images · pixels, channels], weights bits [outChannels · taps, channels], y
     * int16 [images · outPixels, outChannels]; sums int64 [outChannels] or {@link MemorySegment#NULL}.
     */
    public static void binaryConvolution(ConvolutionShape convolution, MemorySegment numbers, MemorySegment x,
            MemorySegment weights, MemorySegment y, MemorySegment sums, long images, long channelBegin,
            long channelEnd) {
        String name = "binary_convolution";
        Kernels.convolution(name, convolution, numbers);
        Operands.matrix(name, "x", x, BITS, Operands.rows(images, convolution.pixels()), convolution.channels());
        weights(name, weights, convolution);
        Operands.outputMatrix(name, "y", y, INT16, Operands.rows(images, convolution.outPixels()),
                convolution.outChannels());
        if (sums != MemorySegment.NULL) {
            Operands.outputVector(name, "sums", sums, INT64, channelEnd);
        }
        Kernels.check(name,
                Bitgrad.bg_binary_convolution(numbers, x, weights, y, sums, images, channelBegin, channelEnd));
    }

    /**
     * {@code bg_pixel_convolution}: pixels bytes [images · pixels, channels], weights bits [outChannels · taps, channels],
     * y int16 or float32 [images · outPixels, outChannels].
     */
    public static void pixelConvolution(ConvolutionShape convolution, MemorySegment numbers, MemorySegment pixels,
            MemorySegment weights, ElementType type, MemorySegment y, long imageBegin, long imageEnd) {
        String name = "pixel_convolution";
        Kernels.convolution(name, convolution, numbers);
        Operands.matrix(name, "pixels", pixels, UINT8, Operands.rows(imageEnd, convolution.pixels()),
                convolution.channels());
        weights(name, weights, convolution);
        Operands.outputMatrix(name, "y", y, type, Operands.rows(imageEnd, convolution.outPixels()),
                convolution.outChannels());
        Kernels.check(name, Bitgrad.bg_pixel_convolution(numbers, pixels, weights, Kernels.code(type), y, imageBegin,
                imageEnd));
    }

    /**
     * {@code bg_max_pool_int16}: y int16 [images · height · width, channels], pooled int16 [windows, channels]; argmax
     * bits [planes · windows, columns] or {@link MemorySegment#NULL}.
     *
     * @param pooling of the tile's channels, which are the columns of argmax from first on
     */
    public static void maxPoolInt16(MaxPooling pooling, MemorySegment y, MemorySegment pooled, long columns, long first,
            MemorySegment argmax, long images, long imageBegin, long imageEnd) {
        String name = "max_pool_int16";
        long channels = pooling.channels();
        Operands.matrix(name, "y", y, INT16, Operands.rows(imageEnd, pooling.pixels()), channels);
        Operands.outputMatrix(name, "pooled", pooled, INT16, Operands.rows(imageEnd, pooling.pooledPixels()), channels);
        if (argmax != MemorySegment.NULL) {
            Operands.outputMatrix(name, "argmax", argmax, BITS,
                    Operands.rows(images, pooling.argmaxPlanes() * pooling.pooledPixels()), columns);
        }
        Kernels.check(name, Bitgrad.bg_max_pool_int16(y, pooling.height(), pooling.width(), channels, columns, first,
                pooling.windowHeight(), pooled, argmax, images, imageBegin, imageEnd));
    }

    /**
     * {@code bg_max_pool_bits}: signs and straightThrough bits [images · height · width, channels], pooled and
     * pooledStraightThrough bits [windows, channels]; straightThrough and pooledStraightThrough may both be
     * {@link MemorySegment#NULL}.
     */
    public static void maxPoolBits(MaxPooling pooling, MemorySegment signs, MemorySegment straightThrough,
            MemorySegment pooled, MemorySegment pooledStraightThrough, long imageBegin, long imageEnd) {
        String name = "max_pool_bits";
        long channels = pooling.channels();
        Operands.matrix(name, "signs", signs, BITS, Operands.rows(imageEnd, pooling.pixels()), channels);
        Operands.outputMatrix(name, "pooled", pooled, BITS, Operands.rows(imageEnd, pooling.pooledPixels()), channels);
        if (straightThrough != MemorySegment.NULL || pooledStraightThrough != MemorySegment.NULL) {
            Operands.matrix(name, "straight_through", straightThrough, BITS, Operands.rows(imageEnd, pooling.pixels()),
                    channels);
            Operands.outputMatrix(name, "pooled_straight_through", pooledStraightThrough, BITS,
                    Operands.rows(imageEnd, pooling.pooledPixels()), channels);
        }
        Kernels.check(name, Bitgrad.bg_max_pool_bits(signs, straightThrough, pooling.height(), pooling.width(),
                channels, pooling.windowHeight(), pooled, pooledStraightThrough, imageBegin, imageEnd));
    }

    /**
     * {@code bg_weight_index}: weights bits [outChannels · taps, channels]; index bytes, as many as
     * {@link #weightIndexBytes} says.
     *
     * @param type of the gradients that look up by it
     */
    public static void weightIndex(ElementType type, ConvolutionShape convolution, MemorySegment numbers,
            MemorySegment weights, MemorySegment index, long begin, long end) {
        String name = "weight_index";
        Kernels.convolution(name, convolution, numbers);
        weights(name, weights, convolution);
        Operands.outputVector(name, "index", index, UINT8, indexBytes(convolution));
        Kernels.check(name, Bitgrad.bg_weight_index(Kernels.code(type), numbers, weights, index, begin, end));
    }

    private static void gradient(String name, ElementType type, ConvolutionShape convolution, MemorySegment dy,
            MemorySegment scale, GradientPooling pooling, long dyImages, long images) {
        Operands.matrix(name, "dy", dy, type, Operands.rows(dyImages, pooling.windows(convolution)),
                convolution.outChannels());
        if (!scale.equals(MemorySegment.NULL)) {
            Operands.vector(name, "scale", scale, FLOAT32, 1);
        }
        pooling.check(name, convolution, images);
    }

    /**
     * {@code bg_input_gradient}: dy of its type [images · outPixels, outChannels], or [images · windows, outChannels] where
     * it is pooled; index of {@link #weightIndex} for that type; mask bits [images · pixels, channels]; dx float16 or
     * float32 [images · pixels, channelEnd − channelBegin]; scale float32 [1], or {@link MemorySegment#NULL} where dy is
     * real; scratch is aligned to 64 bytes.
     */
    public static void inputGradient(ElementType type, ConvolutionShape convolution, MemorySegment numbers,
            MemorySegment dy, MemorySegment scale, GradientPooling pooling, MemorySegment index, MemorySegment mask,
            ElementType dxType, MemorySegment dx, long channelBegin, long channelEnd, MemorySegment scratch,
            long images, long imageBegin, long imageEnd) {
        String name = "input_gradient";
        Kernels.convolution(name, convolution, numbers);
        gradient(name, type, convolution, dy, scale, pooling, imageEnd, images);
        Operands.vector(name, "index", index, UINT8, indexBytes(convolution));
        Operands.matrix(name, "mask", mask, BITS, Operands.rows(imageEnd, convolution.pixels()),
                convolution.channels());
        Operands.outputMatrix(name, "dx", dx, dxType, Operands.rows(imageEnd, convolution.pixels()),
                channelEnd - channelBegin);
        Operands.outputVector(name, "scratch", scratch, UINT8, scratch.byteSize());
        Kernels.check(name,
                Bitgrad.bg_input_gradient(Kernels.code(type), numbers, dy, scale, pooling.size(), pooling.argmax(),
                        pooling.signs(), pooling.others(), index, mask, Kernels.code(dxType), dx, channelBegin,
                        channelEnd, scratch, scratch.byteSize(), images, imageBegin, imageEnd));
    }

    /**
     * {@code bg_weight_gradient}: dy and scale as for {@link #inputGradient}, x bits [images · pixels, inputBits ·
     * channels]; gradient bits or float32 [(channelEnd − channelBegin) · taps, channels]; scale may be
     * {@link MemorySegment#NULL} where gradient is bits; scratch is aligned to 64 bytes.
     */
    public static void weightGradient(ElementType type, ConvolutionShape convolution, MemorySegment numbers,
            MemorySegment dy, MemorySegment scale, GradientPooling pooling, MemorySegment x, int inputBits,
            ElementType gradientType, MemorySegment gradient, MemorySegment scratch, long images, long channelBegin,
            long channelEnd) {
        String name = "weight_gradient";
        Kernels.convolution(name, convolution, numbers);
        gradient(name, type, convolution, dy, scale, pooling, images, images);
        Operands.matrix(name, "x", x, BITS, Operands.rows(images, convolution.pixels()),
                (long) inputBits * convolution.channels());
        long channels = Math.max(0, channelEnd - Math.max(0, channelBegin)); // 0 of a range that is none, for C to refuse
        Operands.outputMatrix(name, "gradient", gradient, gradientType, Operands.rows(channels, convolution.taps()),
                convolution.channels());
        Operands.outputVector(name, "scratch", scratch, UINT8, scratch.byteSize());
        Kernels.check(name,
                Bitgrad.bg_weight_gradient(Kernels.code(type), numbers, dy, scale, pooling.size(), pooling.argmax(),
                        pooling.signs(), pooling.others(), x, inputBits, Kernels.code(gradientType), gradient, scratch,
                        scratch.byteSize(), images, channelBegin, channelEnd));
    }

    /** {@code bg_flatten_bits}: from bits [rows · pieces, columns] to bits [rows, pieces · columns]. */
    public static void flattenBits(MemorySegment from, long columns, long pieces, MemorySegment to, long rowBegin,
            long rowEnd) {
        String name = "flatten_bits";
        Operands.matrix(name, "from", from, BITS, rowEnd * pieces, columns);
        Operands.outputMatrix(name, "to", to, BITS, rowEnd, pieces * columns);
        Kernels.check(name, Bitgrad.bg_flatten_bits(from, columns, pieces, to, rowBegin, rowEnd));
    }

    /** {@code bg_bytes_to_bits}: bytes [pixels, channels] to bits [pixels, 8 · channels]. */
    public static void bytesToBits(MemorySegment bytes, long channels, MemorySegment bits, long pixelBegin,
            long pixelEnd) {
        String name = "bytes_to_bits";
        Operands.matrix(name, "bytes", bytes, UINT8, pixelEnd, channels);
        Operands.outputMatrix(name, "bits", bits, BITS, pixelEnd, Byte.SIZE * channels);
        Kernels.check(name, Bitgrad.bg_bytes_to_bits(bytes, channels, bits, pixelBegin, pixelEnd));
    }
}
