package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Variable;
import java.util.List;

/**
 * The gradient at a value with several consumers: the sum of the consumers' gradients, computed tile by tile. Gradients
 * of the same type are added in this type, all others as float32.
 */
final class Sum implements ChannelSource {
    private final StepBuilder step;
    private final List<ChannelSource> sources;

    /**
     * @param sources the gradients of the consumers in the order in which they were added: from the last consumer to
     *            the first
     */
    Sum(StepBuilder step, List<ChannelSource> sources) {
        this.step = step;
        // A gradient that was added later may itself pull from one that was added earlier: see Edge.order.
        this.sources = List.copyOf(sources).reversed();
    }

    @Override
    public long channels() {
        return sources.getFirst().channels();
    }

    @Override
    public boolean tileable() {
        return sources.stream().allMatch(ChannelSource::tileable);
    }

    @Override
    public Form tile(Tile tile, Want want) {
        Total total = new Total(step, ".backward", Variable.DY, step::train);
        if (!tileable()) {
            return total.of(sources, Want.REAL);
        }
        Form.Values sum = pull(sources.getFirst(), tile);
        for (ChannelSource source : sources.subList(1, sources.size())) {
            sum = total.add(sum, pull(source, tile));
        }
        return sum;
    }

    private static Form.Values pull(ChannelSource source, Tile tile) {
        return source.tile(tile, Want.REAL).values();
    }

    @Override
    public void finish() {
        if (tileable()) {
            sources.forEach(ChannelSource::finish);
        }
    }
}
