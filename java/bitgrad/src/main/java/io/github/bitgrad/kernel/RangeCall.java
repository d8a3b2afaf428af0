package io.github.bitgrad.kernel;

import java.lang.foreign.MemorySegment;

/** A kernel with its operands, to be run on ranges of rows, channels, images or elements. Running allocates nothing. */
public abstract class RangeCall extends KernelCall {
    private final long size;
    private final long longest;

    /**
     * @param operation as errors name it
     * @param size what ranges are of: the last range ends there at most
     * @param longest how long a range is at most
     * @param operands that the arguments point to; {@link MemorySegment#NULL} where there is none
     */
    private RangeCall(String operation, long size, long longest, MemorySegment... operands) {
        super(operation, operands);
        this.size = size;
        this.longest = longest;
    }

    /** Calls the native function and returns its status. */
    abstract int call(long begin, long end);

    /** What calls a native function on a range. */
    @FunctionalInterface
    interface Native {
        /** Returns the status. */
        int call(long begin, long end);
    }

    /**
     * A call of a native function whose operands were checked. It is tried on an empty range, so that what the function
     * itself refuses, types and numbers, is refused here.
     *
     * @param size what ranges are of
     */
    static RangeCall of(String operation, long size, Operands operands, Native function) {
        return of(operation, size, size, operands, function);
    }

    /**
     * A call like {@link #of(String, long, Operands, Native)}, whose operands have room for some of a range only.
     *
     * @param longest how long a range is at most
     */
    static RangeCall of(String operation, long size, long longest, Operands operands, Native function) {
        RangeCall call = new RangeCall(operation, size, longest, operands.segments()) {
            @Override
            int call(long begin, long end) {
                return function.call(begin, end);
            }
        };
        call.run(0, 0);
        return call;
    }

    /**
     * Runs the kernel on [begin, end).
     *
     * @throws IllegalArgumentException where that is no range, or the kernel refuses its arguments
     * @throws IllegalStateException where the memory of an operand was freed
     */
    public final void run(long begin, long end) {
        requireAlive();
        requireRange(begin, end, size);
        requireRange(0, end - begin, longest);
        check(call(begin, end));
    }
}
