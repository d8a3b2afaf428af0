package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Shared;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Total;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.tensor.ElementType;
import java.util.Comparator;
import java.util.List;

/**
 * The sum of two or more inputs, where branches of a network join. The inputs are real values of the same shape, and
 * are added element by element as float32. The gradient at each input is the gradient at the sum.
 */
public record Add() implements Layer {
    static final LayerKind KIND = LayerKind.of("add", _ -> new Add());

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        if (inputs.size() < 2) {
            throw new IllegalArgumentException(
                    "%s has %s inputs, but needs at least two; name all nodes whose outputs it adds.".formatted(this,
                            inputs.size()));
        }
        ImageShape first = inputs.getFirst();
        for (ImageShape input : inputs) {
            if (!input.equals(first)) {
                throw new IllegalArgumentException(
                        "%s has inputs of the shapes %s and %s; give it inputs of the same shape.".formatted(this,
                                first,
                                input));
            }
        }
        return first;
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        return new Forward(new Value.Reals(new Joined(step, inputs)), gradient -> backward(inputs, gradient));
    }

    private static void backward(List<Edge> inputs, ChannelSource gradient) {
        List<Edge> learning = inputs.stream().filter(Edge::needsGradient).toList();
        Shared shared = Shared.of(gradient, learning.size());
        learning.forEach(input -> input.gradient(shared));
    }

    @Override
    public String toString() {
        return "add()";
    }

    /** The sum. It overwrites an input if nobody else reads that input. */
    private static final class Joined extends ChannelSource.Whole {
        private final StepBuilder step;
        /** The inputs, from the last node of the network to the first: see {@link Edge#order}. */
        private final List<Edge> inputs;

        Joined(StepBuilder step, List<Edge> inputs) {
            super(inputs.getFirst().shape().channels());
            this.step = step;
            this.inputs = inputs.stream().sorted(Comparator.comparingInt(Edge::order).reversed()).toList();
        }

        @Override
        protected Form make(Want want) {
            List<ChannelSource> terms = inputs.stream().<ChannelSource>map(input -> new Term(step, input)).toList();
            return new Total(step, ".forward", Variable.X, step::trainAndInfer).of(terms, Want.ANY);
        }
    }

    /** An input, which must be real values. */
    private static final class Term extends ChannelSource.Derived {
        private final StepBuilder step;
        private final Edge input;

        Term(StepBuilder step, Edge input) {
            super(step.reals(input));
            this.step = step;
            this.input = input;
        }

        @Override
        public Form tile(Tile tile, Want want) {
            Form.Values values = source.tile(tile, want).values();
            if (values.buffer().type() != ElementType.FLOAT32) {
                throw new IllegalArgumentException(
                        "%s adds real values, but its input %s gives sums of integers; put batch normalisation between them."
                                .formatted(step.name(""), input.name()));
            }
            return values;
        }
    }
}
