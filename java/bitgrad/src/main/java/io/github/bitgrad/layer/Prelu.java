package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Bias;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.ReluOperations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The rectified linear unit with a learned slope for each channel: x where x is at least 0, and slope · x elsewhere (He
 * et al., arXiv 1502.01852). Slopes begin as 0.25. It takes real values or sums, and gives real values. The backward
 * pass needs its input: it is computed again if that is possible, and otherwise kept.
 */
public record Prelu() implements Layer {
    static final LayerKind KIND = LayerKind.of("prelu", _ -> new Prelu());

    private static final float FIRST_SLOPE = 0.25f;

    @Override
    public LayerKind kind() {
        return KIND;
    }

    @Override
    public ImageShape shape(List<ImageShape> inputs) {
        return Layer.single(inputs);
    }

    @Override
    public Forward compile(StepBuilder step, List<Edge> inputs) {
        return new Rectified(step, Layer.single(inputs)).forward();
    }

    @Override
    public String toString() {
        return "prelu()";
    }

    /**
     * All channels of a matrix at once.
     *
     * @param pull pulls the matrix
     */
    private static ChannelSource whole(long channels, Supplier<Form.Values> pull) {
        return new ChannelSource.Whole(channels) {
            @Override
            protected Form make(Want want) {
                return pull.get();
            }
        };
    }

    private static final class Rectified {
        private final StepBuilder step;
        private final Edge input;
        private final Bias slopes;
        /** The input, if it cannot be computed again: int16 or float32 [pixels of the batch, channels]. */
        private final List<Buffer> kept = new ArrayList<>(1);
        private final ChannelSource x;

        Rectified(StepBuilder step, Edge input) {
            this.step = step;
            this.input = input;
            slopes = step.bias(step.unused(".slope"), input.shape().channels(), FIRST_SLOPE);
            ChannelSource source = step.reals(input);
            x = source.again().isPresent() ? source : whole(source.channels(), () -> keep(source));
        }

        private Form.Values keep(ChannelSource source) {
            Buffer matrix = source.whole(Want.KEPT).values().buffer();
            kept.add(matrix);
            return new Form.Values(matrix, false);
        }

        Forward forward() {
            return new Forward(new Value.Reals(values(x, ".forward.prelu", true)), this::backward);
        }

        /**
         * The values of the layer.
         *
         * @param from the layer's input, now or computed again
         * @param name of the operations, after the name of the block
         * @param first whether these are the values of the forward pass
         */
        private ChannelSource values(ChannelSource from, String name, boolean first) {
            return new ChannelSource.Derived(from) {
                @Override
                public Form tile(Tile tile, Want want) {
                    Form.Values pulled = from.tile(tile, Want.ANY).values();
                    String unique = step.unique(name + tile.suffix());
                    Buffer y = Elementwise.result(step, unique, pulled, Variable.X);
                    Operation operation = ReluOperations.prelu(unique, pulled.buffer(), tile.of(slopes.values()), y);
                    step.train(operation);
                    if (first) {
                        step.infer(operation);
                    }
                    return new Form.Values(y, true);
                }

                @Override
                public Optional<ChannelSource> again() {
                    return from.again().map(again -> values(again, ".backward.again.prelu", false));
                }
            };
        }

        private void backward(ChannelSource gradient) {
            Gradient source = x.again().map(again -> new Gradient(gradient, again))
                    .orElseGet(() -> new Gradient(
                            whole(gradient.channels(), () -> gradient.whole(Want.REAL).values()),
                            whole(gradient.channels(), () -> new Form.Values(kept.getFirst(), false))));
            input.gradientOfLearning(step, source);
        }

        private final class Gradient extends ChannelSource.Derived {
            private final ChannelSource again;

            Gradient(ChannelSource source, ChannelSource again) {
                super(source);
                this.again = again;
            }

            @Override
            public Form tile(Tile tile, Want want) {
                Form.Values gradient = step.float32(source.tile(tile, Want.REAL).values());
                Buffer values = again.tile(tile, Want.ANY).values().buffer();
                String name = step.unique(".backward.prelu" + tile.suffix());
                Buffer result = Elementwise.result(step, name, gradient, Variable.DY);
                step.train(ReluOperations.preluBackward(name, values, tile.of(slopes.values()), gradient.buffer(),
                        result, tile.of(slopes.gradient())));
                return new Form.Values(result, true);
            }

            @Override
            public void finish() {
                super.finish();
                slopes.update();
            }
        }
    }
}
