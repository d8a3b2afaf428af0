package io.github.bitgrad.bench;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.kernel.Matrix;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A benchmark of kernels. Each kernel reads operands, which are random numbers with a fixed seed, and writes outputs.
 * The tests run every benchmark on small operands, and compare its outputs with those of the scalar reference.
 */
public abstract class KernelBenchmark extends TimedBenchmark {
    private static final long SEED = 1;
    private static final long ALIGNMENT = 64;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<MemorySegment> outputs = new ArrayList<>();
    Arena arena;

    /** Called by the benchmarks of this package. */
    KernelBenchmark() {
    }

    /** Makes operands and outputs with the sizes that the parameters give. */
    abstract void allocate();

    /** Called by JMH, and by tests after they have set the parameters. */
    @Setup
    public final void prepare() {
        Isa.selected();
        arena = Arena.ofShared();
        allocate();
    }

    /** Frees the memory. */
    @TearDown
    public final void close() {
        arena.close();
    }

    /** The memory that the benchmarks write. */
    final List<MemorySegment> outputs() {
        return outputs;
    }

    /** Memory that a benchmark writes, filled with zeros. */
    final MemorySegment output(ElementType type, long rows, long columns) {
        MemorySegment output = arena.allocate(type.bytes(rows, columns), ALIGNMENT);
        outputs.add(output);
        return output;
    }

    /** Memory that is neither an operand nor an output: scratch memory, and intermediate results. */
    final MemorySegment memory(long bytes) {
        return arena.allocate(bytes, ALIGNMENT);
    }

    /** An operand as kernels take it. */
    static Matrix matrix(ElementType type, long rows, long columns, MemorySegment segment) {
        return new Matrix(type, rows, columns, segment);
    }

    /** An operand that benchmarks read; see {@link #operand}. */
    final Matrix input(ElementType type, long rows, long columns) {
        return matrix(type, rows, columns, operand(type, rows, columns));
    }

    /** An operand that benchmarks write; see {@link #output}. */
    final Matrix result(ElementType type, long rows, long columns) {
        return matrix(type, rows, columns, output(type, rows, columns));
    }

    /** Where calls of kernels have their native arguments. */
    final Arena arena() {
        return arena;
    }

    /**
     * An operand with random contents: floats in [-1, 1), signs with clear padding, or integers of their whole range.
     * For int8 and int16 this is the range of gradients.
     */
    final MemorySegment operand(ElementType type, long rows, long columns) {
        MemorySegment operand = arena.allocate(type.bytes(rows, columns), ALIGNMENT);
        if (type == ElementType.BITS) {
            fillSigns(operand, rows, columns);
        } else {
            for (long i = 0; i < rows * columns; i++) {
                fill(operand, type, i);
            }
        }
        return operand;
    }

    private void fill(MemorySegment operand, ElementType type, long index) {
        float value = 2 * (float) random.nextDouble() - 1;
        switch (type) {
            case FLOAT32 -> operand.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
            case FLOAT16 -> operand.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
            case INT8 -> operand.setAtIndex(ValueLayout.JAVA_BYTE, index, (byte) upTo(Bitgrad.BG_MAX_INT7()));
            case INT16 -> operand.setAtIndex(ValueLayout.JAVA_SHORT, index, (short) upTo(Bitgrad.BG_MAX_INT14()));
            case INT32 -> operand.setAtIndex(ValueLayout.JAVA_INT, index, random.nextInt());
            default -> operand.setAtIndex(ValueLayout.JAVA_BYTE, index, (byte) random.nextInt());
        }
    }

    private int upTo(int largest) {
        return random.nextInt(-largest, largest + 1);
    }

    private void fillSigns(MemorySegment operand, long rows, long columns) {
        long words = ElementType.words(columns);
        long inLastWord = -1L >>> (words * Long.SIZE - columns);
        for (long i = 0; i < rows * words; i++) {
            long used = i % words == words - 1 ? inLastWord : -1L;
            operand.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong() & used);
        }
    }
}
