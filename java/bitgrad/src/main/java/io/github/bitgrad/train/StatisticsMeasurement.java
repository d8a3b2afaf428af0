package io.github.bitgrad.train;

import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.step.Workers;

/**
 * Measures the statistics by which inference normalises: the means, over some batches, of the statistics of each batch
 * in a forward pass with the weights as they are. This changes nothing that training computes, so it does not matter
 * when and how often it is done.
 */
final class StatisticsMeasurement {
    /** A forward pass takes about a third of a step, and measuring may take 2 % of an epoch. */
    private static final double BATCHES_OF_EPOCH = 3 * 0.02;

    /** Fewer batches say too little, so small data sets are measured longer than 2 % of their short epochs. */
    private static final int LEAST_BATCHES = 5;

    /** Where the batches come from. */
    interface Source {
        /** Writes a batch, as {@link Batches#write} does; batches are counted from 0. */
        void write(long number, CompiledNetwork.Batch batch);
    }

    private final CompiledNetwork compiled;
    private final Program program;
    private final TrainingClock clock;
    private final Workers workers;

    /** @param program the program of the compiled network that has the memory */
    StatisticsMeasurement(CompiledNetwork compiled, Program program, TrainingClock clock, Workers workers) {
        this.compiled = compiled;
        this.program = program;
        this.clock = clock;
        this.workers = workers;
    }

    /**
     * How many batches to measure.
     *
     * @param most the setting
     * @param inEpoch how many batches an epoch has
     */
    static int batches(int most, int inEpoch) {
        int affordable = Math.max(LEAST_BATCHES, (int) (BATCHES_OF_EPOCH * inEpoch));
        return Math.min(Math.min(most, affordable), inEpoch);
    }

    /** Measures so many batches, and overwrites the input buffers with them. */
    void measure(Source source, int batches) {
        for (int number = 0; number < batches; number++) {
            source.write(number, compiled.batch());
            clock.measure(number + 1);
            program.runMeasuring(workers);
        }
    }
}
