package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A step that is timed runs as any other, and each operation gets its own time. */
class TimedStepTest {
    private static final long SLOW = 20_000_000;

    private final List<String> ran = new ArrayList<>();
    private final Program program = new Program();

    private Operation operation(String name, long nanoseconds) {
        Buffer buffer = program.temporary(name, Variable.OTHER, ElementType.FLOAT32, 1, 1);
        return new Operation(name, 1, 1, 1, List.of(buffer)) {
            @Override
            protected void run(long begin, long end) {
                ran.add(name);
                long start = System.nanoTime();
                while (System.nanoTime() - start < nanoseconds) {
                    Thread.onSpinWait();
                }
            }
        };
    }

    @Test
    void addsTheTimeOfEachOperationToItsNumber() {
        program.train(operation("quick", 0));
        program.train(operation("slow", SLOW));
        program.infer(operation("of inference", 0));
        long[] nanoseconds = {7, 0};
        try (Workers workers = new Workers(1)) {
            long begin = System.nanoTime();
            program.timeTraining(workers, true, nanoseconds);
            program.timeTraining(workers, true, nanoseconds);
            long both = System.nanoTime() - begin;
            assertThat(ran).containsExactly("quick", "slow", "quick", "slow");
            assertThat(nanoseconds[0]).isGreaterThan(7);
            assertThat(nanoseconds[1]).isGreaterThanOrEqualTo(2 * SLOW);
            assertThat(nanoseconds[0] + nanoseconds[1]).isLessThanOrEqualTo(both + 7);
        }
    }

    @Test
    void refusesTooFewNumbersBeforeAnythingRuns() {
        program.train(operation("first", 0));
        program.train(operation("second", 0));
        try (Workers workers = new Workers(1)) {
            assertThatThrownBy(() -> program.timeTraining(workers, true, new long[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The step has 2 operations, but there is room for the times of 1.");
        }
        assertThat(ran).isEmpty();
    }
}
