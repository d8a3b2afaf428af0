package io.github.bitgrad.step;

import io.github.bitgrad.kernel.RangeCall;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** An operation whose kernel wants memory of its own for each range, so that ranges are few and large. */
final class ScratchOperation extends Operation {
    /** As many ranges as the cores of the machines that are meant. */
    private static final int MOST_RANGES = 4;

    /** How many times larger ranges are than those of other operations: with each more there is more memory. */
    private static final long MORE_WORK = 16;

    /** What a range does. */
    interface Range {
        /** @param number of the range, from 0 */
        void run(int number, long begin, long end);
    }

    /** Makes what runs a range. */
    interface Bound {
        /**
         * @param arena of the native arguments
         * @param chunkSize how long ranges are, but for the last: range i begins at i times this
         */
        Range of(Arena arena, long chunkSize);
    }

    private final Bound bound;
    private Range range;

    /**
     * The parameters are those of {@link Operation}, and:
     *
     * @param bound makes what runs a range, once the buffers have their memory
     */
    ScratchOperation(String name, long size, long multiple, long work, Bound bound, List<Buffer> uses) {
        super(name, size, multiple, work / MORE_WORK, MOST_RANGES, uses);
        this.bound = bound;
    }

    /** Makes a call of a kernel with scratch memory of its own, once the buffers have their memory. */
    interface Call {
        /**
         * @param arena of the native arguments
         * @param scratch for this range
         * @param begin where the range begins
         * @param end where it ends
         */
        RangeCall of(Arena arena, MemorySegment scratch, long begin, long end);
    }

    /** An operation with so many bytes of scratch for each range, which are added to the program. */
    static Operation of(Program program, long bytes, String name, long size, long multiple, long work, Call call,
            List<Buffer> uses) {
        Buffer scratch = memory(program, name + ".scratch", Variable.OTHER, size, multiple, work, bytes);
        List<Buffer> all = new ArrayList<>(uses);
        all.add(scratch);
        return new ScratchOperation(name, size, multiple, work, (arena, chunkSize) -> {
            MemorySegment[] scratches = ofRanges(scratch);
            RangeCall[] calls = new RangeCall[scratches.length];
            for (int range = 0; range < calls.length; range++) {
                long begin = range * chunkSize;
                calls[range] = call.of(arena, scratches[range], begin, Math.min(begin + chunkSize, size));
            }
            return (range, begin, end) -> calls[range].run(begin, end);
        }, all);
    }

    /** How long the ranges of an operation of such a size are, but for the last. */
    static long rangeSize(long size, long multiple, long work) {
        return chunkSize(size, multiple, work / MORE_WORK, MOST_RANGES);
    }

    /** Adds to the program so many bytes for each range of an operation of such a size; a row a range. */
    static Buffer memory(Program program, String name, Variable variable, long size, long multiple, long work,
            long bytes) {
        return program.temporary(name, variable, ElementType.UINT8,
                chunks(size, multiple, work / MORE_WORK, MOST_RANGES),
                Math.ceilDiv(bytes, MemoryPlan.ALIGNMENT) * MemoryPlan.ALIGNMENT);
    }

    /** That memory, for each range, once it is there. */
    static MemorySegment[] ofRanges(Buffer memory) {
        return LongStream.range(0, memory.rows())
                .mapToObj(row -> memory.segment().asSlice(row * memory.columns(), memory.columns()))
                .toArray(MemorySegment[]::new);
    }

    @Override
    protected void bind(Arena arena) {
        range = bound.of(arena, chunkSize());
    }

    @Override
    protected void run(long begin, long end) {
        range.run(chunkAt(begin), begin, end);
    }
}
