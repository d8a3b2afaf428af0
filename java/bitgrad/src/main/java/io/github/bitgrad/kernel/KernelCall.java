package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.lang.foreign.MemorySegment;

/**
 * A kernel with its operands, which were checked once: what remains is to run it. The arguments that stay the same from
 * run to run lie in native memory, as addresses, where the JVM does not see what they point to. So the segments are
 * kept here, and a call whose operands were freed is refused.
 *
 * <p>Operands must not be freed during a run. Where they are from one arena, as those of a program are, the JVM sees to
 * that itself.
 */
abstract class KernelCall {
    private final String operation;
    private final MemorySegment[] operands;

    /**
     * @param operation as errors name it
     * @param operands that the arguments point to; {@link MemorySegment#NULL} where there is none
     * @throws io.github.bitgrad.BitgradException where the native library cannot be loaded
     */
    KernelCall(String operation, MemorySegment... operands) {
        Isa.selected(); // not in a static initialiser, whose failures are errors that say nothing the second time
        this.operation = operation;
        this.operands = operands;
    }

    /** @throws IllegalStateException where the memory of an operand was freed */
    final void requireAlive() {
        for (MemorySegment operand : operands) {
            if (!operand.scope().isAlive()) {
                throw new IllegalStateException("%s: an operand's memory was freed; close its arena after the last run."
                        .formatted(operation));
            }
        }
    }

    /** @throws IllegalArgumentException where the status of the native call is not BG_OK */
    final void check(int status) {
        Kernels.check(operation, status);
    }

    /** @throws IllegalArgumentException where [begin, end) is no range of so many */
    final void requireRange(long begin, long end, long size) {
        if (begin < 0 || begin > end || end > size) {
            check(Bitgrad.BG_BAD_RANGE());
        }
    }
}
