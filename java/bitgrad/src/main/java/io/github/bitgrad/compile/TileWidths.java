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
 * The number of channels that tiles have in each part of a step. A part is the forward or the backward pass of a layer.
 * Wide tiles take more memory and less time. Only few parts of a step need as much memory as the peak; in all other
 * parts, wide tiles cost no additional memory. So each part has its own width, which is found from the memory in use in
 * that part.
 */
public final class TileWidths {
    /**
     * Tiles begin at multiples of this number of channels, as kernels require. It is also the width of the narrowest
     * tiles.
     */
    public static final long NARROWEST = 16;

    /**
     * A value of the parameter {@code bytes} of {@link #widest}: take as little memory as possible, even if the step is
     * slow.
     */
    public static final long LEAST_MEMORY = 0;

    /**
     * A part of the step.
     *
     * @param width channels of a tile, a multiple of {@link #NARROWEST}
     * @param channels the number of all channels
     * @param first the first operation of the training step that belongs to the part
     * @param end the operation after the last one that belongs to the part
     */
    private record Part(long width, long channels, int first, int end) {
        boolean isWide() {
            return width > NARROWEST;
        }

        /** With the smallest number of additional tiles that makes tiles narrower. */
        Part narrower() {
            long tiles = Math.ceilDiv(channels, width);
            long narrower = width;
            while (narrower == width) {
                tiles++;
                narrower = Math.ceilDiv(Math.ceilDiv(channels, tiles), NARROWEST) * NARROWEST;
            }
            return new Part(narrower, channels, first, end);
        }

        long most(long[] inUse) {
            return Arrays.stream(inUse, first, end).max().orElse(0);
        }
    }

    private final Map<String, Part> parts = new LinkedHashMap<>();
    /** The parts that can compute some images at a time, and whether they do. */
    private final Map<String, Boolean> byImages = new LinkedHashMap<>();

    private final long widest;

    private TileWidths(long widest) {
        this.widest = widest;
    }

    /** Widths with which each part of a step is one tile of all channels. */
    public static TileWidths whole() {
        return new TileWidths(Long.MAX_VALUE);
    }

    /**
     * Compiles a network with the widest tiles with which its memory plan takes at most so many bytes. If even the
     * narrowest tiles take more, compiles with the narrowest.
     *
     * @param compile compiles the network with the given widths; it is called several times
     */
    public static CompiledNetwork widest(Function<TileWidths, CompiledNetwork> compile, long bytes) {
        TileWidths widths = bytes == LEAST_MEMORY ? new TileWidths(NARROWEST) : whole();
        CompiledNetwork network = compile.apply(widths);
        while (peak(network) > bytes && widths.canNarrow()) {
            if (widths.narrowWhereMoreIsInUse(network, bytes) || widths.takeImages()) {
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
     * Adds the operations of a part of the step to its program, tile after tile in ascending order of channels.
     *
     * @param part the name of the part, which no other part has
     * @param channels the number of all channels
     * @param program the program of the step
     * @param operations adds the operations of a tile
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
        parts.computeIfPresent(part, (_, known) -> new Part(known.width, channels, first, end));
    }

    /** The number of channels of a tile in a part: a multiple of {@link #NARROWEST}, or all channels. */
    private long of(String part, long channels) {
        Part known = parts.computeIfAbsent(part, name -> new Part(
                Math.ceilDiv(Math.min(widest, channels), NARROWEST) * NARROWEST, channels, 0, 0));
        return Math.min(known.width, channels);
    }

    /**
     * Whether a part computes some images at a time. If not, it computes tiles, which take more memory even if they are
     * narrow, but each value is computed once.
     */
    boolean byImages(String part) {
        return byImages.computeIfAbsent(part, _ -> widest <= NARROWEST);
    }

    private boolean canNarrow() {
        return byImages.containsValue(false) || parts.values().stream().anyMatch(Part::isWide);
    }

    /** Lets all parts that can compute some images at a time. Returns whether there was one that did not. */
    private boolean takeImages() {
        boolean changes = byImages.containsValue(false);
        byImages.replaceAll((_, _) -> true);
        return changes;
    }

    /**
     * Narrows the tiles of all parts in which more than so many bytes are in use. Returns whether there was such a part.
     */
    private boolean narrowWhereMoreIsInUse(CompiledNetwork network, long bytes) {
        long[] inUse = network.program().plan().bytesInUse();
        Map<String, Part> before = Map.copyOf(parts);
        parts.replaceAll((name, part) -> part.isWide() && part.most(inUse) > bytes ? part.narrower() : part);
        return !parts.equals(before);
    }

    /**
     * Narrows the tiles of one part. This is needed if no part uses too many bytes, but gaps between buffers make the
     * plan too large. If narrowing the tiles of one part is enough, it takes the part with the widest tiles, because this
     * costs the least time; otherwise the part whose narrower tiles save the most memory.
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
