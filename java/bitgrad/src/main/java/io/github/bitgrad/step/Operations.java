package io.github.bitgrad.step;

import io.github.bitgrad.kernel.AddKernel;
import io.github.bitgrad.kernel.BatchNormKernel;
import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.ConvertKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.MaxPoolKernel;
import io.github.bitgrad.kernel.Normalisation;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.kernel.SignKernel;
import io.github.bitgrad.kernel.SoftmaxKernel;
import io.github.bitgrad.kernel.StraightThroughKernel;
import io.github.bitgrad.kernel.UpdateKernel;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.tensor.PoolingShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Makes operations of kernels and buffers. Sizes are taken from the buffers, and shapes that do not fit are refused
 * here, when the program is made. What each kernel computes is said in {@code bitgrad.h}.
 */
public final class Operations {
    /** A vector of float32 on the widest registers: ranges of channels begin at multiples of it. */
    static final long LANES = Matrix.TILE_COLUMNS;

    /** Multiply-adds that one sgemm call should have at least, so that packing its operands is small beside them. */
    private static final long LEAST_SGEMM_WORK = 8_000_000;

    interface Range {
        void run(long begin, long end);
    }

    private Operations() {
    }

    private static Operation of(String name, long size, long multiple, long work, Range range, Buffer... uses) {
        return of(name, size, multiple, work, range, List.of(uses));
    }

    static Operation of(String name, long size, long multiple, long work, Range range, List<Buffer> uses) {
        return new Operation(name, size, multiple, work, uses) {
            @Override
            protected void run(long begin, long end) {
                range.run(begin, end);
            }
        };
    }

    /**
     * An operation whose range is made once the buffers have their memory.
     *
     * @param bound makes what runs a range, with the memory of its native arguments from the arena
     */
    static Operation bound(String name, long size, long multiple, long work, Function<Arena, Range> bound,
            List<Buffer> uses) {
        return new Operation(name, size, multiple, work, uses) {
            private Range range;

            @Override
            protected void bind(Arena arena) {
                range = bound.apply(arena);
            }

            @Override
            protected void run(long begin, long end) {
                range.run(begin, end);
            }
        };
    }

