package io.github.bitgrad.layer;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.AveragePoolOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.WindowShape;
import java.util.Optional;
import java.util.function.Consumer;

/** The common part of layers that take averages of windows. */
final class Averages {
    private final StepBuilder step;
    private final WindowShape windows;
    private final String kind;

    private Averages(StepBuilder step, WindowShape windows, String kind) {
        this.step = step;
        this.windows = windows;
        this.kind = kind;
    }

    /**
     * Compiles a layer.
     *
     * @param kind the name of the layer's kind, by which operations are named
     */
    static Layer.Forward compile(StepBuilder step, WindowShape windows, String kind, Edge input) {
        Averages averages = new Averages(step, windows, kind);
        ChannelSource values = averages.of(step.reals(input), ".forward.", step::trainAndInfer);
        return new Layer.Forward(new Value.Reals(values), gradient -> input.gradient(averages.spread(gradient)));
    }

    /**
     * averages [batch · windows, channels of the tile] of x [batch · pixels, channels of the tile].
     *
     * @param prefix of the operations' names
     * @param timeline what operations are added to
     */
    private ChannelSource of(ChannelSource source, String prefix, Consumer<Operation> timeline) {
        return new ChannelSource.Derived(source) {
            @Override
            public Form tile(Tile tile, Want want) {
                Buffer x = source.tile(tile, Want.ANY).values().buffer();
                String name = step.unique(prefix + kind + tile.suffix());
                Buffer averages = want.into().orElseGet(() -> step.program().temporary(name, Variable.DXY, FLOAT32,
                        step.batch() * windows.windows(), tile.channels()));
                timeline.accept(AveragePoolOperations.averagePool(name, windows.withChannels(tile.channels()), x,
                        averages));
                return new Form.Values(averages, true);
            }

            @Override
            public Optional<ChannelSource> again() {
                return source.again().map(x -> of(x, ".backward.again.", step::train));
            }
        };
    }

    /** ∂x [batch · pixels, channels of the tile] of the gradient at averages [batch · windows, channels of the tile]. */
    private ChannelSource spread(ChannelSource gradient) {
        return new ChannelSource.Derived(gradient) {
            @Override
            public Form tile(Tile tile, Want want) {
                Buffer averages = step.float32(gradient.tile(tile, Want.REAL).values()).buffer();
                String name = step.unique(".backward." + kind + tile.suffix());
                Buffer pixels = step.program().temporary(name, Variable.DY, FLOAT32, step.batch() * windows.pixels(),
                        tile.channels());
                step.train(AveragePoolOperations.averagePoolBackward(name, windows.withChannels(tile.channels()),
                        averages, pixels));
                return new Form.Values(pixels, true);
            }
        };
    }
}
