package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT64;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.MaxPooling;
import java.lang.foreign.MemorySegment;

/**
 * The kernels of {@code bitgrad.h}, one method each; what they compute is said there, and their order is kept. Matrices
 * are [rows, columns] as the parameters say, in the layouts of {@link ElementType}. Operands must be native memory,
 * long enough, aligned to their element type and, where they are written, not read-only, or the call is refused with an
 * {@link IllegalArgumentException} before any kernel runs. Operands are the caller's; none is kept after a call.
 */
public final class Kernels {
    static {
        Isa.selected();
    }

    private Kernels() {
    }

    /**
     * {@code bg_im2col}: x float32 images, columns float32 [rowEnd − rowBegin, columnEnd − columnBegin].
     *
     * @param numbers where the convolution's numbers lie, int64
     */
    public static void im2col(ConvolutionShape convolution, MemorySegment numbers, MemorySegment x,
            MemorySegment columns,
            long rowBegin, long rowEnd, long columnBegin, long columnEnd) {
        String name = "im2col";
        im2colOperands(name, convolution, numbers, x, columns, rowBegin, rowEnd, columnBegin, columnEnd);
        check(name, Bitgrad.bg_im2col(numbers, x, columns, rowBegin, rowEnd, columnBegin, columnEnd));
    }

    /** {@code bg_im2col_signs}: operands as {@link #im2col}. */
    public static void im2colSigns(ConvolutionShape convolution, MemorySegment numbers, MemorySegment x,
            MemorySegment columns, long rowBegin, long rowEnd, long columnBegin, long columnEnd) {
        String name = "im2col_signs";
        im2colOperands(name, convolution, numbers, x, columns, rowBegin, rowEnd, columnBegin, columnEnd);
        check(name, Bitgrad.bg_im2col_signs(numbers, x, columns, rowBegin, rowEnd, columnBegin, columnEnd));
    }

    private static void im2colOperands(String name, ConvolutionShape convolution, MemorySegment numbers,
            MemorySegment x,
            MemorySegment columns, long rowBegin, long rowEnd, long columnBegin, long columnEnd) {
        convolution(name, convolution, numbers);
        Operands.outputMatrix(name, "columns", columns, FLOAT32, length(rowBegin, rowEnd),
                Math.max(1, length(columnBegin, columnEnd)));
        Operands.matrix(name, "x", x, FLOAT32, Math.ceilDiv(rowEnd, convolution.outPixels()),
                convolution.pixels() * convolution.channels());
    }

    /** {@code bg_col2im}: columns float32 [rowEnd − rowBegin, fanIn], dx float32 images. */
    public static void col2im(ConvolutionShape convolution, MemorySegment numbers, MemorySegment columns,
            MemorySegment dx,
            long rowBegin, long rowEnd) {
        String name = "col2im";
        convolution(name, convolution, numbers);
        Operands.matrix(name, "columns", columns, FLOAT32, length(rowBegin, rowEnd), convolution.fanIn());
        Operands.outputMatrix(name, "dx", dx, FLOAT32, Math.ceilDiv(rowEnd, convolution.outPixels()),
                convolution.pixels() * convolution.channels());
        check(name, Bitgrad.bg_col2im(numbers, columns, dx, rowBegin, rowEnd));
    }

    /** What the native side reads must be what lengths are checked by. */
    static void convolution(String name, ConvolutionShape convolution, MemorySegment numbers) {
        Operands.vector(name, "convolution", numbers, INT64, ConvolutionShape.NUMBERS);
        if (!convolution.isStoredIn(numbers)) {
            throw new IllegalArgumentException("%s: convolution does not hold the numbers of %s.".formatted(name,
                    convolution));
        }
    }

    /** The length of a range; 0 where it is none, which the native side refuses. */
    static long length(long begin, long end) {
        return begin >= 0 && begin <= end ? end - begin : 0;
    }

    /**
     * {@code bg_max_pool}: x float32 images, pooled float32 and argmax uint8 pooled images; argmax may be
     * {@link MemorySegment#NULL}.
     */
    public static void maxPool(MaxPooling pooling, MemorySegment x, MemorySegment pooled, MemorySegment argmax,
            long imageBegin, long imageEnd) {
        String name = "max_pool";
        maxPoolOperands(name, pooling, x, pooled, argmax, imageEnd);
        check(name,
                Bitgrad.bg_max_pool(x, pooling.height(), pooling.width(), pooling.channels(), pooling.windowHeight(),
                        pooled, argmax, imageBegin, imageEnd));
    }

    /** {@code bg_max_pool_signs}: operands as {@link #maxPool}. */
    public static void maxPoolSigns(MaxPooling pooling, MemorySegment x, MemorySegment pooled, MemorySegment argmax,
            long imageBegin, long imageEnd) {
        String name = "max_pool_signs";
        maxPoolOperands(name, pooling, x, pooled, argmax, imageEnd);
        check(name,
                Bitgrad.bg_max_pool_signs(x, pooling.height(), pooling.width(), pooling.channels(),
                        pooling.windowHeight(),
                        pooled, argmax, imageBegin, imageEnd));
    }

    private static void maxPoolOperands(String name, MaxPooling pooling, MemorySegment x, MemorySegment pooled,
            MemorySegment argmax, long imageEnd) {
        Operands.matrix(name, "x", x, FLOAT32, imageEnd, pooling.pixels() * pooling.channels());
        Operands.outputMatrix(name, "pooled", pooled, FLOAT32, imageEnd, pooling.pooledPixels() * pooling.channels());
        if (argmax != MemorySegment.NULL) {
            Operands.outputMatrix(name, "argmax", argmax, UINT8, imageEnd, pooling.pooledPixels() * pooling.channels());
        }
    }

    /** {@code bg_max_pool_backward}: pooledGradient float32 and argmax uint8 pooled images, gradient float32 images. */
    public static void maxPoolBackward(MaxPooling pooling, MemorySegment pooledGradient, MemorySegment argmax,
            MemorySegment gradient, long imageBegin, long imageEnd) {
        String name = "max_pool_backward";
        Operands.matrix(name, "pooled_gradient", pooledGradient, FLOAT32, imageEnd,
                pooling.pooledPixels() * pooling.channels());
        Operands.matrix(name, "argmax", argmax, UINT8, imageEnd, pooling.pooledPixels() * pooling.channels());
        Operands.outputMatrix(name, "gradient", gradient, FLOAT32, imageEnd, pooling.pixels() * pooling.channels());
        check(name, Bitgrad.bg_max_pool_backward(pooledGradient, argmax, pooling.height(), pooling.width(),
                pooling.channels(), pooling.windowHeight(), gradient, imageBegin, imageEnd));
    }

    static int code(ElementType type) {
        return switch (type) {
            case FLOAT32 -> Bitgrad.BG_FLOAT32();
            case FLOAT16 -> Bitgrad.BG_FLOAT16();
            case INT16 -> Bitgrad.BG_INT16();
            case INT8 -> Bitgrad.BG_INT8();
            case BITS -> Bitgrad.BG_BITS();
            default -> throw new IllegalArgumentException(
                    "No kernel takes %s where types can be chosen; use float32, float16, int16, int8 or bits."
                            .formatted(type.label()));
        };
    }

    static void check(String operation, int status) {
        if (status != Bitgrad.BG_OK()) {
            throw new IllegalArgumentException("%s refused its arguments: %s.".formatted(operation,
                    Bitgrad.bg_status_text(status).getString(0)));
        }
    }
}
