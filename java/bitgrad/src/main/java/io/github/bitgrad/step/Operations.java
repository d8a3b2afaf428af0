package io.github.bitgrad.step;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Kernels;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes operations of kernels and buffers. Sizes are taken from the buffers, and shapes that do not fit are refused
 * here, when the program is made. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class Operations {
    /** A vector of float32 on the widest registers: ranges of channels begin at multiples of it. */
    private static final long LANES = 16;

    /** Multiply-adds that one sgemm call should have at least, so that packing its operands is small beside them. */
    private static final long LEAST_SGEMM_WORK = 8_000_000;

    private interface Range {
        void run(long begin, long end);
    }

    private Operations() {
    }

    private static Operation of(String name, long size, long multiple, long work, Range range, Buffer... uses) {
        return new Operation(name, size, multiple, work, List.of(uses)) {
            @Override
            protected void run(long begin, long end) {
                range.run(begin, end);
            }
        };
    }

    private static void expectShape(String operation, long rows, long columns, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            if (buffer.rows() != rows || buffer.columns() != columns) {
                throw new IllegalArgumentException("%s: %s should have the shape [%d, %d].".formatted(operation, buffer,
                        rows, columns));
            }
        }
    }

    private static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    /** signs = sgn(values), float32 both. */
    public static Operation sign(String name, Buffer values, Buffer signs) {
        expectShape(name, values.rows(), values.columns(), signs);
        return of(name, elements(values), LANES, elements(values),
                (begin, end) -> Kernels.sign(values.segment(), signs.segment(), begin, end), values, signs);
    }

    /** bits = sgn(values), packed. */
    public static Operation signPack(String name, Buffer values, Buffer bits) {
        expectShape(name, values.rows(), values.columns(), bits);
        return of(name, values.rows(), 1, elements(values), (begin, end) -> Kernels.signPack(values.type(),
                values.segment(), values.columns(), bits.segment(), begin, end), values, bits);
    }

    /** values = ±1 as the bits say, float32. */
    public static Operation signUnpack(String name, Buffer bits, Buffer values) {
        expectShape(name, bits.rows(), bits.columns(), values);
        return of(name, bits.rows(), 1, elements(bits),
                (begin, end) -> Kernels.signUnpack(bits.segment(), bits.columns(),
                        values.segment(), begin, end),
                bits, values);
    }

    /** From float16 to float32, or from float32 to float16, as the buffers' types say. */
    public static Operation convert(String name, Buffer from, Buffer to) {
        expectShape(name, from.rows(), from.columns(), to);
        Range range = from.type() == ElementType.FLOAT16
                ? (begin, end) -> Kernels.float16ToFloat32(from.segment(), to.segment(), begin, end)
                : (begin, end) -> Kernels.float32ToFloat16(from.segment(), to.segment(), begin, end);
        return of(name, elements(from), LANES, elements(from), range, from, to);
    }

    /** Bytes 0 to 255 to float32 −1 to 1. */
    public static Operation pixels(String name, Buffer bytes, Buffer values) {
        expectShape(name, bytes.rows(), bytes.columns(), values);
        return of(name, elements(bytes), LANES, elements(bytes), (begin, end) -> Kernels.bytesToFloat32(bytes.segment(),
                values.segment(), 2.0f / 255.0f, -1.0f, begin, end), bytes, values);
    }

    /** y [rows, channels] = x [rows, fan-in] · weights [channels, fan-in]ᵀ of signs. */
    public static Operation binaryGemm(String name, Buffer x, Buffer weights, Buffer y) {
        long channels = weights.rows();
        long fanIn = weights.columns();
        expectShape(name, y.rows(), fanIn, x);
        expectShape(name, x.rows(), channels, y);
        return of(name, x.rows(), 1, x.rows() * channels * fanIn / Long.SIZE, (begin, end) -> Kernels.binaryGemm(
                x.segment(), weights.segment(), y.segment(), channels, fanIn, begin, end), x, weights, y);
    }

    /** dx [rows, fan-in] = dy [rows, channels] · weights [channels, fan-in], weights being signs. */
    public static Operation inputGradient(String name, Buffer dy, Buffer weights, Buffer dx) {
        long channels = weights.rows();
        long fanIn = weights.columns();
        expectShape(name, dx.rows(), channels, dy);
        expectShape(name, dy.rows(), fanIn, dx);
        return of(name, dy.rows(), 1, dy.rows() * channels * fanIn / LANES, (begin, end) -> Kernels.inputGradient(
                dy.type(), dy.segment(), weights.segment(), dx.segment(), channels, fanIn, begin, end), dy, weights,
                dx);
    }

    /** signs [channels, fan-in] = sgn(dy [rows, channels]ᵀ · x [rows, fan-in]), x being signs. */
    public static Operation weightGradientSigns(String name, Buffer dy, Buffer x, Buffer signs) {
        long channels = dy.columns();
        long fanIn = x.columns();
        expectShape(name, dy.rows(), fanIn, x);
        expectShape(name, channels, fanIn, signs);
        return of(name, channels, 1, dy.rows() * channels * fanIn / LANES, (begin, end) -> Kernels.weightGradientSigns(
                dy.type(), dy.segment(), x.segment(), signs.segment(), dy.rows(), channels, fanIn, begin, end), dy, x,
                signs);
    }

    /** y [rows, channels] = x [rows, fan-in] · weights [channels, fan-in]ᵀ, float32. */
    public static Operation sgemmForward(String name, Buffer x, Buffer weights, Buffer y) {
        expectShape(name, y.rows(), weights.columns(), x);
        expectShape(name, x.rows(), weights.rows(), y);
        int fanIn = (int) x.columns();
        int channels = (int) weights.rows();
        int rows = (int) x.rows();
        return new Sgemm(name, channels, (long) rows * fanIn, x, 0, weights, fanIn, y, 1,
                (n, a, b, c) -> Blas.sgemm(false, true, rows, n, fanIn, a, fanIn, b, fanIn, c, channels));
    }

    /** dw [channels, fan-in] = dy [rows, channels]ᵀ · x [rows, fan-in], float32. */
    public static Operation sgemmWeightGradient(String name, Buffer dy, Buffer x, Buffer dw) {
        expectShape(name, dy.rows(), dw.columns(), x);
        expectShape(name, dy.columns(), x.columns(), dw);
        int fanIn = (int) x.columns();
        int channels = (int) dy.columns();
        int rows = (int) x.rows();
        return new Sgemm(name, channels, (long) rows * fanIn, dy, 1, x, 0, dw, fanIn,
                (n, a, b, c) -> Blas.sgemm(true, false, n, fanIn, rows, a, channels, b, fanIn, c, fanIn));
    }

    /** dx [rows, fan-in] = dy [rows, channels] · weights [channels, fan-in], float32. */
    public static Operation sgemmInputGradient(String name, Buffer dy, Buffer weights, Buffer dx) {
        expectShape(name, dx.rows(), weights.rows(), dy);
        expectShape(name, dy.rows(), weights.columns(), dx);
        int fanIn = (int) weights.columns();
        int channels = (int) weights.rows();
        int rows = (int) dy.rows();
        return new Sgemm(name, fanIn, (long) rows * channels, dy, 0, weights, 1, dx, 1,
                (n, a, b, c) -> Blas.sgemm(false, false, rows, n, channels, a, channels, b, fanIn, c, fanIn));
    }

    /**
     * A float product, cut along one side of its result. OpenBLAS may order its sums by the sizes of a call, so equal
     * results on any number of threads need cuts that depend on the shape alone. The parts of each chunk are made once.
     */
    private static final class Sgemm extends Operation {
        interface Call {
            void run(int count, MemorySegment a, MemorySegment b, MemorySegment c);
        }

        private final Buffer[] operands;
        private final long[] strides;
        private final Call call;
        private final List<MemorySegment[]> parts = new ArrayList<>();
        private final long total;
        private final long partSize;

        /**
         * @param size what is cut: rows or columns of the result
         * @param unitWork multiply-adds for each of them
         * @param strideA elements that A's part moves on by for each of them; likewise B and C
         */
        Sgemm(String name, long size, long unitWork, Buffer a, long strideA, Buffer b, long strideB, Buffer c,
                long strideC, Call call) {
            super(name, Math.max(1, size * unitWork / LEAST_SGEMM_WORK), 1, Long.MAX_VALUE, List.of(a, b, c));
            operands = new Buffer[] {a, b, c};
            strides = new long[] {strideA, strideB, strideC};
            this.call = call;
            partSize = Math.ceilDiv(size, size());
            total = size;
        }

        @Override
        protected void bind() {
            for (long begin = 0; begin < total; begin += partSize) {
                MemorySegment[] part = new MemorySegment[operands.length];
                for (int i = 0; i < part.length; i++) {
                    part[i] = operands[i].segment().asSlice(begin * strides[i] * Float.BYTES);
                }
                parts.add(part);
            }
        }

        @Override
        protected void run(long begin, long end) {
            for (int i = (int) begin; i < Math.min(end, parts.size()); i++) {
                MemorySegment[] part = parts.get(i);
                call.run((int) Math.min(partSize, total - i * partSize), part[0], part[1], part[2]);
            }
        }
    }

    /** mean and deviation [1, channels] of y [rows, channels], float32, by squares. */
    public static Operation statisticsL2(String name, Buffer y, Buffer mean, Buffer deviation) {
        expectShape(name, 1, y.columns(), mean, deviation);
        return of(name, y.columns(), LANES, 2 * elements(y), (begin, end) -> Kernels.batchNormStatisticsL2(y.segment(),
                y.rows(), y.columns(), mean.segment(), deviation.segment(), begin, end), y, mean, deviation);
    }

    /** mean, deviation and magnitude [1, channels] of y [rows, channels], by absolute values. */
    public static Operation statisticsL1(String name, Buffer y, Buffer beta, Buffer mean, Buffer deviation,
            Buffer magnitude) {
        expectShape(name, 1, y.columns(), beta, mean, deviation, magnitude);
        return of(name, y.columns(), LANES, 3 * elements(y), (begin, end) -> Kernels.batchNormStatisticsL1(y.type(),
                y.segment(), y.rows(), y.columns(), beta.segment(), mean.segment(), deviation.segment(),
                magnitude.segment(), begin, end), y, beta, mean, deviation, magnitude);
    }

    /** x [rows, channels] = (y − mean) / deviation + beta, float32; x may be y. */
    public static Operation normalise(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta, Buffer x) {
        expectShape(name, y.rows(), y.columns(), x);
        expectShape(name, 1, y.columns(), mean, deviation, beta);
        return of(name, y.rows(), 1, elements(y), (begin, end) -> Kernels.batchNormApply(y.type(), y.segment(),
                y.columns(), mean.segment(), deviation.segment(), beta.segment(), x.segment(), begin, end), y, mean,
                deviation, beta, x);
    }

    /** signs = sgn(x) and straightThrough = (|x| ≤ 1) of the normalised y, both bits [rows, channels]. */
    public static Operation normaliseSign(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta,
            Buffer signs, Buffer straightThrough) {
        expectShape(name, y.rows(), y.columns(), signs, straightThrough);
        expectShape(name, 1, y.columns(), mean, deviation, beta);
        return of(name, y.rows(), 1, elements(y), (begin, end) -> Kernels.batchNormSign(y.type(), y.segment(),
                y.columns(), mean.segment(), deviation.segment(), beta.segment(), signs.segment(),
                straightThrough.segment(), begin, end), y, mean, deviation, beta, signs, straightThrough);
    }

    /** The same for inference, which has no backward pass. */
    public static Operation normaliseSign(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta,
            Buffer signs) {
        expectShape(name, y.rows(), y.columns(), signs);
        expectShape(name, 1, y.columns(), mean, deviation, beta);
        return of(name, y.rows(), 1, elements(y), (begin, end) -> Kernels.batchNormSign(y.type(), y.segment(),
                y.columns(), mean.segment(), deviation.segment(), beta.segment(), signs.segment(), MemorySegment.NULL,
                begin, end), y, mean, deviation, beta, signs);
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l2, x kept. */
    public static Operation normaliseBackwardL2(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        expectShape(name, 1, x.columns(), beta, deviation, betaGradient);
        return of(name, x.columns(), LANES, 3 * elements(x), (begin, end) -> Kernels.batchNormBackwardL2(
                gradient.segment(), x.segment(), x.rows(), x.columns(), beta.segment(), deviation.segment(),
                betaGradient.segment(), begin, end), gradient, x, beta, deviation, betaGradient);
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l1, x kept. */
    public static Operation normaliseBackwardL1(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        expectShape(name, 1, x.columns(), beta, deviation, betaGradient);
        return of(name, x.columns(), LANES, 3 * elements(x), (begin, end) -> Kernels.batchNormBackwardL1(
                gradient.segment(), x.segment(), x.rows(), x.columns(), beta.segment(), deviation.segment(),
                betaGradient.segment(), begin, end), gradient, x, beta, deviation, betaGradient);
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l1, only the signs of x kept. */
    public static Operation normaliseBackwardSigns(String name, Buffer gradient, Buffer signs, Buffer deviation,
            Buffer magnitude, Buffer betaGradient) {
        expectShape(name, signs.rows(), signs.columns(), gradient);
        expectShape(name, 1, signs.columns(), deviation, magnitude, betaGradient);
        return of(name, signs.columns(), LANES, 3 * elements(signs), (begin, end) -> Kernels.batchNormBackwardSigns(
                gradient.type(), gradient.segment(), signs.segment(), signs.rows(), signs.columns(),
                deviation.segment(), magnitude.segment(), betaGradient.segment(), begin, end), gradient, signs,
                deviation, magnitude, betaGradient);
    }

    /** average follows values, both [1, channels]; at the first step it is set to them. */
    public static Operation movingAverage(String name, Buffer values, Buffer average, Progress progress) {
        expectShape(name, values.rows(), values.columns(), average);
        return of(name, elements(values), LANES, elements(values),
                (begin, end) -> Kernels.movingAverage(values.segment(),
                        average.segment(), progress.averageDecay(), begin, end),
                values, average);
    }

    /** gradient = 0 where |x| &gt; 1, float32 both. */
    public static Operation straightThrough(String name, Buffer x, Buffer gradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        return of(name, elements(x), LANES, elements(x),
                (begin, end) -> Kernels.straightThrough(x.segment(), gradient.segment(), begin, end), x, gradient);
    }

    /** gradient = 0 where the mask's bit is clear. */
    public static Operation straightThroughMask(String name, Buffer mask, Buffer gradient) {
        expectShape(name, mask.rows(), mask.columns(), gradient);
        return of(name, mask.rows(), 1, elements(mask), (begin, end) -> Kernels.straightThroughMask(gradient.type(),
                mask.segment(), gradient.segment(), mask.columns(), begin, end), mask, gradient);
    }

    /**
     * losses and predictions [1, rows] of logits [rows, classes] against labels [1, rows], and the gradient at the
     * logits, (softmax − one-hot) · scale.
     */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, float scale, Buffer gradient,
            Buffer losses, Buffer predictions) {
        expectShape(name, logits.rows(), logits.columns(), gradient);
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return of(name, logits.rows(), 1, LANES * elements(logits), (begin, end) -> Kernels.softmaxCrossEntropy(
                logits.segment(), labels.segment(), logits.columns(), scale, gradient.segment(), losses.segment(),
                predictions.segment(), begin, end), logits, labels, gradient, losses, predictions);
    }

    /** The same for inference, which wants no gradient. */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, Buffer losses,
            Buffer predictions) {
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return of(name, logits.rows(), 1, LANES * elements(logits), (begin, end) -> Kernels.softmaxCrossEntropy(
                logits.segment(), labels.segment(), logits.columns(), 0, MemorySegment.NULL, losses.segment(),
                predictions.segment(), begin, end), logits, labels, losses, predictions);
    }

    /** One step of Adam on weights by gradient · scale; state is of the weights' type. */
    public static Operation adam(String name, Buffer weights, Buffer momentum, Buffer secondMoment, Buffer gradient,
            float scale, float beta1, float beta2, float epsilon, float limit, Progress progress) {
        expectShape(name, weights.rows(), weights.columns(), momentum, secondMoment, gradient);
        return of(name, weights.rows(), 1, 4 * elements(weights), (begin, end) -> Kernels.updateAdam(weights.type(),
                weights.segment(), momentum.segment(), secondMoment.segment(), gradient.type(), gradient.segment(),
                scale,
                weights.columns(), progress.rate(), beta1, beta2, epsilon, progress.correction(beta1),
                progress.correction(beta2), limit, begin, end), weights, momentum, secondMoment, gradient);
    }

    /** One step of SGD with momentum on weights by gradient · scale; momentum is of the weights' type. */
    public static Operation sgdMomentum(String name, Buffer weights, Buffer momentum, Buffer gradient, float scale,
            float decay, float limit, Progress progress) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return of(name, weights.rows(), 1, 3 * elements(weights), (begin, end) -> Kernels.updateMomentum(weights.type(),
                weights.segment(), momentum.segment(), gradient.type(), gradient.segment(), scale, weights.columns(),
                progress.rate(), decay, limit, begin, end), weights, momentum, gradient);
    }

    /** One step of Bop on weights, signs as bits or as float32, by gradient · scale. */
    public static Operation bop(String name, Buffer weights, Buffer momentum, Buffer gradient, float scale,
            float threshold, Progress progress) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return of(name, weights.rows(), 1, 3 * elements(weights), (begin, end) -> Kernels.updateBop(weights.type(),
                weights.segment(), momentum.type(), momentum.segment(), gradient.type(), gradient.segment(), scale,
                weights.columns(), progress.rate(), threshold, begin, end), weights, momentum, gradient);
    }
}
