package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** All benchmarks have the same settings, so that results of one version can be compared with those of another. */
@Tag("level-independent")
class TimedBenchmarkTest {
    static List<BenchmarkListEntry> benchmarks() {
        return List.copyOf(BenchmarkList.defaultList().getAll(OutputFormatFactory
                .createFormatInstance(new PrintStream(OutputStream.nullOutputStream()), VerboseMode.SILENT),
                List.of()));
    }

    @ParameterizedTest
    @MethodSource("benchmarks")
    void settings(BenchmarkListEntry benchmark) {
        assertThat(benchmark.getMode()).isEqualTo(Mode.AverageTime);
        assertThat(benchmark.getTimeUnit().get()).isEqualTo(TimeUnit.MICROSECONDS);
        assertThat(benchmark.getForks().get()).isEqualTo(1);
        assertThat(benchmark.getWarmupIterations().get()).isEqualTo(3);
        assertThat(benchmark.getWarmupTime().get()).isEqualTo(TimeValue.seconds(1));
        assertThat(benchmark.getMeasurementIterations().get()).isEqualTo(5);
        assertThat(benchmark.getMeasurementTime().get()).isEqualTo(TimeValue.seconds(1));
        assertThat(benchmark.getOperationsPerInvocation().orElse(1))
                .isEqualTo(benchmark.getUsername().contains(".BatchClassification.") ? 100 : 1);
    }
}
