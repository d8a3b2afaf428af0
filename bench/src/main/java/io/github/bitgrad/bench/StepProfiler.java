package io.github.bitgrad.bench;

import io.github.bitgrad.cli.ProcessMemory;
import io.github.bitgrad.step.OperationKind;
import io.github.bitgrad.step.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** Adds to the results of {@link TrainingStep} where the time went and how much memory the process had. */
public final class StepProfiler implements InternalProfiler {
    /** The most memory that the process has had resident, in bytes. */
    public static final String PEAK_RESIDENT = "peakResident";

    /** JMH makes the profiler and the benchmark, so they can meet only here. The forked process runs one benchmark. */
    private static List<OperationKind> kinds = List.of();
    private static long[] nanoseconds = {};

    /** For JMH. */
    public StepProfiler() {
    }

    /** Where the times of the operations of a step are to be added. */
    static long[] timesOf(Program program) {
        kinds = program.training().stream().map(OperationKind::of).toList();
        nanoseconds = new long[kinds.size()];
        return nanoseconds;
    }

    @Override
    public String getDescription() {
        return "Where the time of a training step goes, and the memory of the process";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        Arrays.fill(nanoseconds, 0);
    }

    @Override
    public Collection<ScalarResult> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
            IterationResult result) {
        Map<OperationKind, Long> times = new EnumMap<>(OperationKind.class);
        for (int i = 0; i < nanoseconds.length; i++) {
            times.merge(kinds.get(i), nanoseconds[i], Long::sum);
        }
        double steps = result.getMetadata().getAllOps();
        List<ScalarResult> results = new ArrayList<>();
        times.forEach((kind, time) -> results.add(
                new ScalarResult(kind.name(), time / steps, "ns/op", AggregationPolicy.AVG)));
        Optional.ofNullable(ProcessMemory.peakResidentBytes()).ifPresent(
                bytes -> results.add(new ScalarResult(PEAK_RESIDENT, bytes, "bytes", AggregationPolicy.MAX)));
        return results;
    }
}
