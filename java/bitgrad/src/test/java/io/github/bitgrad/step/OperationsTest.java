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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shapes that do not fit are refused when the operation is made: of every operation, every side of every buffer is made
 * one longer than it should be.
 */
class OperationsTest {
    private static final long ROWS = 6;
    private static final long CHANNELS = 5;
    private static final long FAN_IN = 7;
    private static final Progress PROGRESS = new Progress();

    private record Shape(long rows, long columns) {
        /** With rows that no other buffer has as many of, so that any number fits. */
        static final Shape ANY_ROWS = new Shape(ROWS, CHANNELS);
        /** The same with columns. */
        static final Shape ANY_COLUMNS = new Shape(ROWS, CHANNELS);
    }

    private record Case(String method, List<Shape> shapes, Function<Buffer[], Operation> make) {
        @Override
        public String toString() {
            return method + " of " + shapes.size();
        }

        Buffer[] buffers() {
            return IntStream.range(0, shapes.size()).mapToObj(i -> buffer(i, 0, 0)).toArray(Buffer[]::new);
        }

        Buffer buffer(int index, int moreRows, int moreColumns) {
            Shape shape = shapes.get(index);
            return new Buffer("buffer" + index, Variable.OTHER, FLOAT32,
                    shape.rows() + moreRows,
                    shape.columns() + moreColumns, Buffer.Life.STEP);
        }
    }

    private static final Shape Y = new Shape(ROWS, CHANNELS);
    private static final Shape X = new Shape(ROWS, FAN_IN);
    private static final Shape W = new Shape(CHANNELS, FAN_IN);
    private static final Shape CHANNEL = new Shape(1, CHANNELS);
    private static final Shape ROW = new Shape(1, ROWS);

    static List<Case> cases() {
        return List.of(new Case("sign", List.of(Y, Y), b -> Operations.sign("op", b[0], b[1])),
                new Case("signPack", List.of(Y, Y), b -> Operations.signPack("op", b[0], b[1])),
                new Case("signUnpack", List.of(Y, Y), b -> Operations.signUnpack("op", b[0], b[1])),
                new Case("convert", List.of(Y, Y), b -> Operations.convert("op", b[0], b[1])),
                new Case("pixels", List.of(Y, Y), b -> Operations.pixels("op", b[0], b[1])),
                new Case("binaryGemm", List.of(X, W, Y), b -> Operations.binaryGemm("op", b[0], b[1], b[2])),
                new Case("inputGradient", List.of(Y, W, X), b -> Operations.inputGradient("op", b[0], b[1], b[2])),
                new Case("weightGradientSigns", List.of(Y, X, W),
                        b -> Operations.weightGradientSigns("op", b[0], b[1], b[2])),
                new Case("sgemmForward", List.of(X, W, Y), b -> Operations.sgemmForward("op", b[0], b[1], b[2])),
                new Case("sgemmWeightGradient", List.of(Y, X, W),
                        b -> Operations.sgemmWeightGradient("op", b[0], b[1], b[2])),
                new Case("sgemmInputGradient", List.of(Y, W, X),
                        b -> Operations.sgemmInputGradient("op", b[0], b[1], b[2])),
                new Case("statisticsL2", List.of(Shape.ANY_ROWS, CHANNEL, CHANNEL),
                        b -> Operations.statisticsL2("op", b[0], b[1], b[2])),
                new Case("statisticsL1", List.of(Shape.ANY_ROWS, CHANNEL, CHANNEL, CHANNEL, CHANNEL),
                        b -> Operations.statisticsL1("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("normalise", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y),
                        b -> Operations.normalise("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("normaliseSign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y, Y),
                        b -> Operations.normaliseSign("op", b[0], b[1], b[2], b[3], b[4], b[5])),
                new Case("normaliseSign", List.of(Y, CHANNEL, CHANNEL, CHANNEL, Y),
                        b -> Operations.normaliseSign("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("normaliseBackwardL2", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        b -> Operations.normaliseBackwardL2("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("normaliseBackwardL1", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        b -> Operations.normaliseBackwardL1("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("normaliseBackwardSigns", List.of(Y, Y, CHANNEL, CHANNEL, CHANNEL),
                        b -> Operations.normaliseBackwardSigns("op", b[0], b[1], b[2], b[3], b[4])),
                new Case("movingAverage", List.of(CHANNEL, CHANNEL),
                        b -> Operations.movingAverage("op", b[0], b[1], PROGRESS)),
                new Case("straightThrough", List.of(Y, Y), b -> Operations.straightThrough("op", b[0], b[1])),
                new Case("straightThroughMask", List.of(Y, Y), b -> Operations.straightThroughMask("op", b[0], b[1])),
                new Case("softmaxCrossEntropy", List.of(Y, ROW, Y, ROW, ROW),
                        b -> Operations.softmaxCrossEntropy("op", b[0], b[1], 1, b[2], b[3], b[4])),
                new Case("softmaxCrossEntropy", List.of(Shape.ANY_COLUMNS, ROW, ROW, ROW),
                        b -> Operations.softmaxCrossEntropy("op", b[0], b[1], b[2], b[3])),
                new Case("adam", List.of(W, W, W, W),
                        b -> Operations.adam("op", b[0], b[1], b[2], b[3], 1, 0.9f, 0.999f, 1e-7f, 1, PROGRESS)),
                new Case("sgdMomentum", List.of(W, W, W),
                        b -> Operations.sgdMomentum("op", b[0], b[1], b[2], 1, 0.9f, 1, PROGRESS)),
                new Case("bop", List.of(W, W, W), b -> Operations.bop("op", b[0], b[1], b[2], 1, 0, PROGRESS)));
    }

    @Test
    void casesAreComplete() {
        Set<String> operations = Arrays.stream(Operations.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())).map(Method::getName)
                .collect(Collectors.toSet());
        assertThat(cases().stream().map(Case::method).collect(Collectors.toSet())).isEqualTo(operations);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aSideThatDoesNotFitIsRefusedByTheOperationsName(Case operation) {
        Buffer[] fitting = operation.buffers();
        assertThat(operation.make().apply(fitting).uses()).containsExactly(fitting);
        for (int i = 0; i < fitting.length; i++) {
            Shape shape = operation.shapes().get(i);
            if (shape != Shape.ANY_ROWS) {
                assertRefused(operation, i, 1, 0);
            }
            if (shape != Shape.ANY_COLUMNS) {
                assertRefused(operation, i, 0, 1);
            }
        }
    }

    private static void assertRefused(Case operation, int index, int moreRows, int moreColumns) {
        Buffer[] buffers = operation.buffers();
        buffers[index] = operation.buffer(index, moreRows, moreColumns);
        assertThatThrownBy(() -> operation.make().apply(buffers)).as("%s", buffers[index])
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("op: buffer\\d float32\\[\\d, \\d] should have the shape \\[\\d, \\d]\\.");
    }
}
