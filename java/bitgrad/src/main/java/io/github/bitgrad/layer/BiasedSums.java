package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Bias;
import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.layer.Layer.Forward;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.BatchNormOperations;
import io.github.bitgrad.step.BatchNormSignOperations;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Real sums y, to each channel of which a bias b is added that is learned: x = y + b. The gradient at y is that at x, and
 * the gradient of a bias is the sum of the gradients at the values of its channel.
 */
final class BiasedSums extends ChannelSource.Derived {
    private final StepBuilder step;
    private final Bias bias;
    /** The kernel that adds is that of batch normalisation: x = (y − 0) / 1 + b, which rounds once. */
    private final Buffer zeros;
    private final Buffer ones;

    private BiasedSums(StepBuilder step, ChannelSource sums) {
        super(sums);
        this.step = step;
        bias = step.bias(".bias", sums.channels());
        zeros = numbers(".bias.zeros", 0);
        ones = numbers(".bias.ones", 1);
    }

    /** Adds biases to the sums of a product with real weights. */
    static Forward of(StepBuilder step, Forward product) {
        BiasedSums biased = new BiasedSums(step, ((Value.Reals) product.value()).source());
        return new Forward(new Value.Reals(biased),
                gradient -> product.backward().from(biased.new Gradient(gradient)));
    }

    private Buffer numbers(String suffix, float number) {
        Buffer numbers = step.perChannel(suffix, channels());
        step.trainAndInfer(ElementwiseOperations.fill(numbers.name(), numbers, number));
        return numbers;
    }

    @Override
    public Form tile(Tile tile, Want want) {
        return add(step.unique(".forward.bias" + tile.suffix()), tile, source.tile(tile, want).values(),
                step::trainAndInfer);
    }

    @Override
    public Optional<ChannelSource> again() {
        return source.again().map(sums -> new Derived(sums) {
            @Override
            public Form tile(Tile tile, Want want) {
                return add(step.unique(".backward.again.bias" + tile.suffix()), tile,
                        sums.tile(tile, Want.ANY).values(), step::train);
            }
        });
    }

    private Form add(String name, Tile tile, Form.Values sums, Consumer<Operation> timeline) {
        Buffer x = Elementwise.result(step, name, sums, Variable.X);
        timeline.accept(BatchNormOperations.normalise(name, sums.buffer(), tile.of(zeros), tile.of(ones),
                tile.of(bias.values()), x));
        return new Form.Values(x, true);
    }

    /** The gradient at the sums, which is summed up for the biases when it is pulled. */
    private final class Gradient extends ChannelSource.Derived {
        Gradient(ChannelSource gradient) {
            super(gradient);
        }

        @Override
        public Form tile(Tile tile, Want want) {
            Form.Values gradient = step.float32(source.tile(tile, Want.REAL).values());
            BatchNormSignOperations.sums(step.program(), step.name(".backward.bias" + tile.suffix()),
                    gradient.buffer(), tile.of(bias.gradient()));
            return gradient;
        }

        @Override
        public void finish() {
            super.finish();
            bias.update();
        }
    }
}
