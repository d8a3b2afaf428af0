package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Shared;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ElementwiseOperations;
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
            Form.Values sum = pull(inputs.getFirst());
            for (Edge input : inputs.subList(1, inputs.size())) {
                sum = add(sum, pull(input), want);
            }
            return sum;
        }

        private Form.Values pull(Edge input) {
            Form.Values values = step.reals(input).whole(Want.ANY).values();
            if (values.buffer().type() != ElementType.FLOAT32) {
                throw new IllegalArgumentException(
                        "%s adds real values, but its input %s gives sums of integers; put batch normalisation between them."
                                .formatted(step.name(""), input.name()));
            }
            return values;
        }

        private Form.Values add(Form.Values one, Form.Values other, Want want) {
            Buffer a = one.buffer();
            Buffer b = other.buffer();
            Buffer sum = want.into().orElseGet(() -> inPlace(one, other));
            step.trainAndInfer(ElementwiseOperations.add(step.unique(".forward.add"), a, b, sum));
            return new Form.Values(sum, true);
        }

        private Buffer inPlace(Form.Values one, Form.Values other) {
            if (one.own()) {
                return one.buffer();
            }
            Buffer b = other.buffer();
            return other.own()
                    ? b
                    : step.program().temporary(step.unique(".sum"), Variable.X, b.type(), b.rows(), b.columns());
        }
    }
}
