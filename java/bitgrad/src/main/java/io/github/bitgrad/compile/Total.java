package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.step.ChannelTile;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The sum of matrices. A matrix whose source has tiles is added one tile of channels at a time, so that it never exists
 * as a whole.
 */
public final class Total {
    private final StepBuilder step;
    private final String part;
    private final Variable variable;
    private final Consumer<Operation> timeline;

    /**
     * @param step the builder of the step
     * @param part a name for this part of the step, after the name of the block
     * @param variable what a matrix is that is made for the sum
     * @param timeline adds an operation to the step, for example {@link StepBuilder#trainAndInfer}
     */
    public Total(StepBuilder step, String part, Variable variable, Consumer<Operation> timeline) {
        this.step = step;
        this.part = part;
        this.variable = variable;
        this.timeline = timeline;
    }

    /**
     * Adds the operations that compute the sum. Whole matrices of the same type are added in this type, all others as
     * float32. Sources without tiles are pulled first, in their order; the sources with tiles follow in theirs.
     *
     * @param sources the matrices, at least one; they are pulled and finished
     * @param want what is wanted of each matrix
     * @return the sum; it lies in the place of one of the matrices if that may be overwritten
     */
    public Form.Values of(List<ChannelSource> sources, Want want) {
        List<Form.Values> whole = sources.stream().filter(source -> !source.tileable())
                .map(source -> matrix(source, want)).toList();
        List<ChannelSource> tiled = new ArrayList<>(sources.stream().filter(ChannelSource::tileable).toList());
        Form.Values sum = whole.isEmpty() ? assemble(tiled.removeFirst(), want) : whole.getFirst();
        for (Form.Values more : whole.subList(Math.min(1, whole.size()), whole.size())) {
            sum = add(sum, more);
        }
        for (ChannelSource source : tiled) {
            sum = addTiles(sum, source, want);
        }
        return sum;
    }

    /** The matrix of a source without tiles. */
    private static Form.Values matrix(ChannelSource source, Want want) {
        // not source.whole, which a source may compute as a total of itself
        Form.Values values = source.tile(Tile.all(source.channels()), want).values();
        source.finish();
        return values;
    }

    /** The sum of two matrices. */
    Form.Values add(Form.Values one, Form.Values other) {
        Buffer a = one.buffer();
        Buffer b = other.buffer();
        if (a.type() != b.type()) {
            boolean firstIsReal = a.type() == ElementType.FLOAT32;
            return addTiles(firstIsReal ? one : other, ChannelSource.of(firstIsReal ? b : a), Want.ANY);
        }
        Buffer into = other.own() ? b : one.own() ? a : step.like(part + ".sum", a);
        timeline.accept(ElementwiseOperations.add(step.unique(part + ".add"), a, b, into));
        return new Form.Values(into, true);
    }

    /**
     * The matrix of a source that has tiles. If all channels come as one tile, the matrix is this tile. Otherwise the tiles
     * are copied into a matrix, which is int16 if they are, and otherwise float32.
     */
    private Form.Values assemble(ChannelSource source, Want want) {
        List<Form.Values> matrix = new ArrayList<>(1);
        step.tiles(source, step.unused(part), tile -> {
            Form.Values values = source.tile(tile, want).values();
            if (tile.channels() == source.channels()) {
                matrix.add(values);
                return;
            }
            boolean integers = values.buffer().type() == ElementType.INT16;
            if (matrix.isEmpty()) {
                matrix.add(new Form.Values(step.program().temporary(step.unique(part + ".whole"), variable,
                        integers ? ElementType.INT16 : ElementType.FLOAT32, values.buffer().rows(), source.channels()),
                        true));
            }
            String name = step.unique(part + ".copy");
            Buffer whole = matrix.getFirst().buffer();
            timeline.accept(integers
                    ? ElementwiseOperations.copyColumns(name, values.buffer(), 0, whole, tile.begin(), tile.channels())
                    : ElementwiseOperations.copyTile(name, new ChannelTile(values.buffer(), tile.begin()), whole));
        });
        source.finish();
        return matrix.getFirst();
    }

    /** The sum of a matrix, which is float32 or becomes it, and of tiles. */
    private Form.Values addTiles(Form.Values matrix, ChannelSource tiles, Want want) {
        Form.Values base = step.float32(matrix);
        Buffer sum = base.own() ? base.buffer() : step.like(part + ".sum", base.buffer());
        step.tiles(tiles, step.unused(part), tile -> timeline.accept(
                ElementwiseOperations.addTile(step.unique(part + ".add"),
                        new ChannelTile(tiles.tile(tile, want).values().buffer(), tile.begin()), base.buffer(), sum)));
        tiles.finish();
        return new Form.Values(sum, true);
    }
}
