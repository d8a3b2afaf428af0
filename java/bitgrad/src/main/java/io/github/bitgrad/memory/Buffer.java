package io.github.bitgrad.memory;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A matrix of a step: what it is called, how it is laid out, how long it holds its contents and, once its step has an
 * arena, where it lies. While it does not hold its contents, others use its memory. A part of a matrix is a buffer too,
 * so that operations need not know of the whole; it lies and lives where the whole does.
 */
public final class Buffer {
    /** How long a buffer holds its contents. */
    public enum Life {
        /** From step to step. */
        PERSISTENT,
        /** In a training step, which makes it of what persists, from its first use to its last; in inference always. */
        LEARNED,
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
    /** What this is a part of; itself where it is whole. */
    private final Buffer whole;
    /** Where a part begins in the whole, in bytes. */
    private final long offset;
    private final List<Buffer> parts = new ArrayList<>();
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
        this.whole = this;
        this.offset = 0;
    }

    private Buffer(Buffer whole, long offset, ElementType type, long rows, long columns) {
        this.name = whole.name;
        this.variable = whole.variable;
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.life = whole.life;
        this.whole = whole;
        this.offset = offset;
    }

    /** Rows [begin, end), to be taken before there is memory. */
    public Buffer rows(long begin, long end) {
        requireRange(begin, end, rows);
        return part(type.bytes(begin, columns), type, end - begin, columns);
    }

    /** Elements [begin, end) of a single row of whole bytes, to be taken before there is memory. */
    public Buffer elements(long begin, long end) {
        requireRange(begin, end, columns);
        if (rows != 1 || type == ElementType.BITS) {
            throw new IllegalArgumentException("%s is not one row of whole bytes.".formatted(this));
        }
        return part(type.bytes(1, begin), type, 1, end - begin);
    }

    /** The same memory as a matrix of another type and shape, to be taken before there is memory. */
    public Buffer as(ElementType otherType, long otherRows, long otherColumns) {
        if (otherType.bytes(otherRows, otherColumns) != bytes()) {
            throw new IllegalArgumentException("%s is not the memory of %s[%d, %d].".formatted(this, otherType.label(),
                    otherRows, otherColumns));
        }
        return part(0, otherType, otherRows, otherColumns);
    }

    private void requireRange(long begin, long end, long size) {
        if (begin < 0 || begin >= end || end > size) {
            throw new IllegalArgumentException("%s has no part [%d, %d).".formatted(this, begin, end));
        }
    }

    private Buffer part(long from, ElementType partType, long partRows, long partColumns) {
        if (segment != null) {
            throw new IllegalStateException("Buffer %s has its memory already; take parts before.".formatted(name));
        }
        Buffer part = new Buffer(whole, offset + from, partType, partRows, partColumns);
        whole.parts.add(part);
        return part;
    }

    /** The buffer that this is a part of; itself where it is whole. Its memory is what a plan places. */
    public Buffer whole() {
        return whole;
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
        parts.forEach(part -> part.segment = memory.asSlice(part.offset, part.bytes()));
    }

    @Override
    public String toString() {
        return "%s %s[%d, %d]".formatted(name, type.label(), rows, columns);
    }
}
