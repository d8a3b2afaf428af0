package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.BITS;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.ImageSource;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.ReluOperations;
import java.util.List;
import java.util.Optional;

/**
 * The rectified linear unit: max(x, 0). It takes real values or sums, and gives real values. The gradient passes
 * unchanged where x is above 0, and is 0 elsewhere. One bit for each value is kept for the backward pass.
 */
public record Relu() implements Layer {
    static final LayerKind KIND = LayerKind.of("relu", _ -> new Relu());

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
        Edge input = Layer.single(inputs);
        ImageShape shape = input.shape();
        Buffer positive = step.program().temporary(step.unique(".positive"), Variable.X, BITS,
                step.batch() * shape.height() * shape.width(), shape.channels());
        Rectified rectified = new Rectified(step, step.reals(input), positive);
        return new Forward(new Value.Reals(rectified), gradient -> input.gradient(new Gradient(step, gradient,
                positive)));
    }

    @Override
    public String toString() {
        return "relu()";
    }

    /** max(x, 0), in place of x if x may be overwritten and is float32. */
    private static final class Rectified extends ChannelSource.Derived {
        private final StepBuilder step;
        private final Buffer positive;

        Rectified(StepBuilder step, ChannelSource source, Buffer positive) {
            super(source);
            this.step = step;
            this.positive = positive;
        }

        @Override
        public Form tile(Tile tile, Want want) {
            Form.Values x = source.tile(tile, Want.ANY).values();
            String name = step.unique(".forward.relu" + tile.suffix());
            Buffer y = Elementwise.result(step, name, x, Variable.X);
            step.train(ReluOperations.relu(name, new ChannelTile(x.buffer(), tile.begin()), y, positive));
            step.infer(ReluOperations.relu(name, x.buffer(), y));
            return new Form.Values(y, true);
        }

        @Override
        public Optional<ImageSource> byImages() {
            return source.byImages().map(of -> (images, inference) -> {
                Form.Values x = new Form.Values(of.images(images, inference), true);
                String name = step.unique(".forward.relu.images");
                Buffer y = Elementwise.result(step, name, x, Variable.X);
                step.train(ReluOperations.relu(name, new ChannelTile(x.buffer(), 0), y,
                        images.of(positive, positive.rows() / step.batch())));
                if (inference) {
                    step.infer(ReluOperations.relu(name, x.buffer(), y));
                }
                return y;
            });
        }

        @Override
        public Optional<ChannelSource> again() {
            return source.again().map(again -> new ChannelSource.Derived(again) {
                @Override
                public Form tile(Tile tile, Want want) {
                    return rectified(again.tile(tile, Want.ANY).values(), tile.suffix());
                }

                @Override
                public Optional<ImageSource> byImages() {
                    return again.byImages().map(of -> (images, _) -> rectified(
                            new Form.Values(of.images(images, false), true), ".images").buffer());
                }
            });
        }

        private Form.Values rectified(Form.Values x, String suffix) {
            String name = step.unique(".backward.again.relu" + suffix);
            Buffer y = Elementwise.result(step, name, x, Variable.X);
            step.train(ReluOperations.relu(name, x.buffer(), y));
            return new Form.Values(y, true);
        }
    }

    private static final class Gradient extends ChannelSource.Derived {
        private final StepBuilder step;
        private final Buffer positive;

        Gradient(StepBuilder step, ChannelSource source, Buffer positive) {
            super(source);
            this.step = step;
            this.positive = positive;
        }

        @Override
        public Form tile(Tile tile, Want want) {
            return atInput(step.float32(source.tile(tile, Want.REAL).values()), tile.begin(), positive, tile.suffix());
        }

        @Override
        public Optional<ImageSource> byImages() {
            return source.byImages().map(of -> (images, _) -> atInput(
                    new Form.Values(of.images(images, false), true), 0,
                    images.of(positive, positive.rows() / step.batch()), "").buffer());
        }

        private Form.Values atInput(Form.Values gradient, long first, Buffer bits, String suffix) {
            String name = step.unique(".backward.relu" + suffix);
            Buffer result = Elementwise.result(step, name, gradient, Variable.DY);
            step.train(ReluOperations.reluBackward(name, new ChannelTile(gradient.buffer(), first), bits, result));
            return new Form.Values(result, true);
        }
    }
}
