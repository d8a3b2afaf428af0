package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

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
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The channels of two or more inputs, one input after the other. The inputs are real values of the same height and
 * width. Each input gets the gradient at its own channels.
 */
public record Concat() implements Layer {
    static final LayerKind KIND = LayerKind.of("concat", _ -> new Concat());

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        if (inputs.size() < 2) {
            throw new IllegalArgumentException(
                    "%s has %s inputs, but needs at least two; name all nodes whose channels it joins.".formatted(this,
                            inputs.size()));
        }
        ImageShape first = inputs.getFirst();
        long channels = 0;
        for (ImageShape input : inputs) {
            if (input.height() != first.height() || input.width() != first.width()) {
                throw new IllegalArgumentException(
                        "%s has inputs of the shapes %s and %s; give it inputs of the same height and width."
                                .formatted(this, first, input));
            }
            channels += input.channels();
        }
        return new ImageShape(first.height(), first.width(), Math.toIntExact(Math.min(channels, Integer.MAX_VALUE)));
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        return new Joined(step, inputs).forward();
    }

    @Override
    public String toString() {
        return "concat()";
    }

    /** The joined channels: float32 [pixels of the batch, channels of all inputs]. */
    private static final class Joined extends ChannelSource.Whole {
        private final StepBuilder step;
        private final List<Edge> inputs;

        Joined(StepBuilder step, List<Edge> inputs) {
            super(inputs.stream().mapToLong(input -> input.shape().channels()).sum());
            this.step = step;
            this.inputs = inputs;
        }

        Forward forward() {
            return new Forward(new Value.Reals(this), this::backward);
        }

        /** The column where the channels of an input begin. */
        private long first(int input) {
            return inputs.subList(0, input).stream().mapToLong(before -> before.shape().channels()).sum();
        }

        private Buffer matrix(String name, Variable variable, Edge of, long channels) {
            return step.program().temporary(name, variable, FLOAT32,
                    step.batch() * of.shape().height() * of.shape().width(), channels);
        }

        /** Copies inputs from the last node of the network to the first: see {@link Edge#order}. */
        @Override
        protected Form make(Want want) {
            Buffer joined = matrix(step.unique(".joined"), Variable.X, inputs.getFirst(), channels());
            List<Integer> order = IntStream.range(0, inputs.size()).boxed()
                    .sorted(Comparator.comparingInt(i -> -inputs.get(i).order())).toList();
            for (int i : order) {
                Edge input = inputs.get(i);
                Buffer values = step.reals(input).whole(Want.ANY).values().buffer();
                if (values.type() != FLOAT32) {
                    throw new IllegalArgumentException(
                            "%s joins real values, but its input %s gives sums of integers; put batch normalisation between them."
                                    .formatted(step.name(""), input.name()));
                }
                step.trainAndInfer(ElementwiseOperations.copyColumns(step.unique(".forward.concat"), values, 0, joined,
                        first(i), input.shape().channels()));
            }
            return new Form.Values(joined, true);
        }

        private void backward(ChannelSource gradient) {
            List<Integer> learning = IntStream.range(0, inputs.size())
                    .filter(i -> inputs.get(i).needsGradient()).boxed().toList();
            Shared shared = Shared.of(gradient, learning.size());
            for (int i : learning) {
                inputs.get(i).gradient(part(shared, i));
            }
        }

        /** The gradient at the channels of an input. */
        private ChannelSource part(ChannelSource gradient, int input) {
            Edge edge = inputs.get(input);
            return new ChannelSource.Whole(edge.shape().channels()) {
                @Override
                protected Form make(Want want) {
                    Buffer all = step.float32(gradient.whole(Want.REAL).values()).buffer();
                    String name = step.unique(".backward.concat");
                    Buffer own = matrix(name, Variable.DY, edge, channels());
                    step.train(ElementwiseOperations.copyColumns(name, all, first(input), own, 0, channels()));
                    return new Form.Values(own, true);
                }
            };
        }
    }
}
