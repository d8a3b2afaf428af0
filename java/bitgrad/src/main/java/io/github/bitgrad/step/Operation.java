package io.github.bitgrad.step;

import io.github.bitgrad.memory.Buffer;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * One kernel over whole buffers, cut into chunks of rows, channels or elements that may run at the same time. How it is
 * cut depends on its size alone, never on the number of threads.
 */
public abstract class Operation {
    /** More than the cores of the machines that are meant, so that a late thread finds something left to do. */
    private static final int MOST_CHUNKS = 8;

    /** A chunk smaller than this is done sooner than another thread is woken. */
    private static final long LEAST_WORK = 1 << 16;

    /** A day: nobody knows yet that it is short. Times as many as there are chunks, it is no overflow. */
    private static final long NOT_YET_TIMED = 86_400_000_000_000L;

    private final String name;
    private final List<Buffer> uses;
    private final long size;
    private final long chunkSize;
    private final int chunks;
    private long products;
    /** How long a chunk took, the last time that one was timed; several threads may write it, each a true time. */
    private volatile long chunkNanoseconds = NOT_YET_TIMED;

    /**
     * @param name as {@code dense2.forward}
     * @param size what ranges are cut from: rows, channels or elements
     * @param multiple chunks begin at multiples of this
     * @param work elements touched, or the like, in the whole operation; small work is not cut
     * @param uses the buffers read or written, whole or in parts
     */
    protected Operation(String name, long size, long multiple, long work, List<Buffer> uses) {
        this(name, size, multiple, work, MOST_CHUNKS, uses);
    }

    /** @param mostChunks how many chunks there are at most: fewer than usual where each has memory of its own */
    Operation(String name, long size, long multiple, long work, int mostChunks, List<Buffer> uses) {
        this.name = name;
        this.uses = uses.stream().map(Buffer::whole).distinct().toList();
        this.size = size;
        this.chunkSize = chunkSize(size, multiple, work, mostChunks);
        this.chunks = (int) Math.ceilDiv(size, chunkSize);
    }

    /** How long the ranges of an operation of such a size are, but for the last; see the constructor. */
    static long chunkSize(long size, long multiple, long work, int mostChunks) {
        long chunks = Math.clamp(work / LEAST_WORK, 1, mostChunks);
        return Math.ceilDiv(Math.ceilDiv(size, chunks), multiple) * multiple;
    }

    /** How many ranges an operation of such a size has; see the constructor. */
    static int chunks(long size, long multiple, long work, int mostChunks) {
        return (int) Math.ceilDiv(size, chunkSize(size, multiple, work, mostChunks));
    }

    /** Does its part of the work, in a thread of the step's. Allocates nothing. */
    protected abstract void run(long begin, long end);

    /**
     * Prepares runs; called once, when the buffers have their memory.
     *
     * @param arena that the buffers' memory is from: for the arguments of native calls, which live as long
     */
    protected void bind(Arena arena) {
        // some operations need nothing but the buffers themselves
    }

    public final String name() {
        return name;
    }

    /** How many multiplications with signs, of numbers or of other signs, it does; 0 if it is not a product. */
    public final long products() {
        return products;
    }

    /** Says how many multiplications this operation does; see {@link #products()}. */
    protected final Operation withProducts(long count) {
        products = count;
        return this;
    }

    /** The buffers that it reads or writes, or that it does so with a part of. */
    public final List<Buffer> uses() {
        return uses;
    }

    protected final long size() {
        return size;
    }

    final int chunks() {
        return chunks;
    }

    /** How long ranges are, but for the last. */
    protected final long chunkSize() {
        return chunkSize;
    }

    /** Which of the ranges, from 0, begins there. */
    protected final int chunkAt(long begin) {
        return (int) (begin / chunkSize);
    }

    final void runChunk(int chunk) {
        long begin = chunk * chunkSize;
        run(begin, Math.min(begin + chunkSize, size));
    }

    final void timeChunk(int chunk) {
        long begin = System.nanoTime();
        runChunk(chunk);
        chunkNanoseconds = System.nanoTime() - begin;
    }

    /** How long a chunk takes, as far as is known; very long where none was timed. */
    final long chunkNanoseconds() {
        return chunkNanoseconds;
    }
}
