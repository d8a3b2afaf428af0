package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.expectElements;
import static io.github.bitgrad.step.Operations.expectShape;

import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.tensor.ConvolutionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Makes operations of float products, which OpenBLAS computes. All matrices are float32. */
public final class BlasOperations {
    /** Multiply-adds that one sgemm call should have at least, so that packing its operands is small beside them. */
    private static final long LEAST_SGEMM_WORK = 8_000_000;

    private BlasOperations() {
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
            withProducts(size * unitWork);
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
}
