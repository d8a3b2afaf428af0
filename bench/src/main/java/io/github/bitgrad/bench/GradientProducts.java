package io.github.bitgrad.bench;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT16;
import static io.github.bitgrad.tensor.ElementType.INT8;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;

/** A product of signs and the gradient ∂Y, for each type that the gradient may have. */
public abstract class GradientProducts extends Products {
    MemorySegment dyFloat32;
    MemorySegment scratch;
    private MemorySegment dyInt14;
    private MemorySegment dyInt7;

    /** Called by subclasses. */
    GradientProducts() {
    }

    @Override
    final void allocateOperands() {
        dyFloat32 = operand(FLOAT32, rows, channels);
        dyInt14 = operand(INT16, rows, channels);
        dyInt7 = operand(INT8, rows, channels);
        scratch = memory(Stream.of(FLOAT32, INT16, INT8).mapToLong(this::scratchBytes).max().getAsLong());
        allocateOthers();
    }

    /** Prepares what the product needs for a gradient of one type. */
    abstract long scratchBytes(ElementType type);

    /** Makes the operands of the product except for ∂Y. */
    abstract void allocateOthers();

    /** Computes the product. */
    abstract void multiply(ElementType type, MemorySegment dy);

    /** Float32 by signs. */
    @Benchmark
    public void float32() {
        multiply(FLOAT32, dyFloat32);
    }

    /** 14-bit integers by signs. */
    @Benchmark
    public void int14() {
        multiply(INT16, dyInt14);
    }

    /** 7-bit integers by signs. */
    @Benchmark
    public void int7() {
        multiply(INT8, dyInt7);
    }
}
