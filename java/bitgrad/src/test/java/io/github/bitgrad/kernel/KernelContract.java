package io.github.bitgrad.kernel;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds of every kernel: wrong arguments are exceptions that name the operation and the operand. What kernels
 * compute is tested in C, and here only that operands arrive in their order. A class of kernels has a subclass with a
 * good call of each.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // so that the calls can be a subclass's
abstract class KernelContract {
    /** For the memory of a subclass's tests, which one arena holds until all of them are done. */
    Arena arena;

    @BeforeAll
    void open() {
        arena = Arena.ofShared();
    }

    @AfterAll
    void close() {
        arena.close();
    }

    record Operand(String name, ElementType type, long rows, long columns) {
        long bytes() {
            return type.bytes(rows, columns);
        }
    }

    interface Body {
        void run(MemorySegment[] operands, long begin, long end);
    }

    /** A call that is right, with the range [0, end); without one where that is {@link #NO_RANGE}. */
    record Call(String operation, long end, Body body, List<Operand> operands) {
        static final long NO_RANGE = -1;

        void run(MemorySegment[] segments) {
            body.run(segments, 0, end);
        }

        @Override
        public String toString() {
            return operation + operands.stream().map(operand -> operand.type().label()).distinct().toList();
        }
    }

    /** Makes a call of operands: what runs it on a range. */
    interface Binding {
        /** @param arena of the native arguments */
        Running bind(Arena arena, Matrix[] operands);
    }

    /** A call whose operands were checked. */
    interface Running {
        void run(long begin, long end);
    }

    /** A call that is first made of operands, then run. */
    record Bound(Binding binding, List<Operand> operands) implements Body {
        Running bind(Arena arena, MemorySegment[] segments) {
            Matrix[] matrices = new Matrix[segments.length];
            for (int i = 0; i < segments.length; i++) {
                Operand operand = operands.get(i);
                matrices[i] = new Matrix(operand.type(), operand.rows(), operand.columns(), segments[i]);
            }
            return binding.bind(arena, matrices);
        }

        @Override
        public void run(MemorySegment[] segments, long begin, long end) {
            try (Arena arena = Arena.ofConfined()) {
                bind(arena, segments).run(begin, end);
            }
        }
    }

    static Call bound(String operation, long end, Binding binding, Operand... operands) {
        return new Call(operation, end, new Bound(binding, List.of(operands)), List.of(operands));
    }

    static Operand matrix(String name, ElementType type, long rows, long columns) {
        return new Operand(name, type, rows, columns);
    }

    static Call call(String operation, long end, Body body, Operand... operands) {
        return new Call(operation, end, body, List.of(operands));
    }

    /** Good calls. */
    abstract List<Call> calls();

    /** What these kernels are called in bitgrad.h. */
    abstract Set<String> operations();