    static void expectShape(String operation, long rows, long columns, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            if (buffer.rows() != rows || buffer.columns() != columns) {
                throw new IllegalArgumentException("%s: %s should have the shape [%s, %s].".formatted(operation, buffer,
                        rows, columns));
            }
        }
    }

    /** For matrices of so many rows that are worked on a tile of channels at a time: bitgrad.h, "Tiles". */
    static void expectTile(String operation, long rows, long channels, long first, Buffer... buffers) {
        for (Buffer buffer : buffers) {
            long behind = buffer.columns() - channels - first;
            boolean begins = first >= 0 && first % LANES == 0;
            boolean ends = behind == 0 || behind > 0 && channels % LANES == 0;
            if (buffer.rows() != rows || !begins || !ends) {
                throw new IllegalArgumentException(
                        "%s: %s should have %s rows and a tile of columns [%s, %s), at multiples of %s or to the last."
                                .formatted(operation, buffer, rows, first, first + channels, LANES));
            }
        }
    }

    /** For what is read or written as the same memory in another shape. */
    private static void expectElements(String operation, long elements, Buffer buffer) {
        if (elements(buffer) != elements) {
            throw new IllegalArgumentException("%s: %s should have %s elements.".formatted(operation, buffer,
                    elements));
        }
    }

    private static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    /** A buffer as an operand of a kernel, once it has its memory. */
    static Matrix matrix(Buffer buffer) {
        return Matrix.of(buffer);
    }

    /** The same memory in the shape of another buffer of as many elements. */
    private static Matrix inShapeOf(Buffer shape, Buffer buffer) {
        return new Matrix(buffer.type(), shape.rows(), shape.columns(), buffer.segment());
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
                _ -> SignKernel.pack(matrix(values), matrix(bits))::run, List.of(values, bits));
    }

    /** bits = sgn(values) and straightThrough = (|values| ≤ 1), packed: what the way back through the signs needs. */
    public static Operation signPack(String name, Buffer values, Buffer bits, Buffer straightThrough) {
        expectShape(name, values.rows(), values.columns(), bits, straightThrough);
        return bound(name, values.rows(), 1, elements(values),
                _ -> SignKernel.pack(matrix(values), matrix(bits), matrix(straightThrough))::run,
                List.of(values, bits, straightThrough));
    }

    /** sum = a + b, float32 or float16 all; sum may be a or b. */
    public static Operation add(String name, Buffer a, Buffer b, Buffer sum) {
        expectShape(name, a.rows(), a.columns(), b, sum);
        return bound(name, elements(a), LANES, elements(a), _ -> AddKernel.add(matrix(a), matrix(b), matrix(sum))::run,
                List.of(a, b, sum));
    }

    /** From float16 to float32, or from float32 to float16, as the buffers' types say. */
    public static Operation convert(String name, Buffer from, Buffer to) {
        expectShape(name, from.rows(), from.columns(), to);
        Function<Arena, Range> range = from.type() == ElementType.FLOAT16
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

    /** y [rows, channels] = x [rows, fan-in] · weights [channels, fan-in]ᵀ, float32. */
    public static Operation sgemmForward(String name, Buffer x, Buffer weights, Buffer y) {
        expectShape(name, y.rows(), weights.columns(), x);
        expectShape(name, x.rows(), weights.rows(), y);
        int fanIn = (int) x.columns();
        int channels = (int) weights.rows();
        int rows = (int) x.rows();
        return new Sgemm(name, channels, (long) rows * fanIn, x, 0, weights, fanIn, y, 1,
                (n, a, b, c) -> Blas.sgemm(false, true, rows, n, fanIn, a, fanIn, b, fanIn, c, channels,
                        false));
    }

    /** dw [channels, fan-in] = dy [rows, channels]ᵀ · x [rows, fan-in], float32. */
    public static Operation sgemmWeightGradient(String name, Buffer dy, Buffer x, Buffer dw) {
        expectShape(name, dy.rows(), dw.columns(), x);
        expectShape(name, dy.columns(), x.columns(), dw);
        int fanIn = (int) x.columns();
        int channels = (int) dy.columns();
        int rows = (int) x.rows();
        return new Sgemm(name, channels, (long) rows * fanIn, dy, 1, x, 0, dw, fanIn,
                (n, a, b, c) -> Blas.sgemm(true, false, n, fanIn, rows, a, channels, b, fanIn, c, fanIn,
                        false));
    }

    /** dx [rows, fan-in] = dy [rows, channels] · weights [channels, fan-in], float32; dx may have another shape. */
    public static Operation sgemmInputGradient(String name, Buffer dy, Buffer weights, Buffer dx) {
        expectShape(name, dy.rows(), weights.rows(), dy);
        expectElements(name, dy.rows() * weights.columns(), dx);
        int fanIn = (int) weights.columns();
        int channels = (int) weights.rows();
        int rows = (int) dy.rows();
        return new Sgemm(name, fanIn, (long) rows * channels, dy, 0, weights, 1, dx, 1,
                (n, a, b, c) -> Blas.sgemm(false, false, rows, n, channels, a, channels, b, fanIn, c, fanIn,
                        false));
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
        protected void bind(Arena arena) {
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

    /**
     * Rows of memory, each of the fan-in, that the float products of a convolution need for columns. What they are
     * called with as {@code columns} has so many; nothing is kept there.
     */
    public static long columnRows(ConvolutionShape convolution, long images) {
        return ConvolutionProduct.columnRows(convolution, images);
    }

    /**
     * y [images · output pixels, output channels] of x [images · pixels, channels], or of its signs, and weights
     * [output channels, fan-in], float32.
     */
    public static Operation convolutionForward(String name, ConvolutionShape convolution, Buffer x, boolean signs,
            Buffer weights,
            Buffer columns, Buffer y) {
        long images = expectConvolution(name, convolution, x, weights, columns, y);
        return ConvolutionProduct.forward(name, convolution, images, x, signs, weights, columns, y);
    }

    /** dx [images · pixels, channels] of dy [images · output pixels, output channels] and weights, float32. */
    public static Operation convolutionInputGradient(String name, ConvolutionShape convolution, Buffer dy,
            Buffer weights,
            Buffer columns, Buffer dx) {
        long images = expectConvolution(name, convolution, dx, weights, columns, dy);
        return ConvolutionProduct.inputGradient(name, convolution, images, dy, weights, columns, dx);
    }

    /** dw [output channels, fan-in] of dy [images · output pixels, output channels] and x, or its signs, float32. */
    public static Operation convolutionWeightGradient(String name, ConvolutionShape convolution, Buffer dy, Buffer x,
            boolean signs, Buffer columns, Buffer dw) {
        long images = expectConvolution(name, convolution, x, dw, columns, dy);
        return ConvolutionProduct.weightGradient(name, convolution, images, dy, x, signs, columns, dw);
    }

    /** Returns how many images there are. */
    private static long expectConvolution(String name, ConvolutionShape c, Buffer images, Buffer weights,
            Buffer columns,
            Buffer outputs) {
        long count = images.rows() / c.pixels();
        expectShape(name, count * c.pixels(), c.channels(), images);
        expectShape(name, c.outChannels(), c.fanIn(), weights);
        expectShape(name, count * c.outPixels(), c.outChannels(), outputs);
        expectShape(name, ConvolutionProduct.columnRows(c, count), c.fanIn(), columns);
        return count;
    }

    /** pooled and argmax [images · pooled pixels, channels] of x [images · pixels, channels]. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer x, Buffer pooled, Buffer argmax) {
        long images = expectPooling(name, pooling, x, pooled, argmax);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPool(arena, pooling, images, matrix(x),
                pooled(pooled, pooling, images), pooled(argmax, pooling, images))::run, List.of(x, pooled, argmax));
    }

    /** pooled [images · pooled pixels, channels] of x [images · pixels, channels], for inference. */
    public static Operation maxPool(String name, PoolingShape pooling, Buffer x, Buffer pooled) {
        long images = expectPooling(name, pooling, x, pooled);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPool(arena, pooling, images, matrix(x),
                pooled(pooled, pooling, images))::run, List.of(x, pooled));
    }

    /** pooled and argmax [images · pooled pixels, channels] of the signs of x [images · pixels, channels]. */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer x, Buffer pooled, Buffer argmax) {
        long images = expectPooling(name, pooling, x, pooled, argmax);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPoolSigns(arena, pooling, images,
                matrix(x), pooled(pooled, pooling, images), pooled(argmax, pooling, images))::run,
                List.of(x, pooled, argmax));
    }

    /** pooled [images · pooled pixels, channels] of the signs of x [images · pixels, channels], for inference. */
    public static Operation maxPoolSigns(String name, PoolingShape pooling, Buffer x, Buffer pooled) {
        long images = expectPooling(name, pooling, x, pooled);
        return bound(name, images, 1, elements(x), arena -> MaxPoolKernel.maxPoolSigns(arena, pooling, images,
                matrix(x), pooled(pooled, pooling, images))::run, List.of(x, pooled));
    }

    /** gradient [images · pixels, channels] of pooledGradient and argmax [images · pooled pixels, channels]. */
    public static Operation maxPoolBackward(String name, PoolingShape pooling, Buffer pooledGradient, Buffer argmax,
            Buffer gradient) {
        long images = expectPooling(name, pooling, gradient, pooledGradient, argmax);
        return bound(name, images, 1, elements(gradient), arena -> MaxPoolKernel.backward(arena, pooling, images,
                pooled(pooledGradient, pooling, images), pooled(argmax, pooling, images), matrix(gradient))::run,
                List.of(pooledGradient, argmax, gradient));
    }

    private static Matrix pooled(Buffer buffer, PoolingShape pooling, long images) {
        return new Matrix(buffer.type(), images * pooling.pooledPixels(), pooling.channels(), buffer.segment());
    }

    /** Returns how many images there are. */
    private static long expectPooling(String name, PoolingShape pooling, Buffer images, Buffer... pooled) {
        long count = images.rows() / pooling.pixels();
        expectShape(name, count * pooling.pixels(), pooling.channels(), images);
        for (Buffer buffer : pooled) {
            expectElements(name, count * pooling.pooledPixels() * pooling.channels(), buffer);
        }
        return count;
    }

    /** mean and deviation [1, channels] of y [rows, channels], float32, by squares. */
    public static Operation statisticsL2(String name, Buffer y, Buffer mean, Buffer deviation) {
        expectShape(name, 1, y.columns(), mean, deviation);
        return bound(name, y.columns(), LANES, 2 * elements(y),
                _ -> BatchNormKernel.statisticsL2(matrix(y), matrix(mean), matrix(deviation))::run,
                List.of(y, mean, deviation));
    }

    /** x [rows, channels] = (y − mean) / deviation + beta, float32; x may be y. */
    public static Operation normalise(String name, Buffer y, Buffer mean, Buffer deviation, Buffer beta, Buffer x) {
        expectShape(name, y.rows(), y.columns(), x);
        expectShape(name, 1, y.columns(), mean, deviation, beta);
        return bound(name, y.rows(), 1, elements(y), arena -> BatchNormKernel.apply(arena, matrix(y),
                new Normalisation(matrix(mean), matrix(deviation), matrix(beta)), matrix(x))::run,
                List.of(y, mean, deviation, beta, x));
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l2, x kept. */
    public static Operation normaliseBackwardL2(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        return normaliseBackward(name, BatchNormKernel::backwardL2, gradient, x, beta, deviation, betaGradient);
    }

    /** The gradient at x becomes that at y, in place, and betaGradient is filled: l1, x kept. */
    public static Operation normaliseBackwardL1(String name, Buffer gradient, Buffer x, Buffer beta, Buffer deviation,
            Buffer betaGradient) {
        return normaliseBackward(name, BatchNormKernel::backwardL1, gradient, x, beta, deviation, betaGradient);
    }

    private interface NormaliseBackward {
        RangeCall of(Arena arena, Matrix gradient, Matrix x, Matrix beta, Matrix deviation, Matrix betaGradient);
    }

    private static Operation normaliseBackward(String name, NormaliseBackward kernel, Buffer gradient, Buffer x,
            Buffer beta, Buffer deviation, Buffer betaGradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        expectShape(name, 1, x.columns(), beta, deviation, betaGradient);
        return bound(name, x.columns(), LANES, 3 * elements(x), arena -> kernel.of(arena, matrix(gradient), matrix(x),
                matrix(beta), matrix(deviation), matrix(betaGradient))::run,
                List.of(gradient, x, beta, deviation, betaGradient));
    }

    /** average follows values, both [1, channels]; at the first step it is set to them. */
    public static Operation movingAverage(String name, Buffer values, Buffer average, TrainingClock clock) {
        expectShape(name, values.rows(), values.columns(), average);
        return bound(name, elements(values), LANES, elements(values), _ -> {
            BatchNormKernel.MovingAverage kernel = BatchNormKernel.movingAverage(matrix(values), matrix(average));
            return (begin, end) -> kernel.run(Averages.decay(clock.step()), begin, end);
        }, List.of(values, average));
    }

    /** gradient = 0 where |x| &gt; 1, float32 both. */
    public static Operation straightThrough(String name, Buffer x, Buffer gradient) {
        expectShape(name, x.rows(), x.columns(), gradient);
        return bound(name, elements(x), LANES, elements(x),
                _ -> StraightThroughKernel.straightThrough(matrix(x), matrix(gradient))::run, List.of(x, gradient));
    }

    /**
     * losses and predictions [1, rows] of logits [rows, classes] against labels [1, rows], and the gradient at the
     * logits, (softmax − one-hot) · scale.
     */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, float scale, Buffer gradient,
            Buffer losses, Buffer predictions) {
        expectShape(name, logits.rows(), logits.columns(), gradient);
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return bound(name, logits.rows(), 1, LANES * elements(logits),
                arena -> SoftmaxKernel.crossEntropy(arena, matrix(logits), matrix(labels), scale, matrix(gradient),
                        matrix(losses), matrix(predictions))::run,
                List.of(logits, labels, gradient, losses, predictions));
    }

    /** losses and predictions [1, rows] of logits [rows, classes] against labels [1, rows], for inference. */
    public static Operation softmaxCrossEntropy(String name, Buffer logits, Buffer labels, Buffer losses,
            Buffer predictions) {
        expectShape(name, 1, logits.rows(), labels, losses, predictions);
        return bound(name, logits.rows(), 1, LANES * elements(logits),
                arena -> SoftmaxKernel.crossEntropy(arena, matrix(logits), matrix(labels), matrix(losses),
                        matrix(predictions))::run,
                List.of(logits, labels, losses, predictions));
    }

    /**
     * The numbers of a step of Adam.
     *
     * @param scale what the gradient is multiplied by
     * @param beta1 the part of the momentum that a step keeps
     * @param beta2 the part of the second moment that a step keeps
     * @param epsilon what is added to the root of the second moment
     * @param limit weights are clipped to [−limit, limit]
     */
    public record AdamNumbers(float scale, float beta1, float beta2, float epsilon, float limit) {
    }

    /**
     * The numbers of a step of SGD with momentum.
     *
     * @param scale what the gradient is multiplied by
     * @param decay the part of the momentum that a step keeps
     * @param limit weights are clipped to [−limit, limit]
     */
    public record MomentumNumbers(float scale, float decay, float limit) {
    }

    /** One step of Adam on weights by gradient · scale; state is of the weights' type. */
    public static Operation adam(String name, Buffer weights, Buffer momentum, Buffer secondMoment, Buffer gradient,
            AdamNumbers numbers, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, secondMoment, gradient);
        return bound(name, weights.rows(), 1, 4 * elements(weights), arena -> {
            UpdateKernel.Adam kernel = UpdateKernel.adam(arena, matrix(weights), matrix(momentum), matrix(secondMoment),
                    matrix(gradient), numbers.scale(), new UpdateKernel.AdamNumbers(numbers.beta1(), numbers.beta2(),
                            numbers.epsilon(), numbers.limit()));
            return (begin, end) -> kernel.run(clock.rate(), Averages.correction(numbers.beta1(), clock.step()),
                    Averages.correction(numbers.beta2(), clock.step()),
                    begin, end);
        }, List.of(weights, momentum, secondMoment, gradient));
    }

    /** One step of SGD with momentum on weights by gradient · scale; momentum is of the weights' type. */
    public static Operation sgdMomentum(String name, Buffer weights, Buffer momentum, Buffer gradient,
            MomentumNumbers numbers, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return bound(name, weights.rows(), 1, 3 * elements(weights), arena -> {
            UpdateKernel.RateCall kernel = UpdateKernel.momentum(arena, matrix(weights), matrix(momentum),
                    matrix(gradient), numbers.scale(), numbers.decay(), numbers.limit());
            return (begin, end) -> kernel.run(clock.rate(), begin, end);
        }, List.of(weights, momentum, gradient));
    }

    /** One step of Bop on weights, signs as bits or as float32, by gradient · scale. */
    public static Operation bop(String name, Buffer weights, Buffer momentum, Buffer gradient, float scale,
            float threshold, TrainingClock clock) {
        expectShape(name, weights.rows(), weights.columns(), momentum, gradient);
        return bound(name, weights.rows(), 1, 3 * elements(weights), arena -> {
            UpdateKernel.RateCall kernel = UpdateKernel.bop(arena, matrix(weights), matrix(momentum), matrix(gradient),
                    scale, threshold);
            return (begin, end) -> kernel.run(clock.rate(), begin, end);
        }, List.of(weights, momentum, gradient));
    }

    /** to = from, of the same type and shape. */
    public static Operation copy(String name, Buffer from, Buffer to) {
        expectShape(name, from.rows(), from.columns(), to);
        long rowBytes = from.bytes() / from.rows();
        return of(name, from.rows(), 1, elements(from), (begin, end) -> MemorySegment.copy(from.segment(),
                begin * rowBytes, to.segment(), begin * rowBytes, (end - begin) * rowBytes), List.of(from, to));
    }
}
