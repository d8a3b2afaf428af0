package io.github.bitgrad.compile;

import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.step.Program;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How many channels the tiles of each part of a step have; a part is the way through a layer, or the way back. Wide tiles
 * take more memory and less time. Memory is fullest in few parts of a step, and the others can be wide for nothing: so
 * widths are found by what is in use in each.
 */
public final class TileWidths {
    /** Tiles begin at multiples of so many channels, as kernels want it: the narrowest have as many. */
    public static final long NARROWEST = 16;

    /** For {@link #widest}: as little memory as possible, whatever that costs in time. */
    public static final long LEAST_MEMORY = 0;

    /**
     * A part of the step.
     *
     * @param width channels of a tile: a multiple of {@link #NARROWEST} by a power of two, because registers hold as many
     * @param first operation of the training step that belongs to it
     * @param end the operation behind the last
     */
    private record Part(long width, int first, int end) {
        boolean isWide() {
            return width > NARROWEST;
        }

        Part narrower() {
            return new Part(width / 2, first, end);
        }

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
    public static TileWidths whole() {
        return new TileWidths(Long.MAX_VALUE);
    }

    /**
     * Compiles with the widest tiles whose plan is within so many bytes; where there are none, with the narrowest.
     *
     * @param compile makes a network anew, by widths that it asks for, and says where its parts are
     */
    public static CompiledNetwork widest(Function<TileWidths, CompiledNetwork> compile, long bytes) {
        TileWidths widths = bytes == LEAST_MEMORY ? new TileWidths(NARROWEST) : whole();
        CompiledNetwork network = compile.apply(widths);
        while (peak(network) > bytes && widths.canNarrow()) {
            if (widths.narrowWhereMoreIsInUse(network, bytes)) {
                network = compile.apply(widths);
            } else {
                network = widths.narrowOne(compile, bytes);
            }
        }
        return network;
    }

    private static long peak(CompiledNetwork network) {
        return network.program().plan().peakBytes();
    }

    /**
     * Adds the operations of a part of the step to its program, a tile of channels at a time, from the first channel up.
     *
     * @param part its name, which no other part has
     * @param channels how many there are
     * @param operations adds those of a tile
     */
    void run(String part, long channels, Program program, Consumer<Tile> operations) {
        int first = program.trainingSize();
        long width = of(part, channels);
        if (width == channels) {
            operations.accept(Tile.all(channels));
        } else {
            for (long begin = 0; begin < channels; begin += width) {
                operations.accept(new Tile(begin, Math.min(begin + width, channels), "." + begin));
            }
        }
        int end = program.trainingSize();
        parts.computeIfPresent(part, (_, known) -> new Part(known.width, first, end));
    }

    /** The channels of a tile in a part that has so many: a multiple of {@link #NARROWEST}, or all. */
    private long of(String part, long channels) {
        Part known = parts.computeIfAbsent(part, name -> {
            long width = NARROWEST;
            while (width < Math.min(widest, channels)) {
                width *= 2;
            }
            return new Part(width, 0, 0);
        });
        return Math.min(known.width, channels);
    }

    private boolean canNarrow() {
        return parts.values().stream().anyMatch(Part::isWide);
    }

    /** Halves the tiles of the parts in which more is in use than that; returns whether there were any. */
    private boolean narrowWhereMoreIsInUse(CompiledNetwork network, long bytes) {
        long[] inUse = network.program().plan().bytesInUse();
        Map<String, Part> before = Map.copyOf(parts);
        parts.replaceAll((name, part) -> part.isWide() && part.most(inUse) > bytes ? part.narrower() : part);
        return !parts.equals(before);
    }

    /**
     * Halves the tiles of one part, where it is gaps between buffers that are too much: where that is enough, the widest
     * tiles, which cost the least time; else where it saves the most.
     */
    private CompiledNetwork narrowOne(Function<TileWidths, CompiledNetwork> compile, long bytes) {
        CompiledNetwork best = null;
        Map<String, Part> bestParts = null;
        Map<String, Part> before = Map.copyOf(parts);
        List<String> widestFirst = parts.keySet().stream().filter(name -> parts.get(name).isWide())
                .sorted(Comparator.comparingLong(name -> -parts.get(name).width)).toList();
        for (String name : widestFirst) {
            parts.replace(name, parts.get(name).narrower());
            CompiledNetwork network = compile.apply(this);
            if (best == null || Math.max(peak(network), bytes) < peak(best)) {
                best = network;
                bestParts = Map.copyOf(parts);
            }
            parts.putAll(before);
        }
        parts.putAll(bestParts);
        return best;
    }
}
