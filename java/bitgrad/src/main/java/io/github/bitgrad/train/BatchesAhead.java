package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.step.Threads;
import java.util.concurrent.locks.LockSupport;

/**
 * Prepares each batch of a training in a thread of its own while the step before runs, so that the training does not
 * wait for it. The thread of the training makes this object, is the only one to use it, and closes it when the training
 * ends, however it ends. Once it is closed, nobody reads the data set any more. A step allocates nothing here.
 */
final class BatchesAhead implements BatchSupply {
    static final String THREAD_NAME = "bitgrad-batches";

    private final Batches batches;
    private final CompiledNetwork.Batch staged;
    private final CompiledNetwork network;
    private final long end;
    private final Thread trainer = Thread.currentThread();
    private final Thread preparer;
    /** The number of the batch that may be written to the staging buffers, because the one before has left them. */
    private volatile long wanted;
    /** The number of the last batch that was written there: the wanted one, or until that is done the one before. */
    private volatile long prepared;
    private volatile Throwable failure;
    private volatile boolean closed;

    /**
     * Begins to prepare the first batch.
     *
     * @param network has buffers to stage batches in
     * @param first the number of the first batch
     * @param end one more than the number of the last batch
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
                    batches.write(number, staged);
                    prepared = number++;
                    LockSupport.unpark(trainer);
                } else {
                    Threads.park(this); // an interruption means nothing to this thread
                }
            }
        } catch (Throwable thrown) {
            failure = thrown;
            LockSupport.unpark(trainer);
        }
    }

    @Override
    public void handOver() {
        boolean interrupted = false;
        while (prepared != wanted && failure == null) {
            interrupted |= Threads.park(this);
        }
        Threads.restore(interrupted);
        if (prepared != wanted) {
            Threads.rethrow(failure);
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
