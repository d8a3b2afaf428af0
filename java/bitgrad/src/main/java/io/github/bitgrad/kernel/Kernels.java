package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ElementType;
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

    /** {@code bg_sign_pack}: values [rows, columns] of float32 or float16 to bits [rows, columns]. */
    public static void signPack(ElementType type, MemorySegment values, long columns, MemorySegment bits, long rowBegin,
            long rowEnd) {
        String name = "sign_pack";
        Operands.matrix(name, "values", values, type, rowEnd, columns);
        Operands.outputMatrix(name, "bits", bits, BITS, rowEnd, columns);
        check(name, Bitgrad.bg_sign_pack(code(type), values, columns, bits, rowBegin, rowEnd));
    }

    /** {@code bg_sign_unpack}: bits [rows, columns] to float32 values [rows, columns]. */
    public static void signUnpack(MemorySegment bits, long columns, MemorySegment values, long rowBegin, long rowEnd) {
        String name = "sign_unpack";
        Operands.matrix(name, "bits", bits, BITS, rowEnd, columns);
        Operands.outputMatrix(name, "values", values, FLOAT32, rowEnd, columns);
        check(name, Bitgrad.bg_sign_unpack(bits, columns, values, rowBegin, rowEnd));
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

    /** {@code bg_binary_gemm}: x bits [rows, fanIn], weights bits [channels, fanIn], y int16 [rows, channels]. */
    public static void binaryGemm(MemorySegment x, MemorySegment weights, MemorySegment y, long channels, long fanIn,
            long rowBegin, long rowEnd) {
        String name = "binary_gemm";
        Operands.matrix(name, "x", x, BITS, rowEnd, fanIn);
        Operands.matrix(name, "weights", weights, BITS, channels, fanIn);
        Operands.outputMatrix(name, "y", y, INT16, rowEnd, channels);
        check(name, Bitgrad.bg_binary_gemm(x, weights, y, channels, fanIn, rowBegin, rowEnd));
    }

    /** {@code bg_input_gradient}: dy [rows, channels], weights bits [channels, fanIn], dx [rows, fanIn]. */
    public static void inputGradient(ElementType type, MemorySegment dy, MemorySegment weights, MemorySegment dx,
            long channels, long fanIn, long rowBegin, long rowEnd) {
        String name = "input_gradient";
        Operands.matrix(name, "dy", dy, type, rowEnd, channels);
        Operands.matrix(name, "weights", weights, BITS, channels, fanIn);
        Operands.outputMatrix(name, "dx", dx, type, rowEnd, fanIn);
        check(name, Bitgrad.bg_input_gradient(code(type), dy, weights, dx, channels, fanIn, rowBegin, rowEnd));
    }

    /** {@code bg_weight_gradient_signs}: dy [rows, channels], x bits [rows, fanIn], signs bits [channels, fanIn]. */
    public static void weightGradientSigns(ElementType type, MemorySegment dy, MemorySegment x, MemorySegment signs,
            long rows, long channels, long fanIn, long channelBegin, long channelEnd) {
        String name = "weight_gradient_signs";
        Operands.matrix(name, "dy", dy, type, rows, channels);
        Operands.matrix(name, "x", x, BITS, rows, fanIn);
        Operands.outputMatrix(name, "signs", signs, BITS, channelEnd, fanIn);
        check(name, Bitgrad.bg_weight_gradient_signs(code(type), dy, x, signs, rows, channels, fanIn, channelBegin,
                channelEnd));
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

    /** {@code bg_batch_norm_statistics_l1}: y int16 or float32 [rows, channels]; the others float32 [channels]. */
    public static void batchNormStatisticsL1(ElementType type, MemorySegment y, long rows, long channels,
            MemorySegment beta, MemorySegment mean, MemorySegment deviation, MemorySegment magnitude, long channelBegin,
            long channelEnd) {
        String name = "batch_norm_statistics_l1";
        Operands.matrix(name, "y", y, type, rows, channels);
        Operands.vector(name, "beta", beta, FLOAT32, channelEnd);
        Operands.outputVector(name, "mean", mean, FLOAT32, channelEnd);
        Operands.outputVector(name, "deviation", deviation, FLOAT32, channelEnd);
        Operands.outputVector(name, "magnitude", magnitude, FLOAT32, channelEnd);
        check(name, Bitgrad.bg_batch_norm_statistics_l1(code(type), y, rows, channels, beta, mean, deviation, magnitude,
                channelBegin, channelEnd));
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

    /**
     * {@code bg_batch_norm_sign}: y int16 or float32 [rows, channels] to bits [rows, channels]; straightThrough may be
     * {@link MemorySegment#NULL}.
     */
    public static void batchNormSign(ElementType type, MemorySegment y, long channels, MemorySegment mean,
            MemorySegment deviation, MemorySegment beta, MemorySegment signs, MemorySegment straightThrough,
            long rowBegin, long rowEnd) {
        String name = "batch_norm_sign";
        Operands.matrix(name, "y", y, type, rowEnd, channels);
        Operands.vector(name, "mean", mean, FLOAT32, channels);
        Operands.vector(name, "deviation", deviation, FLOAT32, channels);
        Operands.vector(name, "beta", beta, FLOAT32, channels);
        Operands.outputMatrix(name, "signs", signs, BITS, rowEnd, channels);
        if (straightThrough != MemorySegment.NULL) {
            Operands.outputMatrix(name, "straight_through", straightThrough, BITS, rowEnd, channels);
        }
        check(name, Bitgrad.bg_batch_norm_sign(code(type), y, channels, mean, deviation, beta, signs, straightThrough,
                rowBegin, rowEnd));
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

    /** {@code bg_batch_norm_backward_signs}: gradient float16 or float32, signs bits, both [rows, channels]. */
    public static void batchNormBackwardSigns(ElementType type, MemorySegment gradient, MemorySegment signs, long rows,
            long channels, MemorySegment deviation, MemorySegment magnitude, MemorySegment betaGradient,
            long channelBegin, long channelEnd) {
        String name = "batch_norm_backward_signs";
        Operands.outputMatrix(name, "gradient", gradient, type, rows, channels);
        Operands.matrix(name, "signs", signs, BITS, rows, channels);
        Operands.vector(name, "deviation", deviation, FLOAT32, channelEnd);
        Operands.vector(name, "magnitude", magnitude, FLOAT32, channelEnd);
        Operands.outputVector(name, "beta_gradient", betaGradient, FLOAT32, channelEnd);
        check(name, Bitgrad.bg_batch_norm_backward_signs(code(type), gradient, signs, rows, channels, deviation,
                magnitude, betaGradient, channelBegin, channelEnd));
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

    /** {@code bg_straight_through_mask}: mask bits, gradient float32 or float16, both [rows, columns]. */
    public static void straightThroughMask(ElementType type, MemorySegment mask, MemorySegment gradient, long columns,
            long rowBegin, long rowEnd) {
        String name = "straight_through_mask";
        Operands.matrix(name, "mask", mask, BITS, rowEnd, columns);
        Operands.outputMatrix(name, "gradient", gradient, type, rowEnd, columns);
        check(name, Bitgrad.bg_straight_through_mask(code(type), mask, gradient, columns, rowBegin, rowEnd));
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

    private static int code(ElementType type) {
        return switch (type) {
            case FLOAT32 -> Bitgrad.BG_FLOAT32();
            case FLOAT16 -> Bitgrad.BG_FLOAT16();
            case INT16 -> Bitgrad.BG_INT16();
            case BITS -> Bitgrad.BG_BITS();
            default -> throw new IllegalArgumentException(
                    "No kernel takes %s where types can be chosen; use float32, float16, int16 or bits."
                            .formatted(type.label()));
        };
    }

    private static void check(String operation, int status) {
        if (status != Bitgrad.BG_OK()) {
            throw new IllegalArgumentException("%s refused its arguments: %s.".formatted(operation,
                    Bitgrad.bg_status_text(status).getString(0)));
        }
    }
}
