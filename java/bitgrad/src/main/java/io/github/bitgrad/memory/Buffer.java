package io.github.bitgrad.memory;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A matrix that a step works on: its name, type and shape, how long it keeps its contents, and its memory once the step
 * has an arena. The matrix is dense and row-major. While a buffer does not need its contents, other buffers use its
 * memory. A part of a buffer is a buffer too; it shares the memory and the lifetime of the whole buffer.
 */
public final class Buffer {
    /** How long a buffer keeps its contents. */
    public enum Life {
        /** From step to step. No other buffer ever uses its memory. */
        PERSISTENT,
        /**
         * In a training step, which computes it from persistent buffers, from its first use to its last use; in the
         * forward pass that measures statistics too. In inference always, like {@link #PERSISTENT}.
         */
        LEARNED,
        /** From before the step, when the caller fills it, to its last use in the step. */
        INPUT,
        /** From its first use in the step to after the step, when the caller reads it. */
        RESULT,
        /** From before the step to after the step, when the caller reads it. */
        STEP,
        /** From its first use to its last use in a step. */
        TEMPORARY
    }

    private final String name;
    private final Variable variable;
    private final ElementType type;
    private final long rows;
    private final long columns;
    private final Life life;
    /** The buffer that this is a part of; this buffer itself if it is no part. */
    private final Buffer whole;
    /** Where a part begins in the whole buffer, in bytes. */
    private final long offset;
    private final List<Buffer> parts = new ArrayList<>();
    private MemorySegment segment;

    /**
     * Describes a buffer that has no memory yet.
     *
     * @param name no other buffer of the step has it
     * @param variable what reports count the buffer as
     * @param type the type of the elements
     * @param rows at least 1
     * @param columns at least 1
     * @param life how long the buffer keeps its contents
     * @throws IllegalArgumentException if a size is not positive
     */
    public Buffer(String name, Variable variable, ElementType type, long rows, long columns, Life life) {
        if (rows <= 0 || columns <= 0) {
            throw new IllegalArgumentException("Buffer %s has the shape [%s, %s], but both sizes must be positive."
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

    /** The rows [begin, end) as a buffer. Call this before the buffer gets its memory. */
    public Buffer rows(long begin, long end) {
        requireRange(begin, end, rows);
        return part(type.bytes(begin, columns), type, end - begin, columns);
    }

    /**
     * The elements [begin, end) of a buffer with one row, as a buffer. The elements must be whole bytes, not bits. Call
     * this before the buffer gets its memory.
     */
    public Buffer elements(long begin, long end) {
        requireRange(begin, end, columns);
        if (rows != 1 || type == ElementType.BITS) {
            throw new IllegalArgumentException("%s is not one row of whole bytes.".formatted(this));
        }
        return part(type.bytes(1, begin), type, 1, end - begin);
    }

    /**
     * The memory of this buffer as a matrix of another type and shape that takes the same number of bytes. Call this
     * before the buffer gets its memory.
     */
    public Buffer as(ElementType otherType, long otherRows, long otherColumns) {
        if (otherType.bytes(otherRows, otherColumns) != bytes()) {
            throw new IllegalArgumentException("%s is not the memory of %s[%s, %s].".formatted(this, otherType.label(),
                    otherRows, otherColumns));
        }
        return part(0, otherType, otherRows, otherColumns);
    }

    private void requireRange(long begin, long end, long size) {
        if (begin < 0 || begin >= end || end > size) {
            throw new IllegalArgumentException("%s has no part [%s, %s).".formatted(this, begin, end));
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

    /**
     * The buffer that this is a part of, or this buffer itself if it is no part. A memory plan places only whole
     * buffers.
     */
    public Buffer whole() {
        return whole;
    }

    /** The name, which no other buffer of the step has, such as {@code dense2.momentum}. */
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

    /** The size in bytes. Rows of bits are padded to 64-bit words. */
    public long bytes() {
        return type.bytes(rows, columns);
    }

    /**
     * The memory of this buffer, exactly {@link #bytes()} long. It belongs to the arena of the step, and is freed when
     * the arena is closed.
     * @throws IllegalStateException if the step has no arena yet
     */
    public MemorySegment segment() {
        if (segment == null) {
            throw new IllegalStateException("Buffer %s has no memory yet: its step must be given an arena first."
                    .formatted(name));
        }
        return segment;
    }

    /**
     * Gives this buffer the memory of another one, in place of memory of its own. Call this once, for a whole buffer.
     *
     * @param other a buffer of the same type and shape that has its memory
     */
    public void share(Buffer other) {
        if (type != other.type || rows != other.rows || columns != other.columns) {
            throw new IllegalArgumentException("%s cannot share the memory of %s.".formatted(this, other));
        }
        bind(other.segment());
    }

    /** Gives the buffer its memory. Called once. */
    void bind(MemorySegment memory) {
        if (segment != null) {
            throw new IllegalStateException("Buffer %s has its memory already.".formatted(name));
        }
        segment = memory;
        parts.forEach(part -> part.segment = memory.asSlice(part.offset, part.bytes()));
    }

    @Override
    public String toString() {
        return "%s %s[%s, %s]".formatted(name, type.label(), rows, columns);
    }
}
