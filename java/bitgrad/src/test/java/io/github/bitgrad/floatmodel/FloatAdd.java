package io.github.bitgrad.floatmodel;

import java.util.Collections;
import java.util.List;

/** The sum of its inputs. */
public final class FloatAdd implements FloatLayer {
    private final int inputs;

    FloatAdd(Place place) {
        inputs = place.inputs().size();
    }

    @Override
    public double[][] forward(List<double[][]> values) {
        return values.stream().reduce(Matrices::sum).orElseThrow();
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        return Collections.nCopies(inputs, gradient);
    }
}
