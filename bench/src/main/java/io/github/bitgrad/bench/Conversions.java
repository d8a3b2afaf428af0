package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.kernel.ConvertKernel;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.kernel.SignKernel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Conversions from one element type to another. Each is one pass over memory. */
public class Conversions extends KernelBenchmark {
    @Param("8192")
    long rows;

    @Param("256")
    long columns;

    private RangeCall signPackFloat32;
    private RangeCall signPackFloat16;
    private RangeCall signPackWithMask;
    private RangeCall sign;
    private RangeCall float16ToFloat32;
    private RangeCall float32ToFloat16;
    private RangeCall bytesToFloat32;

    /** For JMH. */
    public Conversions() {
    }

    @Override
    void allocate() {
        Matrix floats = matrix(FLOAT32, rows, columns, operand(FLOAT32, rows, columns));
        Matrix halves = matrix(FLOAT16, rows, columns, operand(FLOAT16, rows, columns));
        Matrix bytes = matrix(UINT8, rows, columns, operand(UINT8, rows, columns));
        Matrix toFloats = matrix(FLOAT32, rows, columns, output(FLOAT32, rows, columns));
        Matrix toHalves = matrix(FLOAT16, rows, columns, output(FLOAT16, rows, columns));
        Matrix toBits = matrix(BITS, rows, columns, output(BITS, rows, columns));
        Matrix toMask = matrix(BITS, rows, columns, output(BITS, rows, columns));
        signPackFloat32 = SignKernel.pack(arena, floats, toBits);
        signPackFloat16 = SignKernel.pack(arena, halves, toBits);
        signPackWithMask = SignKernel.pack(arena, floats, 1, toBits, toMask, 0);
        sign = SignKernel.sign(floats, toFloats);
        float16ToFloat32 = ConvertKernel.float16ToFloat32(halves, toFloats);
        float32ToFloat16 = ConvertKernel.float32ToFloat16(floats, toHalves);
        bytesToFloat32 = ConvertKernel.bytesToFloat32(bytes, toFloats, 2 / 255f, -1);
    }

    /** Signs of float32, packed. */
    @Benchmark
    public void signPackFloat32() {
        signPackFloat32.run(0, rows);
    }

    /** Signs of float16, packed. */
    @Benchmark
    public void signPackFloat16() {
        signPackFloat16.run(0, rows);
    }

    /** Signs of float32, packed, and where a gradient passes them. */
    @Benchmark
    public void signPackWithMask() {
        signPackWithMask.run(0, rows);
    }

    /** Signs of float32, as float32. */
    @Benchmark
    public void sign() {
        sign.run(0, rows * columns);
    }

    /** From float16. */
    @Benchmark
    public void float16ToFloat32() {
        float16ToFloat32.run(0, rows * columns);
    }

    /** To float16. */
    @Benchmark
    public void float32ToFloat16() {
        float32ToFloat16.run(0, rows * columns);
    }

    /** Pixels to [-1, 1]. */
    @Benchmark
    public void bytesToFloat32() {
        bytesToFloat32.run(0, rows * columns);
    }
}
