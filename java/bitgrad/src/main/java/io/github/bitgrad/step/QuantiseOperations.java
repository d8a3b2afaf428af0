package io.github.bitgrad.step;

import static io.github.bitgrad.step.Operations.elements;
import static io.github.bitgrad.step.Operations.expectShape;
import static io.github.bitgrad.step.Operations.matrix;
import static io.github.bitgrad.step.Operations.whole;

import io.github.bitgrad.kernel.QuantiseKernel;
import io.github.bitgrad.memory.Buffer;
import java.util.List;

/**
 * Makes operations that turn floats into integers and their scale. What each kernel computes is said in {@code
 * bitgrad.h}.
 */
public final class QuantiseOperations {
    private QuantiseOperations() {
    }

    /**
     * integers [rows, columns] = values / scale, with the scale that takes the largest value to the largest integer.
     */
    public static Operation quantise(String name, Buffer values, Buffer integers, Buffer scale) {
        expectShape(name, values.rows(), values.columns(), integers);
        expectShape(name, 1, 1, scale);
        return whole(name, elements(values),
                _ -> QuantiseKernel.quantise(matrix(values), matrix(integers), matrix(scale)),
                List.of(values, integers, scale));
    }
}
