package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
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

    /** {@code bg_sign}: signs[i] = sgn(values[i]), float32, i in [begin, end). */
    public static void sign(MemorySegment values, MemorySegment signs, long begin, long end) {
        String name = "sign";
        Operands.vector(name, "values", values, FLOAT32, end);
        Operands.outputVector(name, "signs", signs, FLOAT32, end);
        check(name, Bitgrad.bg_sign(values, signs, begin, end));
    }

    /** {@code bg_sign_pack}: values [rows, columns] of float32, float16 or int8 to bits [rows, columns]. */
    public static void signPack(ElementType type, MemorySegment values, long columns, MemorySegment bits, long rowBegin,
            long rowEnd) {
        String name = "sign_pack";
        Operands.matrix(name, "values", values, type, rowEnd, columns);
        Operands.outputMatrix(name, "bits", bits, BITS, rowEnd, columns);
        check(name, Bitgrad.bg_sign_pack(code(type), values, columns, bits, MemorySegment.NULL, rowBegin, rowEnd));
    }

    public static void signPack(ElementType type, MemorySegment values, long columns, MemorySegment bits,
            MemorySegment straightThrough, long rowBegin, long rowEnd) {
        String name = "sign_pack";
        Operands.matrix(name, "values", values, type, rowEnd, columns);
        Operands.outputMatrix(name, "bits", bits, BITS, rowEnd, columns);
        Operands.outputMatrix(name, "straight_through", straightThrough, BITS, rowEnd, columns);
        check(name, Bitgrad.bg_sign_pack(code(type), values, columns, bits, straightThrough, rowBegin, rowEnd));
    }

    public static void add(ElementType type, MemorySegment a, MemorySegment b, MemorySegment sum, long begin,
            long end) {
        String name = "add";
        Operands.vector(name, "a", a, type, end);
        Operands.vector(name, "b", b, type, end);
        Operands.outputVector(name, "sum", sum, type, end);
        check(name, Bitgrad.bg_add(code(type), a, b, sum, begin, end));
    }

    /** {@code bg_float16_to_float32}: elements [begin, end). */
    public static void float16ToFloat32(MemorySegment halves, MemorySegment values, long begin, long end) {
        String name = "float16_to_float32";
        Operands.vector(name, "halves", halves, FLOAT16, end);
        Operands.outputVector(name, "values", values, FLOAT32, end);
        check(name, Bitgrad.bg_float16_to_float32(halves, values, begin, end));
    }

    /** {@code bg_float32_to_float16}: elements [begin, end). */
    public static void float32ToFloat16(MemorySegment values, MemorySegment halves, long begin, long end) {
        String name = "float32_to_float16";
        Operands.vector(name, "values", values, FLOAT32, end);
        Operands.outputVector(name, "halves", halves, FLOAT16, end);
        check(name, Bitgrad.bg_float32_to_float16(values, halves, begin, end));
    }

    /** {@code bg_bytes_to_float32}: values[i] = bytes[i] · scale + offset, i in [begin, end). */
    public static void bytesToFloat32(MemorySegment bytes, MemorySegment values, float scale, float offset, long begin,
            long end) {
        String name = "bytes_to_float32";
        Operands.vector(name, "bytes", bytes, UINT8, end);
        Operands.outputVector(name, "values", values, FLOAT32, end);
        check(name, Bitgrad.bg_bytes_to_float32(bytes, values, scale, offset, begin, end));
    }

    /** {@code bg_batch_norm_statistics_l2}: y float32 [rows, channels]; mean and deviation float32 [channels]. */
    public static void batchNormStatisticsL2(MemorySegment y, long rows, long channels, MemorySegment mean,
            MemorySegment deviation, long channelBegin, long channelEnd) {
        String name = "batch_norm_statistics_l2";
        Operands.matrix(name, "y", y, FLOAT32, rows, channels);
        Operands.outputVector(name, "mean", mean, FLOAT32, channelEnd);
        Operands.outputVector(name, "deviation", deviation, FLOAT32, channelEnd);
        check(name, Bitgrad.bg_batch_norm_statistics_l2(y, rows, channels, mean, deviation, channelBegin, channelEnd));
    }

    /** {@code bg_batch_norm_apply}: y int16 or float32 [rows, channels] to x float32 [rows, channels]. */
    public static void batchNormApply(ElementType type, MemorySegment y, long channels, MemorySegment mean,
            MemorySegment deviation, MemorySegment beta, MemorySegment x, long rowBegin, long rowEnd) {
        String name = "batch_norm_apply";
        Operands.matrix(name, "y", y, type, rowEnd, channels);
        Operands.vector(name, "mean", mean, FLOAT32, channels);
        Operands.vector(name, "deviation", deviation, FLOAT32, channels);
        Operands.vector(name, "beta", beta, FLOAT32, channels);
        Operands.outputMatrix(name, "x", x, FLOAT32, rowEnd, channels);
        check(name, Bitgrad.bg_batch_norm_apply(code(type), y, channels, mean, deviation, beta, x, rowBegin, rowEnd));
    }

    /** {@code bg_batch_norm_backward_l2}: gradient and x float32 [rows, channels]; the others float32 [channels]. */
    public static void batchNormBackwardL2(MemorySegment gradient, MemorySegment x, long rows, long channels,
            MemorySegment beta, MemorySegment deviation, MemorySegment betaGradient, long channelBegin,
            long channelEnd) {
        String name = "batch_norm_backward_l2";
        backwardOperands(name, gradient, x, rows, channels, beta, deviation, betaGradient, channelEnd);
        check(name, Bitgrad.bg_batch_norm_backward_l2(gradient, x, rows, channels, beta, deviation, betaGradient,
                channelBegin, channelEnd));
    }

    /** {@code bg_batch_norm_backward_l1}: gradient and x float32 [rows, channels]; the others float32 [channels]. */
    public static void batchNormBackwardL1(MemorySegment gradient, MemorySegment x, long rows, long channels,
            MemorySegment beta, MemorySegment deviation, MemorySegment betaGradient, long channelBegin,
            long channelEnd) {
        String name = "batch_norm_backward_l1";
        backwardOperands(name, gradient, x, rows, channels, beta, deviation, betaGradient, channelEnd);
        check(name, Bitgrad.bg_batch_norm_backward_l1(gradient, x, rows, channels, beta, deviation, betaGradient,
                channelBegin, channelEnd));
    }

    private static void backwardOperands(String name, MemorySegment gradient, MemorySegment x, long rows, long channels,
            MemorySegment beta, MemorySegment deviation, MemorySegment betaGradient, long channelEnd) {
        Operands.outputMatrix(name, "gradient", gradient, FLOAT32, rows, channels);
        Operands.matrix(name, "x", x, FLOAT32, rows, channels);
        Operands.vector(name, "beta", beta, FLOAT32, channelEnd);
        Operands.vector(name, "deviation", deviation, FLOAT32, channelEnd);
        Operands.outputVector(name, "beta_gradient", betaGradient, FLOAT32, channelEnd);
    }

    /** {@code bg_moving_average}: average = decay · average + (1 − decay) · values, elements [begin, end). */
    public static void movingAverage(MemorySegment values, MemorySegment average, float decay, long begin, long end) {
        String name = "moving_average";
        Operands.vector(name, "values", values, FLOAT32, end);
        Operands.outputVector(name, "average", average, FLOAT32, end);
        check(name, Bitgrad.bg_moving_average(values, average, decay, begin, end));
    }

    /** {@code bg_straight_through}: gradient[i] = 0 where |x[i]| &gt; 1, float32, i in [begin, end). */
    public static void straightThrough(MemorySegment x, MemorySegment gradient, long begin, long end) {
        String name = "straight_through";
        Operands.vector(name, "x", x, FLOAT32, end);
        Operands.outputVector(name, "gradient", gradient, FLOAT32, end);
        check(name, Bitgrad.bg_straight_through(x, gradient, begin, end));
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

    /**
     * {@code bg_softmax_cross_entropy}: logits and gradient float32 [rows, classes], labels and predictions int32
     * [rows], losses float32 [rows]; gradient may be {@link MemorySegment#NULL}.
     */
    public static void softmaxCrossEntropy(MemorySegment logits, MemorySegment labels, long classes, float scale,
            MemorySegment gradient, MemorySegment losses, MemorySegment predictions, long rowBegin, long rowEnd) {
        String name = "softmax_cross_entropy";
        Operands.matrix(name, "logits", logits, FLOAT32, rowEnd, classes);
        Operands.vector(name, "labels", labels, INT32, rowEnd);
        if (gradient != MemorySegment.NULL) {
            Operands.outputMatrix(name, "gradient", gradient, FLOAT32, rowEnd, classes);
        }
        Operands.outputVector(name, "losses", losses, FLOAT32, rowEnd);
        Operands.outputVector(name, "predictions", predictions, INT32, rowEnd);
        check(name, Bitgrad.bg_softmax_cross_entropy(logits, labels, classes, scale, gradient, losses, predictions,
                rowBegin, rowEnd));
    }

    /**
     * {@code bg_update_adam}: weights, momentum and secondMoment of the state type, gradient float32 or bits, all
     * [rows, columns].
     */
    public static void updateAdam(ElementType stateType, MemorySegment weights, MemorySegment momentum,
            MemorySegment secondMoment, ElementType gradientType, MemorySegment gradient, float gradientScale,
            long columns, float rate, float beta1, float beta2, float epsilon, float momentumCorrection,
            float secondMomentCorrection, float limit, long rowBegin, long rowEnd) {
        String name = "update_adam";
        Operands.outputMatrix(name, "weights", weights, stateType, rowEnd, columns);
        Operands.outputMatrix(name, "momentum", momentum, stateType, rowEnd, columns);
        Operands.outputMatrix(name, "second_moment", secondMoment, stateType, rowEnd, columns);
        Operands.matrix(name, "gradient", gradient, gradientType, rowEnd, columns);
        check(name,
                Bitgrad.bg_update_adam(code(stateType), weights, momentum, secondMoment, code(gradientType), gradient,
                        gradientScale, columns, rate, beta1, beta2, epsilon, momentumCorrection, secondMomentCorrection,
                        limit,
                        rowBegin, rowEnd));
    }

    /** {@code bg_update_momentum}: weights and momentum of the state type, gradient float32 or bits. */
    public static void updateMomentum(ElementType stateType, MemorySegment weights, MemorySegment momentum,
            ElementType gradientType, MemorySegment gradient, float gradientScale, long columns, float rate,
            float decay,
            float limit, long rowBegin, long rowEnd) {
        String name = "update_momentum";
        Operands.outputMatrix(name, "weights", weights, stateType, rowEnd, columns);
        Operands.outputMatrix(name, "momentum", momentum, stateType, rowEnd, columns);
        Operands.matrix(name, "gradient", gradient, gradientType, rowEnd, columns);
        check(name, Bitgrad.bg_update_momentum(code(stateType), weights, momentum, code(gradientType), gradient,
                gradientScale, columns, rate, decay, limit, rowBegin, rowEnd));
    }

    /** {@code bg_update_bop}: weights float32 or bits, momentum float32 or float16, gradient float32 or bits. */
    public static void updateBop(ElementType weightType, MemorySegment weights, ElementType momentumType,
            MemorySegment momentum, ElementType gradientType, MemorySegment gradient, float gradientScale, long columns,
            float adaptivity, float threshold, long rowBegin, long rowEnd) {
        String name = "update_bop";
        Operands.outputMatrix(name, "weights", weights, weightType, rowEnd, columns);
        Operands.outputMatrix(name, "momentum", momentum, momentumType, rowEnd, columns);
        Operands.matrix(name, "gradient", gradient, gradientType, rowEnd, columns);
        check(name, Bitgrad.bg_update_bop(code(weightType), weights, code(momentumType), momentum, code(gradientType),
                gradient, gradientScale, columns, adaptivity, threshold, rowBegin, rowEnd));
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
