package io.github.bitgrad.algorithm;

import io.github.bitgrad.memory.MemoryPlan;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How many channels the tiles of each part of a step have; a part is the way through a layer, or the way back. Wide tiles
 * take more memory and less time. Memory is fullest in few parts of a step, and the others can be wide for nothing: so
 * widths are found by what is in use in each.
 */
final class TileWidths {
    /** Tiles begin at multiples of so many channels, as kernels want it: the narrowest have as many. */
    static final long NARROWEST = 16;

    /**
     * A part of the step.
     *
     * @param width channels of a tile: a multiple of {@link #NARROWEST} by a power of two, because registers hold as many
     * @param first operation of the training step that belongs to it
     * @param end the operation behind the last
     */
    private record Part(long width, int first, int end) {
        long most(long[] inUse) {
            return Arrays.stream(inUse, first, end).max().orElse(0);
        }
    }

    private final Map<String, Part> parts = new LinkedHashMap<>();

    private final long widest;

    private TileWidths(long widest) {
        this.widest = widest;
    }

    /** All parts in one tile. */
    static TileWidths whole() {
        return new TileWidths(Long.MAX_VALUE);
    }

    /**
     * Compiles with the widest tiles whose plan is within so many bytes; where there are none, with the narrowest.
     *
     * @param compile makes a network anew, by widths that it asks for, and says where its parts are
     */
    static CompiledNetwork widest(Function<TileWidths, CompiledNetwork> compile, long bytes) {
        TileWidths widths = bytes == Algorithm.LEAST_MEMORY ? new TileWidths(NARROWEST) : whole();
        CompiledNetwork network = compile.apply(widths);
        while (network.program().plan().peakBytes() > bytes && widths.narrow(network.program().plan(), bytes)) {
            network = compile.apply(widths);
        }
        return network;
    }

    /** The channels of a tile in a part that has so many: a multiple of {@link #NARROWEST}, or all. */
    long of(String part, long channels) {
        Part known = parts.computeIfAbsent(part, name -> {
            long width = NARROWEST;
            while (width < Math.min(widest, channels)) {
                width *= 2;
            }
            return new Part(width, 0, 0);
        });
        return Math.min(known.width, channels);
    }

    /** Says which operations of the training step a part is. */
    void place(String part, int first, int end) {
        parts.computeIfPresent(part, (name, known) -> new Part(known.width, first, end));
    }

    /**
     * Halves the tiles of the parts in which more is in use than that. Where it is gaps between buffers that are too
     * much, those of the fullest part that can be.
     *
     * @return whether there were any to halve
     */
    private boolean narrow(MemoryPlan plan, long bytes) {
        long[] inUse = plan.bytesInUse();
        List<Part> wide = parts.values().stream().filter(part -> part.width > NARROWEST).toList();
        long most = wide.stream().mapToLong(part -> part.most(inUse)).max().orElse(0);
        parts.replaceAll((name, part) -> wide.contains(part) && part.most(inUse) > Math.min(bytes, most - 1)
                ? new Part(part.width / 2, part.first, part.end)
                : part);
        return !wide.isEmpty();
    }
}