    /** The methods of a class that call kernels, in bitgrad.h's way of writing. */
    static Set<String> methods(Class<?> kernels) {
        return Arrays.stream(kernels.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && method.getReturnType() == void.class)
                .map(Method::getName).map(name -> name.replaceAll("[A-Z]", "_$0").toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    @Test
    void everyKernelIsCalled() {
        assertThat(calls().stream().map(Call::operation).collect(Collectors.toSet())).isEqualTo(operations());
    }

    static void assertRefused(ThrowingCallable call, String message, Object... arguments) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message, arguments);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void anOperandThatIsAByteTooShortIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            call.run(allocate(call, arena)); // exactly long enough
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = segments[i].asSlice(0, operand.bytes() - 1);
                assertRefused(() -> call.run(segments), "%s: %s has %s bytes, but %s[%s, %s] takes %s a row.",
                        call.operation(), operand.name(), operand.bytes() - 1, operand.type().label(), operand.rows(),
                        operand.columns(), operand.type().bytes(1, operand.columns()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void aMisalignedOperandIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                int alignment = operand.type().alignment();
                if (alignment == 1) {
                    continue; // is never misaligned
                }
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = arena.allocate(operand.bytes() + alignment / 2, 64).asSlice(alignment / 2);
                assertRefused(() -> call.run(segments),
                        "%s: %s begins at an address that is no multiple of %s, which %s needs.", call.operation(),
                        operand.name(), alignment, operand.type().label());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void anOperandOnTheHeapIsRefused(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < call.operands().size(); i++) {
                Operand operand = call.operands().get(i);
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = MemorySegment.ofArray(new long[(int) operand.bytes() / Long.BYTES + 1]);
                assertRefused(() -> call.run(segments),
                        "%s: %s is on the Java heap, but kernels work on native memory; allocate it from an Arena.",
                        call.operation(), operand.name());
            }
        }
    }

    /** Which operands are written is found out by running the call on bytes that it will hardly write itself. */
    @ParameterizedTest
    @MethodSource("calls")
    void anOperandThatIsWrittenMustNotBeReadOnly(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] before = allocate(call, arena);
            MemorySegment[] after = allocate(call, arena);
            call.run(after);
            int written = 0;
            for (int i = 0; i < call.operands().size(); i++) {
                MemorySegment[] segments = allocate(call, arena);
                segments[i] = segments[i].asReadOnly();
                if (before[i].mismatch(after[i]) < 0) {
                    call.run(segments);
                } else {
                    written++;
                    assertRefused(() -> call.run(segments),
                            "%s: %s is read-only, but the kernel writes to it; pass memory of your own.",
                            call.operation(), call.operands().get(i).name());
                }
            }
            assertThat(written).isPositive();
        }
    }

    /** Positive numbers, none beyond int16 or any other operand's limits; beyond 1 where x is to be masked. */
    private static MemorySegment[] allocate(Call call, Arena arena) {
        MemorySegment[] segments = new MemorySegment[call.operands().size()];
        for (int i = 0; i < segments.length; i++) {
            Operand operand = call.operands().get(i);
            segments[i] = arena.allocate(operand.bytes(), 64);
            switch (operand.name()) {
                case "labels" -> {
                } // 0 is one
                case "x" -> fill(segments[i], operand, (byte) 0x42);
                default -> fill(segments[i], operand, (byte) (0x3c + i)); // so that no average is what was there
            }
        }
        return segments;
    }

    /** The padding of bits stays clear, on which kernels rely. */
    private static void fill(MemorySegment segment, Operand operand, byte value) {
        segment.fill(value);
        long used = operand.columns() % Long.SIZE;
        if (operand.type() == BITS && used != 0) {
            long words = ElementType.words(operand.columns());
            for (long last = words - 1; last < operand.rows() * words; last += words) {
                long word = segment.getAtIndex(ValueLayout.JAVA_LONG, last);
                segment.setAtIndex(ValueLayout.JAVA_LONG, last, word & (1L << used) - 1);
            }
        }
    }

    private static final String FREED = "(Already closed|%s: an operand's memory was freed; "
            + "close its arena after the last run\\.)";

    @ParameterizedTest
    @MethodSource("calls")
    void anOperandThatWasFreedIsRefused(Call call) {
        MemorySegment[] segments;
        try (Arena arena = Arena.ofConfined()) {
            segments = allocate(call, arena);
        }
        assertThatThrownBy(() -> call.run(segments)).isInstanceOf(IllegalStateException.class)
                .hasMessageMatching(FREED.formatted(call.operation()));
    }

    /** Each operand by itself, between the check and the run. */
    @ParameterizedTest
    @MethodSource("calls")
    void anOperandThatIsFreedAfterItWasCheckedIsRefused(Call call) {
        if (!(call.body() instanceof Bound bound)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] alive = allocate(call, arena);
            for (int i = 0; i < alive.length; i++) {
                MemorySegment[] segments = alive.clone();
                Running running;
                try (Arena freed = Arena.ofConfined()) {
                    segments[i] = freed.allocate(alive[i].byteSize(), 64).copyFrom(alive[i]);
                    running = bound.bind(arena, segments);
                    running.run(0, call.end());
                }
                assertThatThrownBy(() -> running.run(0, call.end())).isInstanceOf(IllegalStateException.class)
                        .hasMessageMatching(FREED.formatted(call.operation()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void aRangeThatIsNoneIsRefused(Call call) {
        if (call.end() == Call.NO_RANGE) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] segments = allocate(call, arena);
            call.body().run(segments, call.end(), call.end()); // an empty one is one
            String refusal = call.operation()
                    + " refused its arguments: a range began below zero, or ended before its begin or after the last.";
            assertRefused(() -> call.body().run(segments, -1, call.end()), refusal);
            assertRefused(() -> call.body().run(segments, call.end(), call.end() - 1), refusal);
            assertRefused(() -> call.body().run(segments, Long.MIN_VALUE, call.end()), refusal);
            assertThatThrownBy(() -> call.body().run(segments, 0, call.end() + 1))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageMatching(
                            call.operation() + "(: \\w+ has \\d+ bytes, but .*| refused its arguments: a range .*)");
            for (long end : new long[] {-1, Long.MIN_VALUE, 1L << 31, 1L << 62, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> call.body().run(segments, 0, end)).as("end %s", end)
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(call.operation());
            }
        }
    }
}
