package io.github.bitgrad.kernel;

import java.lang.foreign.MemorySegment;

/** A kernel with its operands, to be run on ranges of rows, channels, images or elements. Running allocates nothing. */
public abstract class RangeCall extends KernelCall {
    private final long size;

    /**
     * @param operation as errors name it
     * @param size what ranges are of: the last range ends there at most
     * @param operands that the arguments point to; {@link MemorySegment#NULL} where there is none
     */
    RangeCall(String operation, long size, MemorySegment... operands) {
        super(operation, operands);
        this.size = size;
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
        RangeCall call = new RangeCall(operation, size, operands.segments()) {
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
        check(call(begin, end));
    }
}
