package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;

/** Hands the batches of a training to its network, one after another. */
interface BatchSupply extends AutoCloseable {
    /**
     * Supplies the batches from one number to another. Where the network has memory for two batches, each batch is
     * prepared ahead, while the step before runs; otherwise it is prepared when it is wanted.
     *
     * @param first the number of the first batch
     * @param end one more than the number of the last batch
     */
    static BatchSupply of(Batches batches, CompiledNetwork network, long first, long end) {
        return network.staged().isPresent()
                ? new BatchesAhead(batches, network, first, end)
                : new BatchesOnDemand(batches, network, first);
    }

    /**
     * Puts the next batch into the network's input.
     *
     * @throws RuntimeException where the batch could not be prepared: whatever exception or error that failed with
     */
    void handOver();

    @Override
    void close();
}
