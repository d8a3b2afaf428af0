package io.github.bitgrad.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Gives memory with a page on each side that nobody may touch: who does, ends the process. The memory ends right before
 * the second page, but for what alignment leaves, which is filled with a pattern. Only the first allocation is guarded,
 * which is a program's memory; those after it hold arguments of native calls.
 */
@SuppressWarnings("restricted") // functions of the C library
public final class GuardedArena implements Arena {
    private static final long PAGE = 1 << 16; // a multiple of every page size of the platforms
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final byte PATTERN = (byte) 0xa5;

    private static final MethodHandle MMAP = function("mmap", FunctionDescriptor.of(ValueLayout.ADDRESS,
            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = function("mprotect", FunctionDescriptor.of(ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP = function("munmap",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    private final Arena lifetime = Arena.ofShared();
    private MemorySegment mapped;
    private MemorySegment slack;

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        if (mapped != null) {
            return lifetime.allocate(bytes, alignment);
        }
        long inside = Math.ceilDiv(bytes, PAGE) * PAGE;
        long begin = PAGE + (inside - bytes) / alignment * alignment;
        try {
            mapped = ((MemorySegment) MMAP.invokeExact(MemorySegment.NULL, inside + 2 * PAGE, PROT_READ_WRITE,
                    MAP_PRIVATE_ANONYMOUS, -1, 0L)).reinterpret(inside + 2 * PAGE, lifetime, null);
            protect(0);
            protect(PAGE + inside);
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
        slack = mapped.asSlice(begin + bytes, PAGE + inside - begin - bytes).fill(PATTERN);
        return mapped.asSlice(begin, bytes);
    }

    private void protect(long offset) throws Throwable {
        int status = (int) MPROTECT.invokeExact(mapped.asSlice(offset, PAGE), PAGE, PROT_NONE);
        if (status != 0) {
            throw new AssertionError("mprotect failed");
        }
    }

    /** Whether nothing was written between the end of the memory and the page behind it. */
    public boolean isUnharmed() {
        for (long i = 0; i < slack.byteSize(); i++) {
            if (slack.get(ValueLayout.JAVA_BYTE, i) != PATTERN) {
                return false;
            }
        }
        return true;
    }

    @Override
    public MemorySegment.Scope scope() {
        return lifetime.scope();
    }

    @Override
    public void close() {
        try {
            int status = (int) MUNMAP.invokeExact(mapped, mapped.byteSize());
            if (status != 0) {
                throw new AssertionError("munmap failed");
            }
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        } finally {
            lifetime.close();
        }
    }
}
