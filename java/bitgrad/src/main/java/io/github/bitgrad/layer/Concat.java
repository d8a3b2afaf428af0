package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.Shared;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.RegroupOperations;
import io.github.bitgrad.tensor.ElementType;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The channels of two or more inputs, one input after the other. The inputs have the same height and width. They are
 * either all real values or all signs, and so is the output. Each input gets the gradient at its own channels.
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
        List<Edge> signs = inputs.stream().filter(Concat::givesSigns).toList();
        if (signs.isEmpty()) {
            return new Forward(new Value.Reals(new JoinedReals(step, inputs)),
                    gradient -> backward(step, inputs, gradient));
        }
        for (Edge input : inputs) {
            if (!givesSigns(input)) {
                throw new IllegalArgumentException(
                        ("%s joins signs with real values: its input %s gives signs, and its input %s gives real values; "
                                + "put a sign behind %s too, or join real values and put one sign behind them.")
                                .formatted(step.name(""), signs.getFirst().name(), input.name(), input.name()));
            }
        }
        return step.policy().products() == Products.BITS ? packedSigns(step, inputs) : signsOfReals(step, inputs);
    }

    private static boolean givesSigns(Edge input) {
        return input.value() instanceof Value.PackedSigns || input.value() instanceof Value.SignsOfReals;
    }

    private static long channels(List<Edge> inputs) {
        return inputs.stream().mapToLong(input -> input.shape().channels()).sum();
    }

    /** The column where the channels of an input begin. */
    private static long first(List<Edge> inputs, int input) {
        return channels(inputs.subList(0, input));
    }

    /** A matrix for the channels of all inputs. */
    private static Buffer joined(StepBuilder step, String suffix, ElementType type, List<Edge> inputs) {
        ImageShape shape = inputs.getFirst().shape();
        return step.program().temporary(step.unique(suffix), Variable.X, type,
                step.batch() * shape.height() * shape.width(), channels(inputs));
    }

    /** Signs as bits. In the backward pass, the straight-through bits of the inputs stop the gradient behind the join. */
    private static Forward packedSigns(StepBuilder step, List<Edge> inputs) {
        Buffer bits = joined(step, ".joinedSigns", ElementType.BITS, inputs);
        Buffer straightThrough = joined(step, ".joinedStraightThrough", ElementType.BITS, inputs);
        for (int i = 0; i < inputs.size(); i++) {
            Value.PackedSigns signs = (Value.PackedSigns) inputs.get(i).value();
            step.trainAndInfer(RegroupOperations.joinBits(step.unique(".forward.concat"), signs.bits(), bits,
                    first(inputs, i)));
            step.train(RegroupOperations.joinBits(step.unique(".forward.concatStraightThrough"),
                    signs.straightThrough(), straightThrough, first(inputs, i)));
        }
        return new Forward(new Value.PackedSigns(bits, straightThrough),
                gradient -> backward(step, inputs, new ChannelSource.Whole(gradient.channels()) {
                    @Override
                    protected Form make(Want want) {
                        return GradientSpread.atSigns(step, gradient.whole(want), bits);
                    }
                }));
    }

    /** Real numbers of which only the signs count: float32 [pixels of the batch, channels of all inputs]. */
    private static Forward signsOfReals(StepBuilder step, List<Edge> inputs) {
        Buffer joined = joined(step, ".joined", FLOAT32, inputs);
        for (int i = 0; i < inputs.size(); i++) {
            Buffer reals = ((Value.SignsOfReals) inputs.get(i).value()).reals();
            step.trainAndInfer(ElementwiseOperations.copyColumns(step.unique(".forward.concat"), reals, 0, joined,
                    first(inputs, i), reals.columns()));
        }
        return new Forward(new Value.SignsOfReals(joined), gradient -> backward(step, inputs, gradient));
    }

    /** Gives each input the gradient at its channels. */
    private static void backward(StepBuilder step, List<Edge> inputs, ChannelSource gradient) {
        List<Integer> learning = IntStream.range(0, inputs.size()).filter(i -> inputs.get(i).needsGradient()).boxed()
                .toList();
        Shared shared = Shared.of(gradient, learning.size());
        for (int i : learning) {
            inputs.get(i).gradient(part(step, shared, first(inputs, i), inputs.get(i).shape().channels()));
        }
    }

    /** The gradient at neighbouring channels, as a matrix of its own. */
    private static ChannelSource part(StepBuilder step, ChannelSource gradient, long first, long channels) {
        return new ChannelSource.Whole(channels) {
            @Override
            protected Form make(Want want) {
                Buffer all = gradient.whole(Want.REAL).values().buffer();
                String name = step.unique(".backward.concat");
                Buffer own = step.program().temporary(name, Variable.DY, all.type(), all.rows(), channels());
                step.train(ElementwiseOperations.copyColumns(name, all, first, own, 0, channels()));
                return new Form.Values(own, true);
            }
        };
    }

    @Override
    public String toString() {
        return "concat()";
    }

    /** The joined channels of real values: float32 [pixels of the batch, channels of all inputs]. */
    private static final class JoinedReals extends ChannelSource.Whole {
        private final StepBuilder step;
        private final List<Edge> inputs;

        JoinedReals(StepBuilder step, List<Edge> inputs) {
            super(Concat.channels(inputs));
            this.step = step;
            this.inputs = inputs;
        }

        /** Copies inputs from the last node of the network to the first: see {@link Edge#order}. */
        @Override
        protected Form make(Want want) {
            Buffer joined = joined(step, ".joined", FLOAT32, inputs);
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
                        first(inputs, i), input.shape().channels()));
            }
            return new Form.Values(joined, true);
        }
    }
}
