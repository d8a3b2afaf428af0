package io.github.bitgrad.layer;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.Tile;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ElementwiseOperations;
import java.util.ArrayList;
import java.util.List;

/**
 * A gradient in tiles, so that what is computed from it, or beside it, can be in tiles too. If its source has no tiles,
 * they are copied from the matrix of all channels.
 */
final class InTiles implements ChannelSource {
    private final StepBuilder step;
    private final ChannelSource source;
    /** The matrix of all channels, once a tile of it was pulled. */
    private final List<Form.Values> whole = new ArrayList<>(1);

    InTiles(StepBuilder step, ChannelSource source) {
        this.step = step;
        this.source = source;
    }

    @Override
    public long channels() {
        return source.channels();
    }

    @Override
    public boolean tileable() {
        return true;
    }

    @Override
    public Form tile(Tile tile, Want want) {
        if (source.tileable() || tile.channels() == channels()) {
            return source.tile(tile, want);
        }
        if (whole.isEmpty()) {
            whole.add(source.tile(Tile.all(channels()), want).values());
        }
        Buffer from = whole.getFirst().buffer();
        String name = step.unique(".backward.tile" + tile.suffix());
        Buffer copy = step.program().temporary(name, Variable.DY, from.type(), from.rows(), tile.channels());
        step.train(ElementwiseOperations.copyColumns(name, from, tile.begin(), copy, 0, tile.channels()));
        return new Form.Values(copy, true);
    }

    @Override
    public void finish() {
        source.finish();
    }
}
