package io.github.bitgrad.memory;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of a step: what it is called, how it is laid out, how long it holds its contents and, once its step has an
 * arena, where it lies. While it does not hold its contents, others use its memory.
 */
public final class Buffer {
    /** How long a buffer holds its contents. */
    public enum Life {
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
    }

    @Override
    public String toString() {
        return "%s %s[%d, %d]".formatted(name, type.label(), rows, columns);
    }
}
