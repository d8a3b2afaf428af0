package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;

/**
 * Prepares each batch when it is wanted, in the buffers that the step reads. Training waits for it, but no second batch
 * takes memory.
 */
final class BatchesOnDemand implements BatchSupply {
    private final Batches batches;
    private final CompiledNetwork network;
    private long next;

    /** @param first the number of the first batch */
    BatchesOnDemand(Batches batches, CompiledNetwork network, long first) {
        this.batches = batches;
        this.network = network;
        next = first;
    }

    @Override
    public void handOver() {
        batches.write(next++, network.batch());
    }

    @Override
    public void close() {
        // there is nothing to close
    }
}
