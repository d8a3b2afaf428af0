package io.github.bitgrad.memory;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix of a step: what it is called, how it is laid out, how long it holds its contents and, once its step has an
 * arena, where it lies. While it does not hold its contents, others use its memory.
 */
public final class Buffer {
    /** How long a buffer holds its contents. */
    public enum Life {
        /** Always the same, from the time it gets its memory. */
        CONSTANT,
        /** From step to step. */
        PERSISTENT,
        /** From before the step, when it is filled, to its last use. */
        INPUT,
        /** From before the step to after it, when it is read. */
        STEP,
        /** From its first use to its last. */
        TEMPORARY
    }

    private final String name;
    private final Variable variable;
    private final ElementType type;
    private final long rows;
    private final long columns;
    private final Life life;
    private final long[] constants;
    private MemorySegment segment;

    public Buffer(String name, Variable variable, ElementType type, long rows, long columns, Life life) {
        if (rows <= 0 || columns <= 0) {
            throw new IllegalArgumentException("Buffer %s has the shape [%d, %d], but both sizes must be positive."
                    .formatted(name, rows, columns));
        }
        this.name = name;
        this.variable = variable;
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.life = life;
        this.constants = new long[0];
    }

    /** A row of numbers, int64, that never change: as kernels want to be told of a layer. */
    public static Buffer constant(String name, long... constants) {
        return new Buffer(name, constants.clone());
    }

    private Buffer(String name, long[] constants) {
        this.name = name;
        this.variable = Variable.OTHER;
        this.type = ElementType.INT64;
        this.rows = 1;
        this.columns = constants.length;
        this.life = Life.CONSTANT;
        this.constants = constants;
    }

    /** Unique in its step, as {@code dense2.momentum}. */
    public String name() {
        return name;
    }

    public Variable variable() {
        return variable;
    }

    public ElementType type() {
        return type;
    }

    public long rows() {
        return rows;
    }

    public long columns() {
        return columns;
    }

    public Life life() {
        return life;
    }

    /** What it holds where that never changes, known before it has memory; else empty. */
    public long[] constants() {
        return constants.clone();
    }

    /** What it takes in memory, with the padding of bit rows. */
    public long bytes() {
        return type.bytes(rows, columns);
    }

    /** Its memory, exactly {@link #bytes()} long: a part of the arena, owned by it. */
    public MemorySegment segment() {
        if (segment == null) {
            throw new IllegalStateException("Buffer %s has no memory yet: its step must be given an arena first."
                    .formatted(name));
        }
        return segment;
    }

    /** Gives the buffer its memory, once. */
    void bind(MemorySegment memory) {
        if (segment != null) {
            throw new IllegalStateException("Buffer %s has its memory already.".formatted(name));
        }
        segment = memory;
        for (int i = 0; i < constants.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_LONG, i, constants[i]);
        }
    }

    @Override
    public String toString() {
        return "%s %s[%d, %d]".formatted(name, type.label(), rows, columns);
    }
}
