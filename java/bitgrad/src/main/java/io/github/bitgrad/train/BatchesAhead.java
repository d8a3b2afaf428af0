package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.step.Threads;
import java.util.concurrent.locks.LockSupport;

/**
 * Has each batch of a training prepared by a thread of its own while the step before runs, so that training does not
 * wait for it. To be used by the thread that made it, which closes it when the training ends, however it ends; from
 * then on nobody reads the data set. Allocates nothing a step.
 */
final class BatchesAhead implements BatchSupply {
    static final String THREAD_NAME = "bitgrad-batches";

    private final Batches batches;
    private final CompiledNetwork.Batch staged;
    private final CompiledNetwork network;
    private final long end;
    private final Thread trainer = Thread.currentThread();
    private final Thread preparer;
    /** The batch that may be written to where batches are staged: what was there before has been handed over. */
    private volatile long wanted;
    /** The batch that lies there whole; the one before the wanted until it does. */
    private volatile long prepared;
    private volatile Throwable failure;
    private volatile boolean closed;

    /**
     * Begins to prepare the first batch.
     *
     * @param network where batches can be staged
     * @param first its number
     * @param end the number of the batch that would follow the last
     */
    BatchesAhead(Batches batches, CompiledNetwork network, long first, long end) {
        this.batches = batches;
        this.network = network;
        staged = network.staged().orElseThrow();
        this.end = end;
        wanted = first;
        prepared = first - 1;
        preparer = Thread.ofPlatform().daemon().name(THREAD_NAME).start(this::prepare);
    }

    private void prepare() {
        try {
            for (long number = wanted; !closed;) {
                if (wanted == number) {
                    batches.write(number, staged.pixels().segment(), staged.labels().segment());
                    prepared = number++;
                    LockSupport.unpark(trainer);
                } else {
                    LockSupport.park(this);
                }
            }
        } catch (Throwable thrown) {
            failure = thrown;
            LockSupport.unpark(trainer);
        }
    }

    @Override
    public void handOver() {
        while (prepared != wanted) {
            Threads.rethrow(failure);
            LockSupport.park(this);
        }
        network.takeStaged();
        if (wanted + 1 < end) {
            wanted++;
            LockSupport.unpark(preparer);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(preparer);
        Threads.join(preparer);
    }
}
