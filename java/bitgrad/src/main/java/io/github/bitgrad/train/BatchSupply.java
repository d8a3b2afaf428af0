package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;

/** Hands the batches of a training to its network, one after the other. */
interface BatchSupply extends AutoCloseable {
    /**
     * From one batch to another: prepared ahead where there is memory for two, else when they are wanted.
     *
     * @param first its number
     * @param end the number of the batch that would follow the last
     */
    static BatchSupply of(Batches batches, CompiledNetwork network, long first, long end) {
        return network.staged().isPresent()
                ? new BatchesAhead(batches, network, first, end)
                : new BatchesOnDemand(batches, network, first);
    }

    /**
     * Puts the next batch into the network's input.
     *
     * @throws RuntimeException or Error, which preparing it failed with
     */
    void handOver();

    @Override
    void close();
}
