package io.github.bitgrad.floatmodel;

import io.github.bitgrad.data.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The channels of its inputs, one after the other. */
public final class FloatConcat implements FloatLayer {
    private final List<ImageShape> inputs;

    FloatConcat(Place place) {
        inputs = place.inputs();
    }

    @Override
    public double[][] forward(List<double[][]> values) {
        return IntStream.range(0, values.getFirst().length)
                .mapToObj(row -> values.stream().map(value -> value[row]).flatMapToDouble(DoubleStream::of).toArray())
                .toArray(double[][]::new);
    }

    @Override
    public List<double[][]> backward(double[][] gradient) {
        List<double[][]> parts = new ArrayList<>();
        int first = 0;
        for (ImageShape input : inputs) {
            int begin = first;
            parts.add(Arrays.stream(gradient).map(row -> Arrays.copyOfRange(row, begin, begin + input.channels()))
                    .toArray(double[][]::new));
            first += input.channels();
        }
        return parts;
    }
}
