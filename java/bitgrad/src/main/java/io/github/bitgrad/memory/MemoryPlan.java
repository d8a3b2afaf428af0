package io.github.bitgrad.memory;

import io.github.bitgrad.memory.Buffer.Life;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where every buffer of a program lies in one arena. A program is one or more timelines (the training step, and
 * inference), each a sequence of operations of which each uses some buffers. Two buffers may share memory when in no
 * timeline the time from first to last use of the one meets that of the other; persistent buffers share with none.
 * Buffers are placed from the largest down, each at the lowest offset that is free for all of its life ("greedy by
 * size", Pisarchyk and Lee, arXiv 2001.03288).
 */
public final class MemoryPlan {
    /** Buffers begin at multiples of this, a cache line and the widest vector, so that none straddles two for nothing. */
    public static final long ALIGNMENT = 64;

    /**
     * A buffer's place.
     *
     * @param buffer the buffer
     * @param offset bytes from the arena's start
     * @param firstUse the first operation of the first timeline (the training step) that uses it, from 0; 0 where it
     *            persists; −1 where that timeline does not use it
     * @param lastUse the last such operation; the timeline's last where it persists
     */
    public record Placement(Buffer buffer, long offset, int firstUse, int lastUse) {
    }

    /** First and last use in each timeline; first is after last where a timeline does not use the buffer. */
    private record Lifetime(Buffer buffer, int[] first, int[] last) {
        static Lifetime unused(Buffer buffer, int timelines) {
            int[] first = new int[timelines];
            int[] last = new int[timelines];
            Arrays.fill(first, Integer.MAX_VALUE);
            Arrays.fill(last, -1);
            return new Lifetime(buffer, first, last);
        }

        /** To all of a timeline, to its begin or to its end, as the buffer's life says. */
        void extend(int timeline, int end) {
            boolean used = last[timeline] >= 0;
            Life life = buffer.life();
            boolean always = life == Life.PERSISTENT || used && life == Life.LEARNED && timeline > 0;
            if (always || used && (life == Life.INPUT || life == Life.STEP)) {
                first[timeline] = 0;
            }
            if (always || used && life == Life.STEP) {
                last[timeline] = end;
            }
        }

        boolean meets(Lifetime other) {
            for (int t = 0; t < first.length; t++) {
                if (first[t] <= other.last[t] && other.first[t] <= last[t]) {
                    return true;
                }
            }
            return false;
        }
    }

    private record Placed(Lifetime life, long offset) {
        long end() {
            return offset + life.buffer().bytes();
        }

        Placement placement() {
            int first = life.first()[0];
            int last = life.last()[0];
            return new Placement(life.buffer(), offset, first > last ? -1 : first, last);
        }
    }

    private final List<Placement> placements;
    private final long peakBytes;
    /** Of the training step. */
    private final int operations;

    /**
     * @param timelines for each timeline its operations in order, each as the buffers that it uses; the first is the
     *            training step
     */
    public MemoryPlan(List<List<List<Buffer>>> timelines) {
        operations = timelines.getFirst().size();
        List<Lifetime> bySize = new ArrayList<>(lifetimes(timelines));
        bySize.sort(Comparator.comparingLong((Lifetime life) -> -life.buffer().bytes()));
        List<Placed> placed = new ArrayList<>();
        for (Lifetime life : bySize) {
            insert(placed, new Placed(life, freeOffset(life, placed)));
        }
        placements = placed.stream().map(Placed::placement)
                .sorted(Comparator.comparingLong(Placement::offset).thenComparingInt(Placement::firstUse)).toList();
        peakBytes = placed.stream().mapToLong(Placed::end).max().orElse(0);
    }

    private static Collection<Lifetime> lifetimes(List<List<List<Buffer>>> timelines) {
        Map<Buffer, Lifetime> lifetimes = new LinkedHashMap<>();
        for (int t = 0; t < timelines.size(); t++) {
            List<List<Buffer>> timeline = timelines.get(t);
            for (int operation = 0; operation < timeline.size(); operation++) {
                for (Buffer buffer : timeline.get(operation)) {
                    Lifetime life = lifetimes.computeIfAbsent(buffer, used -> Lifetime.unused(used, timelines.size()));
                    life.first[t] = Math.min(life.first[t], operation);
                    life.last[t] = operation;
                }
            }
        }
        for (Lifetime life : lifetimes.values()) {
            for (int t = 0; t < timelines.size(); t++) {
                life.extend(t, timelines.get(t).size() - 1);
            }
        }
        return lifetimes.values();
    }

    /** The lowest offset at which the buffer meets no placed buffer in both memory and time; they ascend by offset. */
    private static long freeOffset(Lifetime life, List<Placed> placed) {
        long offset = 0;
        for (Placed other : placed) {
            if (offset + life.buffer().bytes() <= other.offset()) {
                break;
            }
            if (life.meets(other.life())) {
                offset = Math.max(offset, Math.ceilDiv(other.end(), ALIGNMENT) * ALIGNMENT);
            }
        }
        return offset;
    }

    /** Keeps the list ascending by offset. */
    private static void insert(List<Placed> placed, Placed next) {
        int at = placed.size();
        while (at > 0 && placed.get(at - 1).offset() > next.offset()) {
            at--;
        }
        placed.add(at, next);
    }

    /** The arena's size in bytes. */
    public long peakBytes() {
        return peakBytes;
    }

    /** All buffers, by offset. */
    public List<Placement> placements() {
        return placements;
    }

    /** How many bytes are in use at each operation of the training step: what of the peak is more is gaps. */
    public long[] bytesInUse() {
        long[] bytes = new long[operations];
        for (Placement placement : placements) {
            if (placement.firstUse() >= 0) {
                for (int operation = placement.firstUse(); operation <= placement.lastUse(); operation++) {
                    bytes[operation] += placement.buffer().bytes();
                }
            }
        }
        return bytes;
    }

    /** The bytes of each variable at the moment of the training step when most is in use: they sum to that most. */
    public Map<Variable, Long> bytesAtFullest() {
        long[] inUse = bytesInUse();
        int fullest = 0;
        for (int operation = 1; operation < inUse.length; operation++) {
            fullest = inUse[operation] > inUse[fullest] ? operation : fullest;
        }
        Map<Variable, Long> bytes = new EnumMap<>(Variable.class);
        for (Variable variable : Variable.values()) {
            bytes.put(variable, 0L);
        }
        for (Placement placement : placements) {
            if (placement.firstUse() >= 0 && placement.firstUse() <= fullest && fullest <= placement.lastUse()) {
                bytes.merge(placement.buffer().variable(), placement.buffer().bytes(), Long::sum);
            }
        }
        return bytes;
    }

    /**
     * Allocates the plan's memory, zeroed, and gives every buffer its part of it.
     *
     * @param arena what owns the memory; closing it ends the life of all buffers
     * @throws OutOfMemoryError where the system has not that much
     */
    public void allocate(Arena arena) {
        MemorySegment memory = arena.allocate(Math.max(peakBytes, 1), ALIGNMENT);
        for (Placement placement : placements) {
            placement.buffer().bind(memory.asSlice(placement.offset(), placement.buffer().bytes()));
        }
    }
}
