package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shapes that do not fit are refused when an operation is made: of every operation, every side of every buffer is made
 * one longer than it should be. A class that makes operations has a subclass with a good case of each.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // so that the cases can be a subclass's
abstract class OperationsContract {
    /**
     * A good shape.
     *
     * @param anyRows whether no other buffer says how many rows there are, so that any number fits
     * @param anyColumns likewise
     */
    record Shape(long rows, long columns, boolean anyRows, boolean anyColumns) {
        Shape(long rows, long columns) {
            this(rows, columns, false, false);
        }

        Shape ofAnyRows() {
            return new Shape(rows, columns, true, anyColumns);
        }

        Shape ofAnyColumns() {
            return new Shape(rows, columns, anyRows, true);
        }
    }

    /**
     * A call of a method.
     *
     * @param make the operations, of buffers of these shapes
     */
    record Case(String method, List<Shape> shapes, Function<Buffer[], List<Operation>> make) {
        @Override
        public String toString() {
            return method + " of " + shapes.size();
        }

        Buffer[] buffers() {
            return IntStream.range(0, shapes.size()).mapToObj(i -> buffer(i, 0, 0)).toArray(Buffer[]::new);
        }

        Buffer buffer(int index, int moreRows, int moreColumns) {
            Shape shape = shapes.get(index);
            return new Buffer("buffer" + index, Variable.OTHER, FLOAT32, shape.rows() + moreRows,
                    shape.columns() + moreColumns, Buffer.Life.STEP);
        }
    }

    /** Adds operations to a program. */
    interface Adding {
        void to(Program program, Buffer[] buffers);
    }

    /** A case of one operation. */
    static Case one(String method, List<Shape> shapes, Function<Buffer[], Operation> make) {
        return new Case(method, shapes, buffers -> List.of(make.apply(buffers)));
    }

    /** A case of operations that a program is given. */
    static Case adding(String method, List<Shape> shapes, Adding adding) {
        return new Case(method, shapes, buffers -> {
            Program program = new Program();
            adding.to(program, buffers);
            return program.training();
        });
    }

    /** Good cases. */
    abstract List<Case> cases();

    /** The methods that make operations. */
    abstract Set<String> methods();

    static Set<String> publicMethods(Class<?>... operations) {
        return Arrays.stream(operations).flatMap(one -> Arrays.stream(one.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers())).map(Method::getName)
                .collect(Collectors.toSet());
    }

    @Test
    void casesAreComplete() {
        assertThat(cases().stream().map(Case::method).collect(Collectors.toSet())).isEqualTo(methods());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aSideThatDoesNotFitIsRefusedByTheOperationsName(Case operation) {
        Buffer[] fitting = operation.buffers();
        List<Operation> made = operation.make().apply(fitting);
        assertThat(made).isNotEmpty().allMatch(one -> one.name().startsWith("op"));
        assertThat(made).flatMap(Operation::uses).contains(fitting);
        for (int i = 0; i < fitting.length; i++) {
            Shape shape = operation.shapes().get(i);
            if (!shape.anyRows()) {
                assertRefused(operation, i, 1, 0);
            }
            if (!shape.anyColumns()) {
                assertRefused(operation, i, 0, 1);
            }
        }
    }

    private static void assertRefused(Case operation, int index, int moreRows, int moreColumns) {
        Buffer[] buffers = operation.buffers();
        buffers[index] = operation.buffer(index, moreRows, moreColumns);
        assertThatThrownBy(() -> operation.make().apply(buffers)).as("%s", buffers[index])
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("op: buffer\\d float32\\[\\d+, \\d+] should "
                        + "(have the shape \\[\\d+, \\d+]|have \\d+ elements|have \\d+ rows and a tile .*|hold whole images of \\d+ pixels)\\.");
    }
}
