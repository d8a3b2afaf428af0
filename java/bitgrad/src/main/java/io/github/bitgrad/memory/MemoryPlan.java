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
import java.util.Locale;
import java.util.Map;

/**
 * The place of every buffer of a program in one arena. A program has one or more timelines: the training step,
 * inference, and others. A timeline is a sequence of operations, each of which uses some buffers. A buffer lives in a timeline from
 * its first use to its last use. Two buffers may share memory if their lives do not overlap in any timeline. Persistent
 * buffers share memory with no other buffer.
 *
 * <p>
 * The plan places the largest buffer first and the smallest last, each at the lowest offset that is free for its whole
 * life ("greedy by size", Pisarchyk and Lee, arXiv 2001.03288).
 */
public final class MemoryPlan {
    /**
     * Buffers begin at multiples of this number of bytes, which is the size of a cache line and of the widest vector
     * register.
     */
    public static final long ALIGNMENT = 64;

    private static final double MEBIBYTE = 1 << 20;

    /**
     * A buffer's place.
     *
     * @param buffer the buffer
     * @param offset bytes from the beginning of the arena
     * @param firstUse the number of the first operation of the training step that uses the buffer, counted from 0; 0 if
     *            the buffer is persistent; −1 if the training step does not use it
     * @param lastUse the number of the last operation of the training step that uses the buffer; that of the step's
     *            last operation if the buffer is persistent
     */
    public record Placement(Buffer buffer, long offset, int firstUse, int lastUse) {
    }

    /**
     * The first and the last use in each timeline. In a timeline that does not use the buffer, the first is after the
     * last.
     */
    private record Lifetime(Buffer buffer, int[] first, int[] last) {
        static Lifetime unused(Buffer buffer, int timelines) {
            int[] first = new int[timelines];
            int[] last = new int[timelines];
            Arrays.fill(first, Integer.MAX_VALUE);
            Arrays.fill(last, -1);
            return new Lifetime(buffer, first, last);
        }

        /**
         * Extends the lifetime to the beginning of the timeline, to its end, or to both, as {@link Buffer.Life} says.
         */
        void extend(int timeline, int end, boolean isStep) {
            boolean used = last[timeline] >= 0;
            Life life = buffer.life();
            boolean always = life == Life.PERSISTENT || used && life == Life.LEARNED && !isStep;
            if (always || used && (life == Life.INPUT || life == Life.STEP)) {
                first[timeline] = 0;
            }
            if (always || used && (life == Life.RESULT || life == Life.STEP)) {
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
    /** The number of operations of the training step. */
    private final int operations;

    /**
     * @param timelines for each timeline the list of its operations in order, and for each operation the buffers that
     *            it uses; the first timeline is the training step
     */
    public MemoryPlan(List<List<List<Buffer>>> timelines) {
        this(timelines.subList(0, 1), timelines.subList(1, timelines.size()));
    }

    /**
     * A plan of several timelines that compute learned buffers from persistent ones, as the training step does.
     *
     * @param steps these timelines; the first is the training step
     * @param others all other timelines
     */
    public MemoryPlan(List<List<List<Buffer>>> steps, List<List<List<Buffer>>> others) {
        List<List<List<Buffer>>> timelines = new ArrayList<>(steps);
        timelines.addAll(others);
        operations = timelines.getFirst().size();
        List<Lifetime> bySize = new ArrayList<>(lifetimes(timelines, steps.size()));
        bySize.sort(Comparator.comparingLong((Lifetime life) -> -life.buffer().bytes()));
        List<Placed> placed = new ArrayList<>();
        for (Lifetime life : bySize) {
            insert(placed, new Placed(life, freeOffset(life, placed)));
        }
        placements = placed.stream().map(Placed::placement)
                .sorted(Comparator.comparingLong(Placement::offset).thenComparingInt(Placement::firstUse)).toList();
        peakBytes = placed.stream().mapToLong(Placed::end).max().orElse(0);
    }

    private static Collection<Lifetime> lifetimes(List<List<List<Buffer>>> timelines, int steps) {
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
                life.extend(t, timelines.get(t).size() - 1, t < steps);
            }
        }
        return lifetimes.values();
    }

    /**
     * The lowest offset at which the buffer overlaps no placed buffer in both memory and time. The placed buffers are
     * sorted by offset.
     */
    private static long freeOffset(Lifetime life, List<Placed> placed) {
        long offset = 0;
        for (Placed other : placed) {
            if (offset + life.buffer().bytes() <= other.offset()) {
                break;
            }
            if (other.end() > offset && life.meets(other.life())) {
                offset = Math.ceilDiv(other.end(), ALIGNMENT) * ALIGNMENT;
            }
        }
        return offset;
    }

    /** Inserts a buffer into the list, which stays sorted by offset. */
    private static void insert(List<Placed> placed, Placed next) {
        int at = placed.size();
        while (at > 0 && placed.get(at - 1).offset() > next.offset()) {
            at--;
        }
        placed.add(at, next);
    }

    /** Bytes in MiB, as messages write them, such as {@code 2.65}. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MEBIBYTE);
    }

    /** The arena's size in bytes. */
    public long peakBytes() {
        return peakBytes;
    }

    /** The places of all buffers, sorted by offset. */
    public List<Placement> placements() {
        return placements;
    }

    /**
     * The bytes that are in use at each operation of the training step. The difference between the largest of them and
     * the peak is gaps between buffers.
     */
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

    /** The buffers in use at the operation of the training step at which the most bytes are in use. */
    public List<Buffer> buffersAtFullest() {
        long[] inUse = bytesInUse();
        int fullest = 0;
        for (int operation = 1; operation < inUse.length; operation++) {
            fullest = inUse[operation] > inUse[fullest] ? operation : fullest;
        }
        List<Buffer> buffers = new ArrayList<>();
        for (Placement placement : placements) {
            if (placement.firstUse() >= 0 && placement.firstUse() <= fullest && fullest <= placement.lastUse()) {
                buffers.add(placement.buffer());
            }
        }
        return buffers;
    }

    /**
     * The bytes of each variable at the operation of the training step at which the most bytes are in use. Their sum is
     * the number of bytes in use at that operation.
     */
    public Map<Variable, Long> bytesAtFullest() {
        Map<Variable, Long> bytes = new EnumMap<>(Variable.class);
        for (Variable variable : Variable.values()) {
            bytes.put(variable, 0L);
        }
        buffersAtFullest().forEach(buffer -> bytes.merge(buffer.variable(), buffer.bytes(), Long::sum));
        return bytes;
    }

    /**
     * Allocates the memory of the plan, filled with zeros, and gives every buffer its part.
     *
     * @param arena the owner of the memory; closing it frees the memory of all buffers
     * @throws OutOfMemoryError if the system does not have so much memory
     */
    public void allocate(Arena arena) {
        MemorySegment memory = arena.allocate(Math.max(peakBytes, 1), ALIGNMENT);
        for (Placement placement : placements) {
            placement.buffer().bind(memory.asSlice(placement.offset(), placement.buffer().bytes()));
        }
    }
}
