package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;

/** A product of signs and the gradient ∂Y, by each type that it comes in. */
public abstract class GradientProducts extends Products {
    MemorySegment dyFloat32;
    MemorySegment scratch;
    private Runnable float32;
    private Runnable int14;
    private Runnable int7;

    /** For the products. */
    GradientProducts() {
    }

    @Override
    final void allocateOperands() {
        dyFloat32 = operand(FLOAT32, rows, channels);
        scratch = memory(Stream.of(FLOAT32, INT16, INT8).mapToLong(this::scratchBytes).max().getAsLong());
        allocateOthers();
        float32 = product(matrix(FLOAT32, rows, channels, dyFloat32));
        int14 = product(input(INT16, rows, channels));
        int7 = product(input(INT8, rows, channels));
    }

    /** What the product by a gradient of a type needs. */
    abstract long scratchBytes(ElementType type);

    /** Makes what the product reads and writes beside ∂Y. */
    abstract void allocateOthers();

    /** The product by a gradient, to be run again and again. */
    abstract Runnable product(Matrix dy);

    /** Float32 by signs. */
    @Benchmark
    public void float32() {
        float32.run();
    }

    /** 14-bit integers by signs. */
    @Benchmark
    public void int14() {
        int14.run();
    }

    /** 7-bit integers by signs. */
    @Benchmark
    public void int7() {
        int7.run();
    }
}
