package io.github.bitgrad.kernel;

/** A kernel with its operands, which is run on all of them at once. Running allocates nothing. */
public final class WholeCall extends KernelCall {
    /** What calls a native function. */
    @FunctionalInterface
    interface Native {
        /** Returns the status. */
        int call();
    }

    private final Native function;

    /** Of operands that were checked. */
    WholeCall(String operation, Operands operands, Native function) {
        super(operation, operands.segments());
        this.function = function;
    }

    /**
     * Runs the kernel.
     *
     * @throws IllegalArgumentException where the kernel refuses its arguments
     * @throws IllegalStateException where the memory of an operand was freed
     */
    public void run() {
        requireAlive();
        check(function.call());
    }
}
