package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT16;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Conversions from one element type to another. Each is one pass over memory. */
public class Conversions extends KernelBenchmark {
    @Param("8192")
    long rows;

    @Param("256")
    long columns;

    private MemorySegment floats;
    private MemorySegment halves;
    private MemorySegment bytes;
    private MemorySegment toFloats;
    private MemorySegment toHalves;
    private MemorySegment toBits;

    /** For JMH. */
    public Conversions() {
    }

    @Override
    void allocate() {
        floats = operand(FLOAT32, rows, columns);
        halves = operand(FLOAT16, rows, columns);
        bytes = operand(UINT8, rows, columns);
        toFloats = output(FLOAT32, rows, columns);
        toHalves = output(FLOAT16, rows, columns);
        toBits = output(BITS, rows, columns);
    }

    /** Signs of float32, packed. */
    @Benchmark
    public void signPackFloat32() {
        Kernels.signPack(FLOAT32, floats, columns, toBits, 0, rows);
    }

    /** Signs of float16, packed. */
    @Benchmark
    public void signPackFloat16() {
        Kernels.signPack(FLOAT16, halves, columns, toBits, 0, rows);
    }

    /** Signs of float32, as float32. */
    @Benchmark
    public void sign() {
        Kernels.sign(floats, toFloats, 0, rows * columns);
    }

    /** From float16. */
    @Benchmark
    public void float16ToFloat32() {
        Kernels.float16ToFloat32(halves, toFloats, 0, rows * columns);
    }

    /** To float16. */
    @Benchmark
    public void float32ToFloat16() {
        Kernels.float32ToFloat16(floats, toHalves, 0, rows * columns);
    }

    /** Pixels to [-1, 1]. */
    @Benchmark
    public void bytesToFloat32() {
        Kernels.bytesToFloat32(bytes, toFloats, 2 / 255f, -1, 0, rows * columns);
    }
}
