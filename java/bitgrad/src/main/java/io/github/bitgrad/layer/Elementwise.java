package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;

/** The common part of layers that compute each value from the value at its place. */
final class Elementwise {
    private Elementwise() {
    }

    /**
     * The float32 matrix that the results of an operation go to: the matrix of the values, if that is float32 and may be
     * overwritten, and otherwise a new one.
     *
     * @param name of a new matrix
     * @param variable what a new matrix is
     */
    static Buffer result(StepBuilder step, String name, Form.Values values, Variable variable) {
        Buffer from = values.buffer();
        return values.own() && from.type() == FLOAT32
                ? from
                : step.program().temporary(name, variable, FLOAT32, from.rows(), from.columns());
    }
}
